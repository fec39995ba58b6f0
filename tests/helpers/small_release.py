"""A release whose program is a few lines of shell: what packages are made of in tests."""

import json
import shutil
from pathlib import Path

from lollma_release.product import Product

SAYS = """\
#!/bin/sh
echo "$@"
env | grep -E '^(APPIMAGE|APPDIR|ARGV0|OWD)=' | sort
cat "$(dirname "$(readlink -f "$0")")/_internal/resources/build.json"
"""
#: 2023-11-14.
TIME = 1_700_000_000


def small_release(folder: Path) -> Product:
    """Make the built folder of a release, with a program and one true library."""
    product = Product("1.2.3rc1", TIME, "", folder / "work", folder / "dist")
    resources = product.folder / "_internal" / "resources"
    resources.mkdir(parents=True)
    program = product.folder / "lollma"
    program.write_text(SAYS)
    program.chmod(0o700)
    (resources / "build.json").write_text(json.dumps({"kind": "folder", "commit": "c"}))
    # Any program of the system: it needs the C library of this machine and nothing more.
    shutil.copy("/bin/true", product.folder / "_internal" / "libsmall.so.1")
    (product.folder / "_internal" / "libsmall.so").symlink_to("libsmall.so.1")
    return product
