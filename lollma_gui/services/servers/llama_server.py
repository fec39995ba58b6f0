"""llama.cpp's own server. Read and run: b11434 (its README in tools/server).

Where the build has it, it is started as a *router*: a process that starts one llama-server a
model, so that models are switched without a new start. It reads what to load from a file of ours.
"""

import os
import re
import shutil
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lollma_gui.core import launch_commands, units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.llama_preset import model_name, preset, section, sections_of
from lollma_gui.core.program_name import Program
from lollma_gui.core.rpc_workers import with_workers
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers import asked_program
from lollma_gui.services.servers.api_client import ApiClient, NoAnswerError
from lollma_gui.services.servers.extra_flags import FlagError, extra_words
from lollma_gui.services.servers.llama_server_install import LlamaServerInstaller
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Installing,
    Launch,
    NeedsRestart,
    Running,
    UsualProgram,
)

FILE_NAME = "llama-server.exe" if sys.platform == "win32" else "llama-server"

#: In the server's own folder: what the router is to load.
_PRESET = "models.ini"
#: What the router says of a model that can be asked.
_LOADED = ("loaded", "sleeping")
#: In that file: load this model when the router starts.
_AT_START = "load-on-startup = true"
#: The flag without which a build has no router, or none that can be told what to load.
_ROUTER_FLAG = "--models-preset"
#: Loading may take so long.
_LOAD_SECONDS = 900.0
#: Between two looks while it loads.
_LOOK_SECONDS = 0.01
_VERSION = re.compile(r"version: (\S+)(?: \((?:build (\d+), commit )?(\w+)\))?")


class LlamaServer(UsualProgram):
    """llama-server: found, chosen, or installed.

    Args:
        installer: How it is installed.
    """

    key = "llama-server"
    name = "llama-server"
    settings = Program.LLAMA_SERVER
    usual_port = 8080
    can_install = True
    start_seconds = 30.0
    stop_seconds = 8.0

    def __init__(self, installer: LlamaServerInstaller | None = None) -> None:
        self._installer = installer or LlamaServerInstaller()

    # ---- finding and starting --------------------------------------------------------------

    def find(self, config: ServerConfig) -> Found | None:
        """The chosen file, the one installed here, or the one on the PATH."""
        path, how = self._path(config)
        if path is None:
            return None
        return Found(path, version_in(asked_program.ask(path, "--version").text), how)

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        """An official build where one can be fetched, else one out of PyPI."""
        return self._installer.install(config, how)

    def command(self, launch: Launch) -> Command:
        """As a router where the build has one and the settings can be said to it."""
        path, _ = self._path(launch.config)
        if path is None:
            raise LollmaError(
                "llama-server is not on this PC, or not where it was.",
                "Install it, or choose its file.",
            )
        told = asked_program.ask(path, "--help")
        if told.code != 0:
            raise LollmaError(
                f"{path} does not run on this PC.",
                "Choose or install another build.",
                told.text[-2000:],
            )
        flags = told.flags()
        words = [str(path), "--host", launch.host, "--port", str(launch.ports["api"])]
        words += ["--metrics"] if "--metrics" in flags else []
        extra = extra_words(launch.config)
        if unknown := _unknown(extra, flags):
            raise FlagError(
                f"This build of llama-server has no {', '.join(unknown)}.",
                "Take it out of the extra flags, or install a newer build.",
            )
        if "--cors-origins" in flags and "--cors-origins" not in extra and not launch.key:
            # Otherwise any web page that is open in a browser could use it.
            words += ["--cors-origins", "localhost"]
        words += [*self._what_to_load(launch, flags), *extra]
        return Command(words, _environment(launch.key))

    def _path(self, config: ServerConfig) -> tuple[Path | None, str]:
        if config.binary:
            chosen = Path(config.binary)
            return (chosen if chosen.is_file() else None), "chosen"
        if config.folder:
            inside = sorted(Path(config.folder).rglob(FILE_NAME))
            if inside:
                return inside[0], "installed by LoLLMa"
        on_path = shutil.which("llama-server")
        return (Path(on_path), "on the PATH") if on_path else (None, "")

    def _what_to_load(self, launch: Launch, flags: frozenset[str]) -> list[str]:
        model_words = _model_words(launch)
        if unknown := _unknown(model_words, flags):
            raise LollmaError(
                f"This build of llama-server has no {', '.join(unknown)}.",
                "Set those settings back to their defaults, or install a newer build.",
            )
        body = section(model_words) if _ROUTER_FLAG in flags else None
        if body is not None:
            path = launch.folder / _PRESET
            path.write_text(_first_preset(launch, body), encoding="utf-8")
            return [_ROUTER_FLAG, str(path), "--models-max", "1", "--no-models-autoload"]
        if not launch.model_path:
            raise LollmaError(
                "This build of llama-server cannot start without a model.", "Choose a model first."
            )
        (launch.folder / _PRESET).unlink(missing_ok=True)
        return model_words

    # ---- watching --------------------------------------------------------------------------

    def health(self, running: Running, api: ApiClient) -> Health:
        """Which model it has, whether its slots are at work, and how fast it writes."""
        answer = api.get(running.url("api", "/models"))
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return Health(ServerState.LOADING)
        if not answer.is_ok:
            raise NoAnswerError("llama-server refuses to answer.", details=str(answer.status))
        models = answer.json()["data"]
        routed = [model for model in models if "status" in model]
        if not routed and _is_router(running):
            return Health(ServerState.READY)
        if not routed:
            return at_work(running.url(), models[0]["id"] if models else "", api)
        return self._routed(running, routed, api)

    def _routed(self, running: Running, models: list[dict[str, Any]], api: ApiClient) -> Health:
        by_state = {model["status"]["value"]: model for model in models}
        if "loading" in by_state:
            return Health(ServerState.LOADING)
        loaded = by_state.get("loaded") or by_state.get("sleeping")
        if loaded is not None:
            # Asked directly: the router would write a line into its log for each question.
            return at_work(f"http://127.0.0.1:{_port_of(loaded)}", loaded["id"], api)
        wanted = model_name(running.launch.model_path)
        failed = next((m for m in models if m["id"] == wanted and m["status"].get("failed")), None)
        return Health(ServerState.READY, problem=_failure(failed) if failed else None)

    # ---- switching -------------------------------------------------------------------------

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:
        """Through the router, where it is one."""
        body = section(_model_words(launch))
        if body is None or not _is_router(running):
            raise NeedsRestart
        name = model_name(launch.model_path)
        models = self._announce(running, name, body, api)
        if not name:
            self._unload(running, models, api)
        elif _state(models, name) not in _LOADED:
            # It ends the one before by itself: there is room for one.
            _tell(api, running.url("api", "/models/load"), name)
            self._wait_for(running, name, api)

    def _announce(
        self, running: Running, name: str, body: str, api: ApiClient
    ) -> list[dict[str, Any]]:
        """See that the router knows the model with these settings; what it has."""
        path = running.launch.folder / _PRESET
        before = sections_of(path.read_text(encoding="utf-8"))
        query = ""
        if name and _without_start(before.get(name, "")) != body:
            # The others stay in the file: the router unloads at once what is no longer there.
            path.write_text(preset({**before, name: body}), encoding="utf-8")
            query = "?reload=1"
        answer = api.get(running.url("api", f"/models{query}"), seconds=30.0)
        models: list[dict[str, Any]] = answer.json()["data"]
        return models

    def _unload(self, running: Running, models: list[dict[str, Any]], api: ApiClient) -> None:
        for model in models:
            if model["status"]["value"] != "unloaded":
                _tell(api, running.url("api", "/models/unload"), model["id"])

    def _wait_for(self, running: Running, name: str, api: ApiClient) -> None:
        waited = 0.0
        while waited < _LOAD_SECONDS:
            models = api.get(running.url("api", "/models")).json()["data"]
            model = next(m for m in models if m["id"] == name)
            if model["status"]["value"] in _LOADED:
                return
            if model["status"].get("failed"):
                raise _failure(model)
            api.wait(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        raise LollmaError("llama-server takes too long to load the model.", "Restart it.")

    def web_url(self, running: Running) -> str:
        """Its chat in the browser."""
        return running.url("api", "/")


def version_in(text: str) -> str:
    """The version in what ``--version`` prints: ``b6123``, or ``0.6.0-dev``."""
    found = _VERSION.search(text)
    if found is None:
        return ""
    return f"b{found[1]}" if found[1].isdigit() else found[1]


def _model_words(launch: Launch) -> list[str]:
    if not launch.model_path:
        return []
    values = with_workers(launch.values, launch.config.options)
    return launch_commands.arguments(Program.LLAMA_SERVER, values, launch.model_path, launch.facts)


def _first_preset(launch: Launch, body: str) -> str:
    """The file that it starts with; what it is to have is loaded at once."""
    name = model_name(launch.model_path)
    return preset({name: f"{body}\n{_AT_START}"} if name else {})


def _without_start(body: str) -> str:
    return body.removesuffix(f"\n{_AT_START}")


def _tell(api: ApiClient, url: str, model: str) -> None:
    answer = api.post(url, {"model": model}, seconds=30.0)
    if not answer.is_ok:
        raise LollmaError(
            f"llama-server refuses what it was asked about {model}.",
            "Its log says why.",
            answer.body.decode("utf-8", "replace"),
        )


def _is_router(running: Running) -> bool:
    return (running.launch.folder / _PRESET).is_file()


def _unknown(words: Sequence[str], flags: frozenset[str]) -> list[str]:
    """Those that the build does not have; ``--flag=value`` counts as ``--flag``."""
    said = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [flag for flag in said if flag not in flags]


def _environment(key: str) -> dict[str, str]:
    from lollma_gui.services.engine.links import engine_environment

    # The key stands here and not in the command line, which everybody on this PC can read.
    return engine_environment(os.environ) | ({"LLAMA_API_KEY": key} if key else {})


def _port_of(model: dict[str, Any]) -> int:
    words = model["status"]["args"]
    return int(words[words.index("--port") + 1])


def _state(models: list[dict[str, Any]], name: str) -> str:
    return next((str(m["status"]["value"]) for m in models if m["id"] == name), "")


def _failure(model: dict[str, Any]) -> LollmaError:
    return LollmaError(
        f"llama-server could not load {model['id']} "
        f"(exit code {model['status'].get('exit_code', units.UNKNOWN)}).",
        "Its log says why; a shorter context or fewer GPU layers need less memory.",
    )


def at_work(url: str, model: str, api: ApiClient) -> Health:
    """What one llama-server with a model is doing."""
    slots = api.get(f"{url}/slots")
    if slots.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Health(ServerState.LOADING)
    # Switched off by --no-slots: then nobody knows.
    found = slots.json() if slots.is_ok else []
    busy = sum(1 for slot in found if slot["is_processing"])
    facts = [("Slots", f"{busy} of {len(found)} at work")] if found else []
    if found:
        facts.append(("Context", units.whole(found[0]["n_ctx"], "tokens a slot")))
    metrics = _metrics(api, url)
    read, written = metrics.get("prompt_tokens_total"), metrics.get("tokens_predicted_total")
    if read is not None and written is not None:
        facts.append(("Read, written", f"{read:,.0f} and {written:,.0f} tokens"))
    return Health(
        ServerState.BUSY if busy else ServerState.READY,
        model,
        tokens_per_second=metrics.get("predicted_tokens_seconds") or None,
        facts=tuple(facts),
    )


def _metrics(api: ApiClient, url: str) -> dict[str, float]:
    answer = api.get(f"{url}/metrics")
    if not answer.is_ok:
        return {}
    lines = re.findall(rb"^llamacpp:(\w+) ([0-9.e+-]+)$", answer.body, re.MULTILINE)
    return {name.decode(): float(value) for name, value in lines}
