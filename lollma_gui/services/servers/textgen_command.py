"""The command line that starts TextGen: only flags that this checkout has, and open to nobody."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from lollma_gui.core import launch_commands
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program
from lollma_gui.core.rpc_workers import with_workers
from lollma_gui.core.server_config import Access, ServerConfig
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.textgen_flags import TextGenFlags, translated
from lollma_gui.services import files
from lollma_gui.services.servers.extra_flags import FlagError, extra_words
from lollma_gui.services.servers.program import Command, Launch
from lollma_gui.services.servers.textgen_flags import cmd_flags, stale_lines
from lollma_gui.services.servers.textgen_places import TextGenPlace, is_portable

#: With a key, its page wants a name as well.
PAGE_USER = "lollma"

#: These make it reachable from the internet, past every choice of who may connect.
_OPEN_TO_ALL = ("--share", "--public-api")
_KEYS = ("--api-key", "--admin-key", "--gradio-auth")
_KEYS_VARIABLE = "LOLLMA_TEXTGEN_KEYS"

_REQUEST_FLAGS = frozenset(
    setting.programs[Program.TEXTGEN].name for setting in SETTINGS.section(Section.GENERATION)
)

#: Started in place of server.py where there is a key: command lines can be read by everybody.
_STARTER = f'''"""Starts TextGen with its keys, which stand in the environment."""
import os, runpy, sys
keys = os.environ.pop("{_KEYS_VARIABLE}", "").split("\\n")
sys.argv = ["server.py", *sys.argv[1:], *filter(None, keys)]
sys.path[0] = os.getcwd()
runpy.run_path("server.py", run_name="__main__")
'''


def has_page(config: ServerConfig) -> bool:
    """Whether it is started with its page for a browser."""
    return bool(config.options.get("web", True))


def command(launch: Launch, place: TextGenPlace, flags: TextGenFlags) -> Command:
    """What starts it.

    Raises:
        LollmaError: If a flag is not there, or would open it to others.
    """
    words = [*_where(launch, place), *loading_words(launch, flags)]
    _check(words, flags, "This TextGen has no flag for what is set")
    extra = extra_words(launch.config)
    _check(extra, flags, "The extra flags are not for this TextGen")
    _check_file(launch, place, flags)
    _check_open(launch, [*extra, *cmd_flags(place.user_data)])
    environment = {"COLUMNS": "400"}
    script = "server.py"
    if launch.key:
        script = str(_starter(launch.folder))
        environment[_KEYS_VARIABLE] = "\n".join(_key_words(launch))
    return Command((str(place.python), script, *words, *extra), environment, place.folder)


def loading_words(launch: Launch, flags: TextGenFlags) -> list[str]:
    """The settings as its flags; nothing without a model.

    Defaults for requests are left out where a checkout has no flags for them: before v4.0 they
    could only be said with each request.
    """
    if not launch.model_path:
        return []
    values = with_workers(launch.values, launch.config.options)
    words = launch_commands.arguments(Program.TEXTGEN, values, launch.model_path, launch.facts)
    missing = _REQUEST_FLAGS - flags.options
    parts = flags.explain(words)
    return [word for part in parts if part.words[0] not in missing for word in part.words]


def _where(launch: Launch, place: TextGenPlace) -> list[str]:
    """Ports and addresses are always said: what is not said, it chooses by itself."""
    words = ["--user-data-dir", str(place.user_data), "--api"]
    words += ["--api-port", str(launch.ports["api"])]
    if is_portable(place):
        words.append("--portable")
    if has_page(launch.config):
        words += ["--listen-port", str(launch.ports["web"])]
    else:
        words.append("--nowebui")
    if launch.config.access is Access.NETWORK:
        words.append("--listen")
    # Without --listen this says nothing; with one from CMD_FLAGS.txt it keeps others out.
    return [*words, "--listen-host", launch.host]


def _check(words: Sequence[str], flags: TextGenFlags, title: str) -> None:
    problems = flags.problems(words)
    if not problems:
        return
    notes = " ".join(one.note for one in problems)
    today = shlex.join(translated(flags.explain(words)))
    advice = f"Write instead: {today}" if today else "Take it out."
    if title.startswith("This"):
        advice = "Set those settings back to their defaults, or update TextGen."
        raise LollmaError(f"{title}: {notes}", advice)
    raise FlagError(f"{title}: {notes}", advice)


def _check_file(launch: Launch, place: TextGenPlace, flags: TextGenFlags) -> None:
    stale = stale_lines(place.user_data, flags)
    if stale:
        first = stale[0]
        raise LollmaError(
            f"Line {first.number} of CMD_FLAGS.txt keeps TextGen from starting: "
            f"{first.explained.note}",
            f"Correct it in {place.user_data / 'CMD_FLAGS.txt'}",
            "\n".join(f"{one.number}: {one.text}" for one in stale),
        )
    said = {word.partition("=")[0] for word in cmd_flags(place.user_data)}
    if not launch.key and said.intersection(_KEYS[:2]):
        raise LollmaError(
            "CMD_FLAGS.txt sets a key for TextGen's API that LoLLMa does not know.",
            "Take it out there, and set the key here.",
        )


def _check_open(launch: Launch, words: Sequence[str]) -> None:
    found = [word for word in words if word in _OPEN_TO_ALL]
    if found and launch.config.access is Access.THIS_PC:
        raise FlagError(
            f"{found[0]} opens TextGen to the whole internet, but only this PC may connect.",
            "Take it out of the extra flags and of user_data/CMD_FLAGS.txt.",
        )


def _key_words(launch: Launch) -> list[str]:
    words = [f"--api-key={launch.key}", f"--admin-key={launch.key}"]
    if has_page(launch.config):
        words.append(f"--gradio-auth={PAGE_USER}:{launch.key}")
    return words


def _starter(folder: Path) -> Path:
    path = folder / "server.py"
    files.write_atomically(path, _STARTER.encode())
    return path
