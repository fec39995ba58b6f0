"""Oobabooga's TextGen, once text-generation-webui. Read and run: v4.9 (ed888c71).

Its API says "OK" to loads that fail and is silent while it loads: what counts is whether the
llama-server that it starts really answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import GitSource
from lollma_gui.core.program_name import Program
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.core.textgen_api import (
    FAILURES,
    WATCHED,
    differs_beyond_loading,
    load_arguments,
    ports_in,
)
from lollma_gui.core.textgen_flags import TextGenFlags
from lollma_gui.services.servers import textgen_command, textgen_orphans
from lollma_gui.services.servers.api_client import ApiClient, NoAnswerError
from lollma_gui.services.servers.extra_flags import extra_words
from lollma_gui.services.servers.llama_server import at_work
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Installing,
    Launch,
    LineNews,
    ListenPort,
    NeedsRestart,
    Running,
    UsualProgram,
)
from lollma_gui.services.servers.textgen_flags import ask_help, read_flags
from lollma_gui.services.servers.textgen_install import SOURCE, TextGenInstaller, this_pc
from lollma_gui.services.servers.textgen_places import TextGenPlace, look_at, place_at

_WEB_PORT = 7860
_LOAD_SECONDS = 900.0
#: What it calls "no model".
_NONE = "None"


class _FlagsOf(NamedTuple):
    """Flags of a checkout at one moment: they change with an update."""

    python: Path
    changed: int
    flags: TextGenFlags


class TextGen(UsualProgram):
    """TextGen, installed by us or adopted.

    Args:
        survey: Finds the GPUs; decides which requirements are installed.
        source: Where it is fetched from.
        pip_words: Further words for pip.
    """

    key = "textgen"
    name = "TextGen"
    settings = Program.TEXTGEN
    usual_port = 5000
    can_install = True
    start_seconds = 120.0
    #: It heeds SIGTERM late while it loads; its llama-server has 5 s of its own.
    stop_seconds = 12.0
    known_failures = FAILURES
    watched = WATCHED

    def __init__(
        self,
        survey: Callable[[], GpuSurvey],
        source: GitSource = SOURCE,
        pip_words: Sequence[str] = (),
    ) -> None:
        self._survey = survey
        self._source = source
        self._pip_words = pip_words
        self._flags: dict[Path, _FlagsOf] = {}

    # ---- finding, installing and starting --------------------------------------------------

    def find(self, config: ServerConfig) -> Found | None:
        """The one in the chosen folder, if it has a Python."""
        if not config.folder:
            return None
        try:
            place = look_at(Path(config.folder))
        except LollmaError:
            return None
        return Found(place.folder, place.version, place.kind) if place.python else None

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        """As the guide does; ``options["release"]`` is a tag, or empty for the newest commit."""
        if config.options.get("adopted"):
            raise LollmaError(
                "This TextGen was here before LoLLMa, and is not touched.",
                "Update or repair it as you installed it, or have LoLLMa install another one.",
            )
        installer = TextGenInstaller(self._source, this_pc(self._survey()), self._pip_words)
        done = installer.run(str(config.options.get("release", "")), how)
        changed = config.with_options(requirements=done.path)
        return replace(changed, folder=str(how.folder))

    def ports(self, config: ServerConfig) -> Sequence[ListenPort]:
        """Its API, and its page where that is wanted."""
        api = ListenPort("api", config.port or self.usual_port)
        if not textgen_command.has_page(config):
            return (api,)
        return (api, ListenPort("web", int(config.options.get("web_port", _WEB_PORT))))

    def command(self, launch: Launch) -> Command:
        """Checked word by word; a llama-server left by an earlier one is ended."""
        place = self._place(launch.config)
        command = textgen_command.command(launch, place, self._flags_of(place))
        textgen_orphans.end_orphans(place.folder)
        return command

    def _place(self, config: ServerConfig) -> TextGenPlace:
        if not config.folder:
            raise LollmaError("TextGen is not installed yet.", "Install it, or adopt one.")
        place = place_at(Path(config.folder))
        if place.python is None:
            raise LollmaError(
                "This TextGen has no Python of its own.", "Install what it needs first."
            )
        return place

    def _flags_of(self, place: TextGenPlace) -> TextGenFlags:
        """What its source and its own help both name."""
        assert place.python is not None
        changed = (place.folder / "modules" / "shared.py").stat().st_mtime_ns
        known = self._flags.get(place.folder)
        if known is None or known[:2] != (place.python, changed):
            helped = ask_help(place.python, place.folder)
            flags = TextGenFlags(
                flag for flag in read_flags(place.folder) if helped.intersection(flag.options)
            )
            known = self._flags[place.folder] = _FlagsOf(place.python, changed, flags)
        return known.flags

    # ---- watching --------------------------------------------------------------------------

    def read_line(self, line: str) -> LineNews | None:
        """Where it really listens, and when it begins to load; the end of that, ``health`` sees."""
        if ports := ports_in(line):
            return LineNews(ports)
        return LineNews(state=ServerState.LOADING)

    def health(self, running: Running, api: ApiClient) -> Health:
        """Whether it answers, what it says it has loaded, and whether that is so."""
        child = _child_url(running)
        try:
            answer = api.get(running.url("api", "/v1/internal/health"))
        except NoAnswerError:
            # Its API is silent while it loads; its llama-server tells.
            if child and _is_loading(child, api):
                return Health(ServerState.LOADING)
            raise
        if not answer.is_ok:
            raise NoAnswerError("TextGen refuses to answer.", details=f"HTTP {answer.status}")
        info = api.get(running.url("api", "/v1/internal/model/info")).json()
        model = str(info["model_name"] or _NONE)
        if model == _NONE:
            return Health(ServerState.READY)
        return self._with_model(running, Path(model).name, child, api)

    def _with_model(self, running: Running, model: str, child: str, api: ApiClient) -> Health:
        if child:
            try:
                return at_work(child, model, api)
            except NoAnswerError:
                pass
        if _can_count(running, api):
            return Health(ServerState.READY, model)
        problem = LollmaError(
            f"TextGen says it has {model}, but its llama-server has ended.",
            "Load the model again; the log says why it ended.",
        )
        return Health(ServerState.READY, problem=problem)

    # ---- switching -------------------------------------------------------------------------

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:
        """Through its API; whether it worked is asked of its llama-server."""
        if not launch.model_path:
            _unload(running, api)
            return
        flags = self._flags_of(self._place(launch.config))
        words, before = _words(launch, flags), _words(running.launch, flags)
        if flags.problems(words):
            # The start says which, and why.
            raise NeedsRestart
        if differs_beyond_loading(flags.values(before), flags.values(words)):
            raise NeedsRestart
        body = {"model_name": launch.model_path, "args": load_arguments(flags, words)}
        answer = api.post(
            running.url("api", "/v1/internal/model/load"), body, seconds=_LOAD_SECONDS
        )
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise LollmaError("TextGen wants another key.", "Restart it with the key of here.")
        if not answer.is_ok or not _can_count(running, api):
            raise LollmaError(
                f"TextGen could not load {Path(launch.model_path).name}.",
                "Its log says why; a shorter context or fewer GPU layers need less memory.",
                answer.body.decode("utf-8", "replace"),
            )

    def web_url(self, running: Running) -> str:
        """Its page, once something listens there."""
        port = running.ports.get("web")
        listens = any(socket.port == port for socket in running.listening)
        return running.url("web", "/") if port and listens else ""


def _words(launch: Launch, flags: TextGenFlags) -> list[str]:
    settings = textgen_command.loading_words(launch, flags)
    return [*settings, *extra_words(launch.config)]


def _child_url(running: Running) -> str:
    """Its llama-server, which listens on a port that nobody asked for; empty: none is seen."""
    named = set(running.ports.values())
    other = next((one.port for one in running.listening if one.port not in named), None)
    return f"http://127.0.0.1:{other}" if other else ""


def _is_loading(child: str, api: ApiClient) -> bool:
    try:
        return api.get(f"{child}/health").status == HTTPStatus.SERVICE_UNAVAILABLE
    except NoAnswerError:
        return False


def _can_count(running: Running, api: ApiClient) -> bool:
    """Whether a model is really there: counting tokens is its llama-server's work."""
    url = running.url("api", "/v1/internal/token-count")
    return api.post(url, {"text": "a"}, seconds=30.0).is_ok


def _unload(running: Running, api: ApiClient) -> None:
    answer = api.post(running.url("api", "/v1/internal/model/unload"), {}, seconds=60.0)
    if not answer.is_ok or _can_count(running, api):
        raise LollmaError(
            "TextGen did not unload the model.",
            "Restart it.",
            answer.body.decode("utf-8", "replace"),
        )
