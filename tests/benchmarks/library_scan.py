"""How long the library takes to search folders with 1,000 models, first and again.

Run by hand: ``python tests/benchmarks/library_scan.py``. The models are header-only files of real
shapes, laid out as LM Studio does: PUBLISHER/REPOSITORY/FILE, two files in each. Beside it, in the
same run, a bare ``os.scandir`` and ``stat`` of the same tree. A number of files for each folder may
be given: the more there are, the less the bare walk takes, and the larger the ratio.
"""

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.model_shapes import write_shape

from lollma_gui.__main__ import make_ready
from lollma_gui.services.database import Database
from lollma_gui.services.library_index import LibraryIndex
from lollma_gui.services.model_library import ScanResult, scan

MODELS, TURNS = 1000, 15
IN_A_FOLDER = int(sys.argv[1]) if len(sys.argv) > 1 else 2
NAMES = ("smollm2-135m", "llama3.1-8b", "qwen3-30b-a3b")
#: The second search may take so many times what a bare walk takes.
TARGET = 3.0


def main() -> None:
    make_ready()  # garbage is looked for as seldom as in the window
    gc.enable()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "models")
        write(tree)
        before = index_in(folder)
        first = seconds(lambda: search(tree, before))
        # The index is opened anew each time, as at a start; databases are opened anyway.
        bare, second = [], []
        for _ in range(TURNS):
            bare.append(seconds(lambda: walk(tree)))
            again = index_in(folder)
            second.append(seconds(lambda again=again: search(tree, again)))
        entries = search(tree, index_in(folder)).entries
        described = seconds(lambda: [entry.info for entry in entries])
        later = min(seconds(lambda: search(tree, again)) for _ in range(TURNS))
    print(f"{MODELS:,} models in {MODELS // IN_A_FOLDER} folders; best of {TURNS}")
    print(f"bare scandir + stat:     {min(bare) * 1000:8.1f} ms")
    print(f"first search:            {first * 1000:8.1f} ms   (once, headers are read)")
    ratio = min(second) / min(bare)
    print(f"second start:            {min(second) * 1000:8.1f} ms   {ratio:.2f} x bare")
    print(f"                                       (target: at most {TARGET:.0f} x)")
    print(f"what each model is:      {described * 1000:8.1f} ms   (once, when it is looked at)")
    print(f"again in the same run:   {later * 1000:8.1f} ms   {later / min(bare):.2f} x bare")


def write(tree: Path) -> None:
    """1,000 files: three are written, the others are copies with other names."""
    tree.mkdir()
    originals = [write_shape(tree.parent, name, "Q4_K_M") for name in NAMES]
    for number in range(MODELS):
        repository = number // IN_A_FOLDER
        home = tree / f"publisher-{repository % 60}" / f"Some-Model-{repository}-GGUF"
        home.mkdir(parents=True, exist_ok=True)
        original = originals[number % len(originals)]
        copy_header(original, home / f"{number}-{original.name}")


def copy_header(original: Path, copy: Path) -> None:
    """Copy a file that is a hole but for its first bytes."""
    with original.open("rb") as source, copy.open("wb") as target:
        target.write(source.read(1 << 20))
        target.truncate(original.stat().st_size)
    shutil.copystat(original, copy)


def index_in(folder: str) -> LibraryIndex:
    database = Database(Path(folder, "lollma.sqlite"))
    with database.read():
        pass
    return LibraryIndex(database)


def search(tree: Path, index: LibraryIndex) -> ScanResult:
    result = scan([tree], index=index)
    assert len(result.entries) == MODELS
    return result


def walk(tree: Path) -> int:
    count, waiting = 0, [str(tree)]
    while waiting:
        with os.scandir(waiting.pop()) as listing:
            for entry in listing:
                if entry.is_dir():
                    waiting.append(entry.path)
                else:
                    count += entry.stat().st_size > 0
    assert count == MODELS
    return count


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
