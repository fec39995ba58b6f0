"""LoLLMa's own licence, which stands before those of others."""

from pathlib import Path

import lollma_gui
from lollma_gui import __version__
from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services.places import resource


def own_work() -> ThirdParty:
    """LoLLMa itself; builds keep the file with the resources, a checkout has it at its top."""
    try:
        path = resource("LICENSE")
    except FileNotFoundError:
        path = Path(lollma_gui.__file__).parents[1] / "LICENSE"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return ThirdParty("LoLLMa", __version__, "MIT", text)
