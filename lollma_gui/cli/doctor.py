"""``lollma doctor``: says what this PC has and what is missing."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TextIO

from lollma_gui.core.checks import Check
from lollma_gui.core.pc_checks import as_text
from lollma_gui.services.places import Places
from lollma_gui.services.software_checks import run_checks, versions


def run(
    as_json: bool,
    out: TextIO,
    checks: Callable[[], Sequence[Check]] = lambda: run_checks([Places.usual().models]),
) -> int:
    """Print the checks and the versions that matter.

    Args:
        as_json: As JSON, for programs and reports; else as a table.
        out: Where to print.
        checks: Does the looking.

    Returns:
        0: what was found is no failure of the command.
    """
    found = checks()
    if as_json:
        report = {"versions": dict(versions()), "checks": [asdict(check) for check in found]}
        out.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    else:
        out.write(as_text(found, versions()))
    return 0
