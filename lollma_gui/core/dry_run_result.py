"""What a dry run of the engine found out, and how that travels: one line of JSON."""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.errors import LollmaError


@dataclass(frozen=True)
class DryRunResult:
    """What llama.cpp would allocate beside the weights, as it says itself.

    It says so in MiB with two decimals; bytes here are as exact as that. One known difference to a
    real load, on the safe side: with everything on several GPUs, each but the first is said to
    compute in up to ``4 · n_ubatch · embedding_length · 4`` bytes more than it does. For a dry run
    llama.cpp forgets on which device it wanted the first norm of a layer (the reset in
    ``ggml_backend_sched_reserve_size``, ggml/src/ggml-backend.cpp of llama-cpp-python 0.3.36), so
    that one more tensor crosses over, in four copies.

    Attributes:
        buffers: Of the kinds ``compute``, ``output`` and ``RS`` (recurrent state), each with
            llama.cpp's name of its device, for example ``CUDA0``; ``CPU`` and names with ``Host``
            are in RAM.
        kv_bytes: All KV caches together; a dry run does not say where they lie.
        flash_attention: Whether it would be used.
        n_ctx: Context length in force, in tokens.
        layers: Layers as llama.cpp counts them, the output layer included.
        gpu_layers: How many of them would lie on a GPU.
        seconds: What the dry run took, the start of its process included.
    """

    buffers: tuple[Buffer, ...]
    kv_bytes: int
    flash_attention: bool
    n_ctx: int
    layers: int
    gpu_layers: int
    seconds: float = 0.0

    def by_device(self, kind: str) -> dict[str, int]:
        """Bytes of one kind of buffer by name of the device."""
        found: dict[str, int] = defaultdict(int)
        for buffer in self.buffers:
            if buffer.kind == kind:
                found[buffer.device] += buffer.n_bytes
        return dict(found)


def encode_outcome(outcome: DryRunResult | LollmaError) -> str:
    """A result or a failure as one line of JSON, with its newline."""
    if isinstance(outcome, LollmaError):
        body = {"title": outcome.title, "advice": outcome.advice, "details": outcome.details}
        return json.dumps({"failure": body}) + "\n"
    return json.dumps({"result": asdict(outcome)}) + "\n"


def decode_outcome(line: str | bytes) -> DryRunResult | LollmaError:
    """What ``encode_outcome`` made a line of.

    Raises:
        ValueError: If the line is something else.
    """
    try:
        body = json.loads(line)
        if "failure" in body:
            return LollmaError(**body["failure"])
        found = body["result"]
        buffers = tuple(Buffer(**buffer) for buffer in found.pop("buffers"))
        return DryRunResult(buffers=buffers, **found)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not the outcome of a dry run: {line[:200]!r}") from error
