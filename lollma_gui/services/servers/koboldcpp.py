"""KoboldCpp, the guide's KoboldAI. Read: koboldcpp.py of 1.102; not run with a model.

It is told everything by a ``.kcpps`` file of ours that only this account can read: its passwords
could otherwise only stand in the command line, and another such file is how it switches models.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.koboldcpp_config import exported, from_words
from lollma_gui.core.program_name import Program
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services import files
from lollma_gui.services.servers import asked_program
from lollma_gui.services.servers.api_client import ApiClient, NoAnswerError
from lollma_gui.services.servers.extra_flags import FlagError, extra_words
from lollma_gui.services.servers.koboldcpp_install import (
    FILE_NAME,
    RELEASES,
    KoboldCppInstaller,
)
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Installing,
    Launch,
    LineNews,
    NeedsRestart,
    Running,
    UsualProgram,
)

#: In the server's own folder: what it starts with and, by the same name, switches to.
_FILE = "lollma.kcpps"
#: What it calls "no model".
_NONE = "inactive"
_LOAD_SECONDS = 900.0
_LOOK_SECONDS = 0.3
#: Opens it to the whole internet.
_TUNNEL = "--remotetunnel"


class KoboldCpp(UsualProgram):
    """KoboldCpp, fetched by us or chosen.

    Args:
        survey: Finds the GPUs; decides which build is fetched.
        releases: Address of its releases, by GitHub's API.
    """

    key = "koboldcpp"
    name = "KoboldCpp"
    settings = Program.KOBOLDCPP
    usual_port = 5001
    can_install = True
    start_seconds = 120.0
    watched = re.compile(rb"Please connect to custom endpoint at|Loading Text Model", re.MULTILINE)

    def __init__(self, survey: Callable[[], GpuSurvey], releases: str = RELEASES) -> None:
        self._installer = KoboldCppInstaller(survey, releases)

    # ---- finding, installing and starting --------------------------------------------------

    def find(self, config: ServerConfig) -> Found | None:
        """The chosen file, the one fetched, or the one on the PATH."""
        path, how = _path(config)
        if path is None:
            return None
        return Found(path, version_in(asked_program.ask(path, "--version").text), how)

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        """The build of its newest release that suits this PC."""
        return self._installer.install(config, how)

    def command(self, launch: Launch) -> Command:
        """With a file that says everything; address and port once more, since they win."""
        path, _ = _path(launch.config)
        if path is None:
            raise LollmaError(
                "KoboldCpp is not on this PC, or not where it was.", "Fetch it, or choose its file."
            )
        extra = extra_words(launch.config)
        if _TUNNEL in extra:
            raise FlagError(
                f"{_TUNNEL} opens KoboldCpp to the whole internet.",
                "Take it out of the extra flags.",
            )
        keys, rest = from_words(extra)
        admin = secrets.token_hex(16)
        written = _write(launch, keys, launch.ports["api"], admin)
        words = [str(path), "--config", str(written), "--skiplauncher"]
        words += ["--host", launch.host, "--port", str(launch.ports["api"])]
        return Command([*words, *rest])

    # ---- watching --------------------------------------------------------------------------

    def read_line(self, line: str) -> LineNews | None:
        """When it begins to load, and where it listens in the end."""
        if "Loading Text Model" in line:
            return LineNews(state=ServerState.LOADING)
        found = re.search(r"at https?://\S+?:(\d+)", line)
        return LineNews({"api": int(found[1])}) if found else None

    def health(self, running: Running, api: ApiClient) -> Health:
        """Which model it has, whether it works, and how many answers it has given."""
        model = _model(running, api)
        perf = api.get(running.url("api", "/api/extra/perf")).json()
        is_busy = perf["idle"] == 0 or perf["queue"] > 0
        return Health(
            ServerState.BUSY if is_busy else ServerState.READY,
            model,
            tokens_per_second=perf.get("last_eval_speed") or None,
            requests=perf["total_gens"],
            facts=(("Waiting", f"{perf['queue']}"),),
        )

    # ---- switching -------------------------------------------------------------------------

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:
        """By its admin API, which reads a file again; it is silent while it does."""
        admin = _admin_password(launch.folder)
        if not admin:
            raise NeedsRestart
        keys, rest = from_words(extra_words(launch.config))
        if rest:
            raise NeedsRestart
        asked_at = time.monotonic()
        _write(launch, keys, running.ports["api"], admin)
        url = running.url("api", "/api/admin/reload_config")
        answer = api.post(url, {"filename": _FILE}, key=admin, seconds=30.0)
        if not answer.is_ok or answer.json().get("success") is not True:
            raise NeedsRestart
        self._wait_for(running, launch, api, asked_at)

    def _wait_for(self, running: Running, launch: Launch, api: ApiClient, asked_at: float) -> None:
        """Until it has begun anew since it was asked to, and answers."""
        while time.monotonic() - asked_at < _LOAD_SECONDS:
            api.wait(_LOOK_SECONDS)
            try:
                loaded, uptime = _model(running, api), _uptime(running, api)
            except NoAnswerError:
                continue
            if uptime < time.monotonic() - asked_at:
                _check_loaded(loaded, launch)
                return
        raise LollmaError("KoboldCpp takes too long to load the model.", "Restart it.")

    def web_url(self, running: Running) -> str:
        """KoboldAI Lite in the browser."""
        return running.url("api", "/")


def version_in(text: str) -> str:
    """The version in what ``--version`` prints: ``1.102``, or ``1.102.3``."""
    found = re.search(r"^\s*v?(\d+\.\d+(?:\.\d+)*)\s*$", text, re.MULTILINE)
    return found[1] if found else ""


def _path(config: ServerConfig) -> tuple[Path | None, str]:
    if config.binary:
        chosen = Path(config.binary)
        return (chosen if chosen.is_file() else None), "chosen"
    if config.folder and (Path(config.folder) / FILE_NAME).is_file():
        return Path(config.folder) / FILE_NAME, "installed by LoLLMa"
    on_path = shutil.which("koboldcpp")
    return (Path(on_path), "on the PATH") if on_path else (None, "")


def _write(launch: Launch, extra: Mapping[str, Any], port: int, admin: str) -> Path:
    """The file that says everything, for this account's eyes only."""
    original = dict(launch.config.options.get("kcpps", {}))
    config = exported(original, launch.values, launch.model_path, launch.facts) | dict(extra)
    config |= {
        "host": launch.host,
        "port": port,
        "port_param": port,
        "password": launch.key or None,
        "admin": True,
        "admindir": str(launch.folder),
        "adminpassword": admin,
        "skiplauncher": True,
        "launch": False,
        "remotetunnel": False,
        "quiet": True,
    }
    if not launch.model_path:
        config |= {"nomodel": True, "model": [], "model_param": None}
    path = launch.folder / _FILE
    # Made anew: rights are given only where a file is made.
    path.with_name(f"{_FILE}.tmp").unlink(missing_ok=True)
    path.with_name(f"{_FILE}.tmp").touch(0o600)
    files.write_atomically(path, json.dumps(config, indent=2).encode())
    return path


def _admin_password(folder: Path) -> str:
    try:
        values = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return str(values["adminpassword"])
    except (OSError, ValueError, KeyError):
        return ""


def _model(running: Running, api: ApiClient) -> str:
    """What it has loaded; empty: nothing."""
    answer = api.get(running.url("api", "/api/v1/model"))
    if not answer.is_ok:
        raise NoAnswerError("KoboldCpp refuses to answer.", details=f"HTTP {answer.status}")
    name = str(answer.json()["result"]).removeprefix("koboldcpp/")
    return "" if name == _NONE else name


def _uptime(running: Running, api: ApiClient) -> float:
    return float(api.get(running.url("api", "/api/extra/perf")).json()["uptime"])


def _check_loaded(loaded: str, launch: Launch) -> None:
    """After a reload that failed it has nothing, or what it had before."""
    wanted = Path(launch.model_path).stem
    if _bare(loaded) != _bare(wanted):
        raise LollmaError(
            f"KoboldCpp could not load {wanted}." if wanted else "KoboldCpp kept its model.",
            "Its log says why; a shorter context or fewer GPU layers need less memory.",
        )


def _bare(name: str) -> str:
    """A name as far as KoboldCpp keeps it: it takes out odd characters and the ending."""
    return re.sub(r"[^a-z0-9]", "", name.lower().removesuffix(".gguf"))
