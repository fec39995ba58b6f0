"""Writes the list of all parts of a release (SBOM, CycloneDX 1.6), as machines read it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lollma_bootstrap.places import clean_environment
from lollma_bootstrap.say import Trouble

from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services.third_party import from_json
from lollma_release import environment, licences, lock
from lollma_release.debian import TEXT_ONLY
from lollma_release.product import NAME, Product

_SYSTEMS = {"linux": "linux-x86_64", "win32": "windows-x64", "darwin": "macos-arm64"}


def path_of(product: Product) -> Path:
    """Where this system's list is put, beside what people download."""
    return product.out / f"{NAME}-{product.version}-{_SYSTEMS[sys.platform]}.cdx.json"


def write(product: Product, python: Path) -> Path:
    """Write the list of what is in the folder; ``licences.write`` comes first.

    Args:
        product: Its folder is built and has its licences.
        python: The Python of the environment the folder was made of.

    Raises:
        Trouble: If the folder has no licences yet, or the list would break CycloneDX's schema.
    """
    works = from_json(licences.written(product).read_text(encoding="utf-8"))
    report = json.loads(environment.report_of(python).read_text(encoding="utf-8"))
    path = path_of(product)
    path.parent.mkdir(parents=True, exist_ok=True)
    given = parts(product, path.name, works, hashes(report))
    path.write_text(document(environment.tools(product), given), encoding="utf-8", newline="\n")
    return path


def hashes(report: dict[str, Any]) -> dict[str, list[str]]:
    """SHA-256 of the file each package was installed from, by its package URL.

    Args:
        report: What pip reported of the installation. The engine, built here, is not in it: its
            locked source counts.
    """
    found = {}
    for entry in report["install"]:
        told, file = entry["metadata"], entry["download_info"]["archive_info"]["hashes"]
        found[_purl(told["name"], told["version"])] = [file["sha256"]]
    (engine,) = lock.read(lock.LOCKED_ENGINE)
    found[_purl(engine.name, engine.version)] = list(engine.hashes)
    return found


def parts(
    product: Product, file: str, works: Sequence[ThirdParty], known: dict[str, list[str]]
) -> dict[str, Any]:
    """What the document is made of."""
    return {
        "name": NAME,
        "version": product.version,
        "commit": product.commit,
        "time": product.time,
        "licence": "MIT",
        "file": file,
        "works": [
            {**work._asdict(), "text": "", "sha256": known.get(work.purl, [])}
            for work in works
            if not work.name.startswith(TEXT_ONLY)
        ],
    }


def document(python: Path, given: dict[str, Any]) -> str:
    """Have the document made by the library for it, which the tools' environment has.

    Raises:
        Trouble: If it cannot.
    """
    done = subprocess.run(
        [str(python), "-m", "lollma_release.sbom_document"],
        input=json.dumps(given),
        capture_output=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[1],
        env=clean_environment(),
        check=False,
    )
    if done.returncode:
        raise Trouble(
            "The list of parts (SBOM) could not be made.",
            "read the lines above; the part they name is in core/bundled_works.py or is a package",
            done.stderr.strip()[-2000:],
        )
    return done.stdout


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{lock.normal(name)}@{version}"
