"""The packaged folder has what the app needs, once, and nothing that only others want."""

import sys
from pathlib import Path

import pytest
from lollma_release import contents

ROOT = Path(__file__).resolve().parents[2]
QT = "PySide6/Qt"


@pytest.mark.parametrize(
    "place",
    [
        f"{QT}/plugins/platforms/libqxcb.so",
        f"{QT}/plugins/platforms/libqwayland.so",
        f"{QT}/plugins/platforms/libqoffscreen.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        f"{QT}/plugins/wayland-shell-integration/libxdg-shell.so",
        f"{QT}/plugins/iconengines/libqsvgicon.so",
        f"{QT}/plugins/imageformats/libqwebp.so",
        f"{QT}/lib/libQt6Widgets.so.6",
        "PySide6/Qt6Widgets.dll",
        "PySide6/QtWidgets.abi3.so",
        "libxcb-cursor.so.0",
        "libgomp.so.1",
        "llama_cpp/lib/libggml-cpu-haswell.so",
        "resources/style.qss",
        "hf_xet-1.8.0.dist-info/METADATA",
    ],
)
def test_what_is_needed_goes_in(place: str) -> None:
    assert contents.is_wanted((place, "/from/there", "BINARY"))


@pytest.mark.parametrize(
    "place",
    [
        f"{QT}/plugins/platformthemes/libqgtk3.so",
        f"{QT}/plugins/egldeviceintegrations/libqeglfs-x11-integration.so",
        f"{QT}/plugins/imageformats/libqpdf.so",
        f"{QT}/plugins/tls/libqopensslbackend.so",
        f"{QT}/translations/qtbase_de.qm",
        f"{QT}/lib/libQt6Quick.so.6",
        "PySide6/Qt6Quick.dll",
        "PySide6/QtQml.abi3.so",
        "numpy/tests/data.txt",
        "llama_cpp/lib/libllama-common.so.0",
    ],
)
def test_what_nobody_needs_stays_out(place: str) -> None:
    assert not contents.is_wanted((place, "/from/there", "BINARY"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own")
@pytest.mark.parametrize("name", ["libstdc++.so.6", "libfontconfig.so.1", "libX11.so.6"])
def test_what_every_desktop_has_is_the_desktops_own(name: str) -> None:
    assert not contents.is_wanted((name, "/from/there", "BINARY"))
    assert contents.is_wanted((f"package.libs/{name}", "/from/there", "BINARY"))


def test_a_library_under_three_names_goes_in_once(tmp_path: Path) -> None:
    entries = []
    for name in ("libllama.so", "libllama.so.0", "libllama.so.0.5.0"):
        (tmp_path / name).write_bytes(b"llama")
        entries.append((f"llama_cpp/lib/{name}", str(tmp_path / name), "BINARY"))
    (tmp_path / "one.so").write_bytes(b"one")
    alone = ("llama_cpp/lib/libggml-cpu-x64.so", str(tmp_path / "one.so"), "BINARY")
    elsewhere = ("libllama.so.0", "llama_cpp/lib/libllama.so.0", "SYMLINK")
    assert set(contents.one_of_each([*entries, alone, elsewhere], "llama_cpp/lib")) == {
        *(entries[1], alone, elsewhere),
        ("llama_cpp/lib/libllama.so", "libllama.so.0", "SYMLINK"),
    }


def test_libraries_of_what_was_left_out_are_left_out_too() -> None:
    links = {"/gui": ["libQt6Gui.so.6"], "/qt": ["/lib/libglib.so.0"], "/pango": ["libglib.so.0"]}
    kept = [
        ("PySide6/QtGui.abi3.so", "/gui", "EXTENSION"),
        (f"{QT}/lib/libQt6Gui.so.6", "/qt", "BINARY"),
        ("libglib.so.0", "/glib", "BINARY"),
        ("libpython3.13.so.1.0", "/python", "BINARY"),
        ("resources/style.qss", "/style", "DATA"),
        ("libQt6Gui.so.6", f"{QT}/lib/libQt6Gui.so.6", "SYMLINK"),
    ]
    dropped = [
        ("libpango.so.0", "/pango", "BINARY"),
        ("libQt6Quick.so.6", f"{QT}/lib/libQt6Quick.so.6", "SYMLINK"),
    ]
    found = contents.still_needed([*dropped, *kept], lambda path: links.get(path, []))
    assert set(found) == set(kept)


def test_every_package_that_the_app_asks_for_is_named() -> None:
    names = contents.requirements(ROOT / "pyproject.toml")
    assert {"PySide6-Essentials", "llama-cpp-python", "huggingface_hub", "keyring"} <= set(names)
    assert len(names) == len(set(names))
