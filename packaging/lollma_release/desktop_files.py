"""What tells a Linux desktop of LoLLMa: the menu entry, the file type, icons, a manual page."""

import gzip
import shutil
import time
from pathlib import Path

from lollma_release import icons
from lollma_release.product import PROGRAM, ROOT, Product

#: Also used by the app itself, see ``lollma_gui/services/desktop_entry.py``.
SHARED = ROOT / "resources" / "desktop"
OWN = ROOT / "packaging" / "linux"
#: Edges of the icons in pixels; the drawing itself serves for all others.
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def install(product: Product, usr: Path) -> None:
    """Put them below a folder that stands for ``/usr``.

    Raises:
        Trouble: If the icon cannot be drawn.
    """
    share = usr / "share"
    _copy(SHARED / "lollma.desktop", share / "applications")
    _copy(SHARED / "lollma.xml", share / "mime" / "packages")
    metainfo = share / "metainfo" / f"{PROGRAM}.metainfo.xml"
    metainfo.parent.mkdir(parents=True, exist_ok=True)
    metainfo.write_text(metainfo_text(product), encoding="utf-8")
    _install_icons(product, share / "icons" / "hicolor")
    write_gzip(share / "man" / "man1" / f"{PROGRAM}.1.gz", (OWN / "lollma.1").read_bytes())


def metainfo_text(product: Product) -> str:
    """What software centres say of this release (AppStream)."""
    day = time.strftime("%Y-%m-%d", time.gmtime(product.time))
    text = (OWN / "lollma.metainfo.xml").read_text(encoding="utf-8")
    return text.replace("@VERSION@", product.version).replace("@DATE@", day)


def write_gzip(path: Path, content: bytes) -> None:
    """Write a compressed file that says neither when it was made nor what it is called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, 9, mtime=0))


def _install_icons(product: Product, theme: Path) -> None:
    _copy(icons.SVG, theme / "scalable" / "apps")
    pictures = icons.make(product)
    for size in SIZES:
        target = theme / f"{size}x{size}" / "apps" / f"{PROGRAM}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pictures / f"{size}.png", target)


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)
