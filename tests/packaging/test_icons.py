"""The icon in the forms that Windows, macOS and Linux want, all from one drawing."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from lollma_bootstrap.say import Trouble
from lollma_release import icons
from lollma_release.product import Product
from PySide6.QtGui import QColor, QImage, QImageReader


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    product = Product("1.0", 0, "", tmp_path_factory.mktemp("work"), Path("out"))
    return icons.make(product)


def test_every_size_is_a_picture_of_that_size_with_clear_corners(drawn: Path) -> None:
    for size in icons.SIZES:
        picture = QImage(str(drawn / f"{size}.png"))
        assert (picture.width(), picture.height()) == (size, size)
        assert picture.pixelColor(0, 0).alpha() < 128
        assert picture.pixelColor(size // 2, size - 2).alpha() == 255


def test_at_sixteen_pixels_the_strokes_are_sharp(drawn: Path) -> None:
    picture = QImage(str(drawn / "16.png"))
    # The upright of the great L, two pixels wide, beside the blue it stands on.
    colours = [picture.pixelColor(x, 8) for x in range(2, 6)]
    blue, white = QColor("#2858cf"), QColor("white")
    assert colours == [blue, white, white, blue]


def test_windows_finds_each_picture_in_the_box(drawn: Path) -> None:
    content = (drawn / "lollma.ico").read_bytes()
    _, kind, count = struct.unpack_from("<HHH", content)
    assert (kind, count) == (1, len(icons.ICO_SIZES))
    for index, size in enumerate(icons.ICO_SIZES):
        width, _, _, _, _, bits, length, offset = struct.unpack_from(
            "<BBBBHHII", content, 6 + 16 * index
        )
        assert (width or 256, bits) == (size, 32)
        assert content[offset : offset + length] == (drawn / f"{size}.png").read_bytes()
    assert QImageReader(str(drawn / "lollma.ico")).imageCount() == len(icons.ICO_SIZES)


def test_a_mac_finds_each_picture_in_the_box(drawn: Path) -> None:
    content = (drawn / "lollma.icns").read_bytes()
    name, length = struct.unpack_from(">4sI", content)
    assert (name, length) == (b"icns", len(content))
    found, offset = {}, 8
    while offset < len(content):
        name, length = struct.unpack_from(">4sI", content, offset)
        found[name] = QImage.fromData(content[offset + 8 : offset + length]).width()
        offset += length
    assert found == icons.ICNS_SIZES
    assert max(found.values()) == 1024


def test_the_same_drawing_gives_the_same_bytes(drawn: Path, tmp_path: Path) -> None:
    icons.draw(tmp_path)
    for path in drawn.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_python_that_cannot_draw_is_told_what_it_lacks(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    folder = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    with pytest.raises(Trouble, match="PySide6"):
        icons.make(Product("1.0", 0, "", tmp_path, tmp_path), bare / folder)
