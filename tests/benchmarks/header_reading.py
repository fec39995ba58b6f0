"""How long the header of a model with a very large vocabulary takes to read.

Run by hand: ``python tests/benchmarks/header_reading.py``. Writes a file with 262,144 tokens, their
scores and types, and 500,000 merges, and reads it with ours and with the gguf package's reader.
"""

import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from lollma_gui.services.model_files import read_model_header

TOKENS, MERGES = 262_144, 500_000
OUR_TURNS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large-vocabulary.gguf"
        write(path)
        print(f"header of {path.stat().st_size / 1e6:.1f} MB: {TOKENS:,} tokens, {MERGES:,} merges")
        ours = min(seconds(lambda: read_model_header(path)) for _ in range(OUR_TURNS))
        theirs = seconds(lambda: read_with_gguf_package(path))
        peak = peak_memory(lambda: read_model_header(path))
    print(f"ours:            {ours * 1000:10.1f} ms   (best of {OUR_TURNS}; {peak / 1e6:.1f} MB)")
    print(f"gguf.GGUFReader: {theirs * 1000:10.1f} ms   (once)")
    print(f"ratio:           {theirs / ours:10.0f} x    (target: at least 50)")


def write(path: Path) -> None:
    from gguf import GGUFWriter

    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefgh", k=chance.randrange(1, 12))) for _ in range(TOKENS)]
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(32)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(words)
    writer.add_token_scores([float(-i) for i in range(TOKENS)])
    writer.add_token_types([1] * TOKENS)
    writer.add_token_merges([f"{chance.choice(words)} {words[i % TOKENS]}" for i in range(MERGES)])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_with_gguf_package(path: Path) -> None:
    from gguf import GGUFReader

    GGUFReader(path)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    import gguf  # noqa: F401 - its import is not what is measured

    main()
