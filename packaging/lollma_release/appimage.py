"""The AppImage: one file that any Linux of x86-64 runs, nothing installed.

It is a small static program, the *runtime* of the AppImage project, with a compressed file system
behind it. The runtime mounts that (or unpacks it, where FUSE is missing) and starts ``AppRun``.
"""

import hashlib
import os
import shutil
import urllib.request
from pathlib import Path

from lollma_bootstrap.say import Trouble, say

from lollma_release import desktop_files, icons, staging, tool
from lollma_release.product import PROGRAM, Product

#: Of the AppImage project's type2-runtime, release 20251108.
RUNTIME_URL = "https://github.com/AppImage/type2-runtime/releases/download/20251108/runtime-x86_64"
RUNTIME_SHA256 = "2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d"
#: What says "AppImage, type 2" from byte 8 on, after the ELF mark.
MAGIC = b"AI\x02"


def build(product: Product, runtime: Path | None = None) -> Path:
    """Make the AppImage of a folder that is built; the same bytes each time.

    Args:
        product: The release.
        runtime: The runtime; fetched and checked if none is given.

    Raises:
        Trouble: If the folder, the runtime or a tool is missing.
    """
    first = _checked(runtime or fetch_runtime(product.work / "runtime-x86_64"))
    root = product.work / "AppDir"
    staging.lay_out(product, root, "appimage")
    shutil.copy(desktop_files.OWN / "AppRun", root / "AppRun")
    shutil.copyfile(desktop_files.SHARED / "lollma.desktop", root / "lollma.desktop")
    shutil.copyfile(icons.make(product) / "256.png", root / f"{PROGRAM}.png")
    (root / ".DirIcon").symlink_to(f"{PROGRAM}.png")
    staging.settle(root, product.time)
    packed = product.work / "image.squashfs"
    _squash(root, packed, product.time)
    product.out.mkdir(parents=True, exist_ok=True)
    product.app_image.write_bytes(first + packed.read_bytes())
    product.app_image.chmod(0o755)
    packed.unlink()
    shutil.rmtree(root)
    return product.app_image


def fetch_runtime(target: Path, url: str = RUNTIME_URL, sha256: str = RUNTIME_SHA256) -> Path:
    """Fetch the runtime, unless it is there. Only the very file that is meant is kept.

    Raises:
        Trouble: If it cannot be fetched, or is another.
    """
    if target.exists() and _digest(target.read_bytes()) == sha256:
        return target
    say(f"Fetching the AppImage runtime from {url}")
    mend = "try again later, or fetch it elsewhere and give its place with --runtime"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            content = answer.read()
    except OSError as error:
        raise Trouble("The AppImage runtime could not be fetched.", mend, str(error)) from error
    if _digest(content) != sha256:
        raise Trouble("What was fetched is not the AppImage runtime that is meant.", mend)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _checked(runtime: Path) -> bytes:
    content = runtime.read_bytes()
    if content[:4] != b"\x7fELF" or content[8:11] != MAGIC:
        raise Trouble(f"{runtime} is no AppImage runtime.", "leave --runtime out to fetch it")
    return content


def _squash(root: Path, target: Path, time: int) -> None:
    """Pack a folder. zstd: the one that the runtime knows and that starts fast."""
    options = ["-noappend", "-all-root", "-no-xattrs", "-no-progress", "-quiet"]
    packing = ["-comp", "zstd", "-Xcompression-level", "19", "-b", "256K"]
    # Told as a variable, since mksquashfs wants it one way only and may find it there already.
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(time)}
    command = ["mksquashfs", str(root), str(target), *options, *packing]
    tool.run(command, "squashfs-tools", "The AppImage could not be packed.", environment)
