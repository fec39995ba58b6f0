"""The version as Windows wants it, and what its Explorer shows of the programs."""

import re

from lollma_release.product import NAME, SUMMARY, Product

_AUTHORS = "The LoLLMa authors"

#: For PyInstaller's EXE(version=...), which reads it as an expression of its own names.
#: 1200 is UTF-16, 0x0409 English of the United States: what Windows looks for first.
_RESOURCE = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={four}, prodvers={four}),
  kids=[
    StringFileInfo([StringTable("040904B0", [
{strings}
    ])]),
    VarFileInfo([VarStruct("Translation", [0x0409, 1200])])
  ]
)
"""


def four_numbers(version: str) -> tuple[int, int, int, int]:
    """The numbers a version begins with, filled up to the four that Windows has.

    ``0.3.1`` is ``(0, 3, 1, 0)``, and so is ``0.3.1rc2``: Windows has no word for what follows.
    """
    found = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")[:4]] if found else []
    first, second, third, fourth = (*numbers, 0, 0, 0, 0)[:4]
    return first, second, third, fourth


def windows_resource(product: Product, program: str) -> str:
    """What Explorer shows of one program of the folder, as a file for PyInstaller.

    Args:
        product: What is built.
        program: Name of the file, as ``LoLLMa.exe``.
    """
    values = {
        "CompanyName": _AUTHORS,
        "FileDescription": NAME,  # Windows names the program so, in its Task Manager too
        "FileVersion": product.version,
        "InternalName": program.removesuffix(".exe"),
        "LegalCopyright": f"{_AUTHORS}, MIT licence",
        "OriginalFilename": program,
        "ProductName": NAME,
        "ProductVersion": product.version,
        "Comments": SUMMARY,
    }
    strings = ",\n".join(f"      StringStruct({k!r}, {v!r})" for k, v in values.items())
    return _RESOURCE.format(four=four_numbers(product.version), strings=strings)
