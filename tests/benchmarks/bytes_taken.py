"""Bytes that a load takes: ours against plain ``llama_cpp.Llama`` and llama-server.

    python tests/benchmarks/bytes_taken.py [N_CTX ...]

Every model of the test set at the same context, as each program asks llama.cpp by default, planned
by llama.cpp itself (its dry run, CPU). Weights are the same for all and left out. Sources:
``Llama.__init__`` of llama-cpp-python 0.3.36; common/common.h, tools/server/server.cpp and
``server_context`` (4 slots over one cache, as many outputs) of its llama.cpp.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.model_shapes import SHAPES, write_shape
from helpers.oracle import Breakdown, Oracle

OURS = {"n_batch": 2048, "n_ubatch": 512, "flash_attn": True, "swa_full": False}
PROGRAMS = {
    "ours": {**OURS, "n_outputs_max": 1},
    "Llama": {
        "n_batch": 512,
        "n_ubatch": 512,
        "flash_attn": False,
        "swa_full": True,
        "n_outputs_max": 512,
    },
    "server": {**OURS, "n_seq_max": 4, "kv_unified": True, "n_outputs_max": 4},
}


def taken(oracle: Oracle, n_ctx: int, settings: dict[str, object]) -> int | None:
    """Cache and compute buffer in bytes; None where llama.cpp refuses."""
    answer = oracle.plan(n_ctx=n_ctx, **settings)
    if not isinstance(answer, Breakdown):
        return None
    host = answer.on("CPU")
    return host.kv + host.compute


def main() -> None:
    contexts = [int(n) for n in sys.argv[1:]] or [4096, 32_768]
    print(
        f"{'model':24} {'n_ctx':>7} " + " ".join(f"{p:>11}" for p in PROGRAMS) + " MiB  ours/others"
    )
    ratios: dict[str, list[float]] = {"Llama": [], "server": []}
    with tempfile.TemporaryDirectory() as folder, Oracle() as oracle:
        for name in SHAPES:
            oracle.open(write_shape(Path(folder), name, "Q4_K_M"))
            for n_ctx in contexts:
                found = {p: taken(oracle, n_ctx, s) for p, s in PROGRAMS.items()}
                ours = found["ours"]
                if ours is None:
                    continue
                shares = {p: ours / n for p, n in found.items() if p in ratios and n}
                for program, share in shares.items():
                    ratios[program].append(share)
                sizes = " ".join(f"{(n or 0) / 2**20:11,.1f}" for n in found.values())
                said = " ".join(f"{share:.2f}" for share in shares.values())
                print(f"{name:24} {n_ctx:7,} {sizes}  {said}")
    for program, shares_of in ratios.items():
        print(
            f"ours / {program}: median {statistics.median(shares_of):.2f}, "
            f"best {min(shares_of):.2f}, worst {max(shares_of):.2f}"
        )


if __name__ == "__main__":
    main()
