"""What one small file says about a server program; the supervisor does the rest for all of them.

Every method may be called from any thread but the window's, and no two at the same time for one
server. A method that waits asks ``cancelled`` (or an ``ApiClient``, which does) several times a
second.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_failures import KnownFailure
from lollma_gui.core.server_state import ServerState
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.shell_line import shell_line
from lollma_gui.services.servers.api_client import ApiClient
from lollma_gui.services.servers.ports import Listening


class Found(NamedTuple):
    """A program that can be started.

    Attributes:
        path: Its file, or the folder of its installation.
        version: As it says itself; empty if it does not.
        how: Where it comes from, for a person: ``on the PATH``, ``chosen``, ``installed here``.
    """

    path: Path
    version: str = ""
    how: str = ""


class ListenPort(NamedTuple):
    """One port that a program listens on.

    Attributes:
        name: What the program's own file calls it: ``api`` (the main one), ``web`` …
        number: The one wanted.
    """

    name: str
    number: int


@dataclass(frozen=True)
class Launch:
    """What a program is to be started with.

    Attributes:
        config: What the person set.
        values: Settings by name; what is missing has its default.
        model_path: The model to load at once; empty: none.
        facts: What is known of that model; None: nothing.
        ports: Numbers by name, as ``ports()`` names them: free when they were looked at.
        key: What who connects must know; empty: nothing.
        folder: A folder of this server alone, for files that the program is handed. It exists.
    """

    config: ServerConfig
    values: Mapping[str, SettingValue] = field(default_factory=dict)
    model_path: str = ""
    facts: ModelFacts | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    key: str = ""
    folder: Path = Path()

    @property
    def host(self) -> str:
        """The address to listen on: loopback unless the person said "my network"."""
        return self.config.host


@dataclass(frozen=True)
class Command:
    """What is run.

    Attributes:
        words: The command line, the program's file with its whole path first. No secret in it if
            there is any other way.
        environment: Variables on top of ours; secrets are well kept here.
        folder: Where it runs; None: in the server's own folder.
    """

    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def line(self, secrets: Sequence[str] = (), *, windows: bool = False) -> str:
        """The command to copy, with ``****`` in place of secrets."""
        line = shell_line(list(self.words), windows=windows)
        for secret in filter(None, secrets):
            line = line.replace(secret, "****")
        return line


@dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        launch: What it was started with. After it was taken over: without values and facts.
        pid: Its first process.
        ports: As asked for, put right by what its log said and its sockets show.
        listening: Every socket that its processes really listen on.
    """

    launch: Launch
    pid: int
    ports: Mapping[str, int]
    listening: tuple[Listening, ...] = ()

    def url(self, port: str = "api", path: str = "") -> str:
        """An address on this PC: ``url("api", "/health")``."""
        return f"http://127.0.0.1:{self.ports[port]}{path}"


class LineNews(NamedTuple):
    """What one line of the log says.

    Attributes:
        ports: Ports by name that it really has.
        state: What it is doing now, as ``LOADING``; None: the line does not say.
        failed: A load that failed, in a sentence with advice; the server itself goes on.
    """

    ports: Mapping[str, int] = {}
    state: ServerState | None = None
    failed: LollmaError | None = None


class Health(NamedTuple):
    """What a server answers about itself.

    Attributes:
        state: ``STARTING``, ``LOADING``, ``READY`` or ``BUSY``.
        model: What it has loaded, as it says it; empty: nothing.
        progress: How far loading is, 0 to 1.
        tokens_per_second: While it writes, or of its last answer.
        requests: How many it has answered.
        facts: Further figures as label and text.
        problem: A model it could not load, while it goes on itself.
    """

    state: ServerState
    model: str = ""
    progress: float | None = None
    tokens_per_second: float | None = None
    requests: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
    problem: LollmaError | None = None


class NeedsRestart(Exception):  # noqa: N818 - no error: the supervisor starts it anew instead
    """This model, or these settings, can only be had by starting the program again."""


class InstallReport(NamedTuple):
    """How far an installation is.

    Attributes:
        step: What is being done, for a person: ``downloading``.
        fraction: Share of the whole, 0 to 1; None: not known.
    """

    step: str
    fraction: float | None = None


@dataclass(frozen=True)
class Installing:
    """What an installation is given.

    Attributes:
        folder: Where the program goes; need not exist.
        report: Told how far it is, from the installing thread.
        output: Takes the output of pip, git and the like: whole lines, each ending in a newline.
        cancelled: Asked some times a second.
    """

    folder: Path
    report: Callable[[InstallReport], None]
    output: Callable[[bytes], None]
    cancelled: Callable[[], bool]


class ServerProgram(Protocol):
    """One server program.

    Attributes:
        key: What ``servers.json`` calls it; never changes.
        name: What people call it.
        settings: Whose names our settings are translated into.
        can_install: Whether ``install`` does anything.
        needs_model: Whether it cannot run without one.
        start_seconds: So long it may take from its start to its first answer, without a model.
        stop_seconds: So long it may take to end after it was asked to; then it is killed.
    """

    key: str
    name: str
    settings: Program
    can_install: bool
    needs_model: bool
    start_seconds: float
    stop_seconds: float

    @property
    def known_failures(self) -> Sequence[KnownFailure]:
        """What only its log says when it fails; a plain attribute will do."""

    @property
    def watched(self) -> re.Pattern[bytes] | None:
        """Finds the lines of its log that ``read_line`` wants to see, in many lines at once.

        None: none. Compile it with ``re.MULTILINE``; every byte of a log goes through it. A plain
        attribute will do.
        """

    def find(self, config: ServerConfig) -> Found | None:
        """The program on this PC; None: it is to be installed or chosen first."""

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        """Install it, and say how it is set from now on (folder, options).

        Raises:
            LollmaError: If it cannot be.
            Cancelled: If it is no longer wanted; what is there is gone on with the next time.
        """

    def ports(self, config: ServerConfig) -> Sequence[ListenPort]:
        """The ports it will listen on, the main one (``api``) first."""

    def command(self, launch: Launch) -> Command:
        """What to run.

        Raises:
            LollmaError: If it cannot be started like this: nothing found, a flag it lacks.
        """

    def read_line(self, line: str) -> LineNews | None:
        """What a line of its log says, if ``watched`` found it; None: nothing of use."""

    def health(self, running: Running, api: ApiClient) -> Health:
        """Ask it how it is. Called every few seconds, more often while it starts.

        Raises:
            NoAnswerError: If it does not answer. That alone is no crash: its process lives.
        """

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:
        """Have it load another model (none if empty), and return when it really has.

        Args:
            running: The server.
            launch: What it shall run with from now on.
            api: Takes as long as ``ApiClient.patience_seconds`` unless told otherwise.

        Raises:
            NeedsRestart: If only a new start can do that.
            LollmaError: If the model could not be loaded; never trust a mere "200 OK".
            Cancelled: If it is no longer wanted.
        """

    def api_url(self, running: Running) -> str:
        """The address for other programs, as ``http://127.0.0.1:5000/v1``."""

    def web_url(self, running: Running) -> str:
        """Its page for a browser; empty: it has none."""


class UsualProgram:
    """What most programs have in common; their files say only what differs."""

    can_install = False
    needs_model = False
    start_seconds = 60.0
    stop_seconds = 10.0
    known_failures: Sequence[KnownFailure] = ()
    watched: re.Pattern[bytes] | None = None
    name: str
    usual_port: int

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:  # noqa: ARG002
        """Cannot be done from here."""
        raise LollmaError(
            f"LoLLMa cannot install {self.name}.", "Install it yourself, then choose its file here."
        )

    def ports(self, config: ServerConfig) -> Sequence[ListenPort]:
        """One port: the one chosen, or the usual one."""
        return (ListenPort("api", config.port or self.usual_port),)

    def read_line(self, line: str) -> LineNews | None:
        """Its log is not needed to know how it is."""

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:  # noqa: ARG002
        """Only by a new start."""
        raise NeedsRestart

    def api_url(self, running: Running) -> str:
        """OpenAI's protocol at the usual place."""
        return running.url("api", "/v1")

    def web_url(self, running: Running) -> str:  # noqa: ARG002
        """No page."""
        return ""
