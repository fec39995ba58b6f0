"""What a Linux desktop is told of LoLLMa: checked by the desktop's own tools."""

import gzip
import os
import subprocess
from pathlib import Path

import pytest
from helpers.tools import tool
from lollma_release import desktop_files
from lollma_release.product import Product


@pytest.fixture(scope="module")
def usr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    usr = tmp_path_factory.mktemp("usr")
    product = Product("1.2.3", 1_700_000_000, "", tmp_path_factory.mktemp("work"), usr)
    desktop_files.install(product, usr)
    return usr


def test_the_menu_entry_is_what_the_desktops_agreed_on(usr: Path) -> None:
    entry = usr / "share" / "applications" / "lollma.desktop"
    command = [tool("desktop-file-validate"), str(entry)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_gguf_file_is_known_by_its_name_and_by_what_is_in_it(usr: Path, tmp_path: Path) -> None:
    update, ask = tool("update-mime-database"), tool("gio")
    subprocess.run([update, str(usr / "share" / "mime")], check=True, capture_output=True)
    named, unnamed = tmp_path / "model.gguf", tmp_path / "model"
    named.write_bytes(b"half a download")
    unnamed.write_bytes(b"GGUF\x03\x00\x00\x00" + bytes(64))
    environment = os.environ | {"XDG_DATA_DIRS": str(usr / "share"), "XDG_DATA_HOME": str(tmp_path)}
    for path in (named, unnamed):
        command = [ask, "info", "-a", "standard::content-type", str(path)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert "application/x-gguf" in done.stdout


def test_lollma_opens_that_kind_of_file(usr: Path) -> None:
    update = tool("update-desktop-database")
    folder = usr / "share" / "applications"
    subprocess.run([update, str(folder)], check=True)
    cache = (folder / "mimeinfo.cache").read_text().splitlines()
    assert "application/x-gguf=lollma.desktop;" in cache


def test_software_centres_can_read_what_it_is(usr: Path) -> None:
    description = usr / "share" / "metainfo" / "lollma.metainfo.xml"
    assert '<release version="1.2.3" date="2023-11-14"/>' in description.read_text()
    command = [tool("appstreamcli"), "validate", "--no-net", "--no-color", str(description)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    faults = [line for line in done.stdout.splitlines() if line.startswith(("E:", "W:"))]
    # A name turned round (org.example.App) needs an address, and a copy's address is its builder's.
    assert all("cid-desktopapp-is-not-rdns" in fault for fault in faults), done.stdout


def test_the_icon_is_there_in_every_size_and_as_a_drawing(usr: Path) -> None:
    theme = usr / "share" / "icons" / "hicolor"
    found = {path.parent.parent.name for path in theme.rglob("lollma.*")}
    edges = (16, 24, 32, 48, 64, 128, 256, 512)
    assert found == {"scalable"} | {f"{edge}x{edge}" for edge in edges}


def test_the_manual_page_names_every_command(usr: Path) -> None:
    page = gzip.decompress((usr / "share" / "man" / "man1" / "lollma.1.gz").read_bytes()).decode()
    for command in ("fit", "doctor", "get-starter", "integrate", "self\\-test"):
        assert command in page
