"""Tools of the system that builds: run to their end, or told in one sentence why not."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble

#: Packing takes minutes on a slow machine; nothing takes longer than this.
_SECONDS = 3600.0


def run(
    command: Sequence[str | Path],
    package: str,
    failed: str,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run one; returns what it printed.

    Args:
        command: Its name, and arguments.
        package: The package of Debian that has it.
        failed: The sentence that says what was not done, should it fail.
        environment: All its variables; ours if none are given.

    Raises:
        Trouble: If it is missing, or fails.
    """
    name = str(command[0])
    if shutil.which(name) is None:
        raise Trouble(f"{name} is missing.", f"apt-get install {package}")
    status, output, error = answer_of(command, environment, _SECONDS)
    if status:
        raise Trouble(failed, f"see what {name} says", error)
    return output
