"""The installer for Windows, made by Inno Setup from ``packaging/lollma.iss``."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from lollma_bootstrap.say import Trouble

from lollma_release import windows_folder
from lollma_release.product import ROOT, SUMMARY, Product
from lollma_release.windows_version import four_numbers

SCRIPT = ROOT / "packaging" / "lollma.iss"
#: Variables of Windows that lead to where Inno Setup may have been installed.
_HOMES = {
    "ProgramFiles(x86)": "Inno Setup 6",
    "ProgramFiles": "Inno Setup 6",
    "LOCALAPPDATA": "Programs/Inno Setup 6",
}


def find_compiler(environment: Mapping[str, str] = os.environ) -> Path:
    """Inno Setup's compiler: on the PATH, or where its installer puts it.

    Raises:
        Trouble: If it is not there.
    """
    on_path = shutil.which("ISCC", path=environment.get("PATH", ""))
    places = [Path(on_path)] if on_path else []
    places += [
        Path(environment[name], below, "ISCC.exe")
        for name, below in _HOMES.items()
        if environment.get(name)
    ]
    for place in places:
        if place.is_file():
            return place
    raise Trouble(
        "Inno Setup, which makes the installer, is not there.",
        "winget install JRSoftware.InnoSetup (version 6.3 or newer)",
    )


def build(product: Product, compiler: Path, icon: Path) -> Path:
    """Make the installer of a folder that is built.

    Args:
        product: The release.
        compiler: Of ``find_compiler``.
        icon: The ``.ico`` of the installer itself.

    Raises:
        Trouble: If the folder is not built, or Inno Setup fails.
    """
    folder = windows_folder.checked(product)
    facts = product.work / "installer" / "build.json"
    facts.parent.mkdir(parents=True, exist_ok=True)
    facts.write_bytes(windows_folder.build_json(folder, "installer"))
    product.out.mkdir(parents=True, exist_ok=True)
    words = [str(compiler), *arguments(product, folder, facts, icon)]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise Trouble(
            "Inno Setup could not make the installer.",
            "mend what it names in packaging/lollma.iss, and run the same again",
            (done.stdout + done.stderr).strip()[-3000:],
        )
    return product.setup


def arguments(product: Product, folder: Path, facts: Path, icon: Path) -> list[str]:
    """What the compiler is told: all names that the script leaves open."""
    day = time.gmtime(product.time)
    names = {
        "Version": product.version,
        "FourNumbers": ".".join(str(number) for number in four_numbers(product.version)),
        "Summary": SUMMARY,
        "Folder": str(folder),
        "BuildJson": str(facts),
        "Icon": str(icon),
        "Date": time.strftime("%Y-%m-%d", day),
        "Time": time.strftime("%H:%M:%S", day),
    }
    given = [f"/D{name}={value}" for name, value in names.items()]
    return ["/Qp", *given, f"/O{product.out}", f"/F{product.setup.stem}", str(SCRIPT)]
