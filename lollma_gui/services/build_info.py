"""Reads which build of LoLLMa this is."""

import json
from pathlib import Path

import lollma_gui
from lollma_gui.core.build_info import BuildInfo, build_of
from lollma_gui.services.places import resource


def read_build() -> BuildInfo:
    """What the release build has left in ``resources/build.json``; most kinds have no such file."""
    package = Path(lollma_gui.__file__).parent
    usual = "wheel" if (package / "_resources").is_dir() else "checkout"
    try:
        values = json.loads(resource("build.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return BuildInfo(usual)
    return build_of(values if isinstance(values, dict) else {}, usual)
