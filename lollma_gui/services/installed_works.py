"""Works of others as their packages tell of them on this PC."""

from importlib import metadata

from lollma_gui.core.third_party import ThirdParty

_NOT_TOLD = "not told"


def installed_works() -> tuple[ThirdParty, ...]:
    """Every Python package there is but LoLLMa, by name. Takes a moment."""
    found = {work.name.casefold(): work for work in map(_work, metadata.distributions())}
    found.pop("lollma-gui", None)
    return tuple(found[name] for name in sorted(found))


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
