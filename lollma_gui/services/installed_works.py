"""Works of others as their packages tell of them on this PC."""

from importlib import metadata
from pathlib import Path

import lollma_gui
from lollma_gui import __version__
from lollma_gui.core.third_party import ThirdParty

_NOT_TOLD = "not told"


def installed_works() -> tuple[ThirdParty, ...]:
    """LoLLMa itself, then every Python package there is, by name. Takes a moment."""
    found = {
        work.name.casefold(): work
        for work in map(_work, metadata.distributions())
        if work.name.casefold() != "lollma-gui"
    }
    licence = Path(lollma_gui.__file__).parents[1] / "LICENSE"
    own = licence.read_text(encoding="utf-8") if licence.exists() else ""
    return (ThirdParty("LoLLMa", __version__, "MIT", own), *(found[name] for name in sorted(found)))


def _work(package: metadata.Distribution) -> ThirdParty:
    said = package.metadata
    licence = said["License-Expression"] or said["License"] or _NOT_TOLD
    texts = (
        package.read_text(f"{folder}{name}")
        for name in said.get_all("License-File") or ()
        for folder in ("licenses/", "")
    )
    return ThirdParty(
        said["Name"] or "",
        package.version,
        licence.splitlines()[0],
        "\n\n".join(text for text in texts if text),
        said["Home-page"] or "",
    )
