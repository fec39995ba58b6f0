"""What Windows' two downloads share: the folder, and what it says it came as."""

from pathlib import Path

from lollma_bootstrap.say import Trouble

from lollma_release.folder import told_as
from lollma_release.product import NAME, Product

PROGRAM = f"{NAME}.exe"
#: Where the folder says what it came as.
BUILD_JSON = "_internal/resources/build.json"


def checked(product: Product) -> Path:
    """The folder with the program, if it is built.

    Raises:
        Trouble: If it is not.
    """
    if not (product.folder / PROGRAM).is_file():
        raise Trouble(
            f"There is no {PROGRAM} in {product.folder}.", "python packaging/build_windows.py"
        )
    return product.folder


def build_json(folder: Path, kind: str) -> bytes:
    """What the program shall say of its build, in its own file.

    Args:
        folder: The folder as it was built.
        kind: ``installer`` or ``portable``.
    """
    return told_as(folder / BUILD_JSON, kind).encode()
