"""The icon in the forms that the systems want, drawn from ``resources/lollma.svg``.

Windows' ``.ico`` and Apple's ``.icns`` are boxes that may hold PNGs; all that is needed to make
them is a table of contents.
"""

import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lollma_bootstrap.say import Trouble

from lollma_release import environment
from lollma_release.product import ROOT, Product

#: 96 for an inch, Qt's own where there is no screen.
_DOTS_PER_METRE = 3780
SVG = ROOT / "resources" / "lollma.svg"
#: Edges in pixels. The last two are for a Mac's sharp screens.
SIZES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
#: Apple's names of those that hold a PNG; "@2x" ones are for half the edge on a sharp screen.
ICNS_SIZES = {
    b"icp4": 16,
    b"icp5": 32,
    b"ic11": 32,  # 16@2x
    b"ic12": 64,  # 32@2x
    b"ic07": 128,
    b"ic08": 256,
    b"ic13": 256,  # 128@2x
    b"ic09": 512,
    b"ic14": 512,  # 256@2x
    b"ic10": 1024,  # 512@2x
}


def make(product: Product, python: Path | None = None) -> Path:
    """Draw all of them, unless that was done.

    Args:
        product: The release.
        python: One that has PySide6. If none is given, the one of the release's own environment;
            where there is none, the one that runs.

    Returns:
        The folder with ``16.png`` to ``1024.png``, ``lollma.ico`` and ``lollma.icns``.

    Raises:
        Trouble: If the icon cannot be drawn.
    """
    folder = product.work / "icons"
    if not (folder / "lollma.icns").exists():
        inside = environment.inside(product)
        drawer = python or (inside if inside.exists() else Path(sys.executable))
        command = [str(drawer), "-m", "lollma_release.icons", str(folder)]
        done = subprocess.run(
            command, cwd=ROOT / "packaging", capture_output=True, text=True, check=False
        )
        if done.returncode:
            mend = f'install PySide6-Essentials for {command[0]}, or give another "python"'
            raise Trouble("The icon could not be drawn.", mend, done.stderr.strip())
    return folder


def draw(folder: Path) -> None:
    """Draw all of them into a folder, with this Python. It has to have PySide6."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: png(size) for size in SIZES}
    for size, picture in pictures.items():
        (folder / f"{size}.png").write_bytes(picture)
    (folder / "lollma.ico").write_bytes(ico(pictures))
    (folder / "lollma.icns").write_bytes(icns(pictures))


def png(size: int, drawing: Path = SVG) -> bytes:
    """The icon as a PNG of so many pixels each way."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QImageWriter, QPainter
    from PySide6.QtSvg import QSvgRenderer

    picture = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    # Otherwise the picture says how fine the screen is that was there when it was drawn.
    picture.setDotsPerMeterX(_DOTS_PER_METRE)
    picture.setDotsPerMeterY(_DOTS_PER_METRE)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(drawing)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return bytes(content.data())


def ico(pictures: Mapping[int, bytes]) -> bytes:
    """An icon for Windows: a header, a directory (edge 256 is written 0), then the pictures."""
    header = struct.pack("<HHH", 0, 1, len(ICO_SIZES))
    offset = len(header) + 16 * len(ICO_SIZES)
    directory = b""
    for size in ICO_SIZES:
        length = len(pictures[size])
        directory += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, length, offset)
        offset += length
    return header + directory + b"".join(pictures[size] for size in ICO_SIZES)


def icns(pictures: Mapping[int, bytes]) -> bytes:
    """An icon for macOS: entries of a name, a length that counts both, and the picture."""
    entries = b"".join(
        name + struct.pack(">I", 8 + len(pictures[size])) + pictures[size]
        for name, size in ICNS_SIZES.items()
    )
    return b"icns" + struct.pack(">I", 8 + len(entries)) + entries


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
