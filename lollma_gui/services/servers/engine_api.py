"""Our own engine as a server for other programs, by OpenAI's protocol.

It is llama-cpp-python's own server package, ``llama_cpp.server`` (0.3.36), in a process of its
own: ``engine_api_child`` runs it. A model is switched by a new start: ending the process is what
gives its memory back for certain.
"""

import importlib.metadata
import importlib.util
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lollma_gui.core import launch_commands
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.llama_preset import model_name
from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.services import own_program
from lollma_gui.services.servers.api_client import ApiClient, NoAnswerError
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Launch,
    LineNews,
    Running,
    UsualProgram,
)

#: The hidden argument of ``lollma_gui`` that runs it; the file with what to do follows.
ARGUMENT = "--engine-api"
#: The variable that holds the key: nobody else on this PC can read it there.
KEY_VARIABLE = "LOLLMA_API_KEY"
#: What the child says before it loads.
LOADING = "Loading the model"


class EngineApi(UsualProgram):
    """The built-in engine's OpenAI-compatible endpoint."""

    key = "engine-api"
    name = "Built-in engine's API"
    settings = Program.LLAMA_CPP_PYTHON
    usual_port = 8000
    needs_model = True
    start_seconds = 60.0
    stop_seconds = 8.0
    watched = re.compile(rf"^{LOADING}".encode(), re.MULTILINE)

    def find(self, config: ServerConfig) -> Found | None:  # noqa: ARG002 - it is a part of us
        """A part of LoLLMa, where its packages are."""
        for package in ("llama_cpp", "fastapi", "uvicorn"):
            if importlib.util.find_spec(package) is None:
                return None
        version = importlib.metadata.version("llama-cpp-python")
        return Found(Path(sys.executable), f"llama-cpp-python {version}", "part of LoLLMa")

    def command(self, launch: Launch) -> Command:
        """A process of ours, told by a file what to do."""
        from lollma_gui.services.engine.links import engine_environment

        if not launch.model_path:
            raise LollmaError("The engine's API needs a model.", "Choose one first.")
        if self.find(launch.config) is None:
            raise LollmaError(
                "The packages of the engine's API are not installed.",
                "Run packaging/run.py once more.",
            )
        values = {
            "server": {"host": launch.host, "port": launch.ports["api"]},
            "model": model_settings(launch.values, launch.model_path, launch.facts),
        }
        path = launch.folder / "engine-api.json"
        path.write_text(json.dumps(values, indent=2), encoding="utf-8")
        environment = engine_environment(os.environ)
        if launch.key:
            environment[KEY_VARIABLE] = launch.key
        words = own_program.lasting_command(ARGUMENT, str(path))
        return Command(words, environment, own_program.folder())

    def read_line(self, line: str) -> LineNews | None:  # noqa: ARG002 - only one is watched for
        """It loads before it answers anybody."""
        return LineNews(state=ServerState.LOADING)

    def health(self, running: Running, api: ApiClient) -> Health:
        """What its process counts itself."""
        answer = api.get(running.url("api", "/health"))
        if not answer.is_ok:
            raise NoAnswerError("The engine's API refuses to answer.", details=str(answer.status))
        values = answer.json()
        return Health(
            ServerState.BUSY if values["active"] else ServerState.READY,
            str(values["model"]),
            tokens_per_second=values["tokens_per_second"],
            requests=int(values["requests"]),
            facts=(("Written", f"{values['tokens']:,} tokens"),),
        )


def model_settings(
    values: Mapping[str, SettingValue], model_path: str, facts: ModelFacts | None
) -> dict[str, Any]:
    """Settings as fields of ``llama_cpp.server.settings.ModelSettings``.

    Its defaults differ from those of ``Llama``: it locks the model into RAM, and keeps the logits
    of every token, which costs memory for nothing.
    """
    settings: dict[str, Any] = {
        "model": model_path,
        "model_alias": model_name(model_path),
        "n_ctx": values.get("n_ctx", SETTINGS["n_ctx"].default),
        "use_mlock": False,
        "logits_all": False,
        **launch_commands.llama_keywords(values, facts),
    }
    if values.get("speculation") == "lookup":
        settings["draft_model"] = "prompt-lookup-decoding"
        settings["draft_model_num_pred_tokens"] = values.get("draft_tokens", 3)
    return settings
