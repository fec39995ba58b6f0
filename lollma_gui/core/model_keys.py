"""The numbers that a GGUF header gives about its architecture, read with their defaults."""

from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.gguf_values import ArrayInfo

#: llama.cpp itself stops at 512; a forged count must not make us build long lists.
MAX_BLOCKS = 4096


class ModelKeys:
    """Keys below the architecture's name, for example ``llama.block_count``.

    Args:
        header: The header of the model, or of its first part.

    Attributes:
        architecture: The architecture's name.
    """

    def __init__(self, header: GgufHeader) -> None:
        self.architecture = header.architecture
        self._metadata = header.metadata
        self._prefix = header.architecture + "."

    def whole(self, name: str) -> int | None:
        """A whole number that is not negative; None if it is missing or something else."""
        value = self._metadata.get(self._prefix + name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return None
        return value

    def real(self, name: str) -> float | None:
        """A number; None if it is missing or something else."""
        value = self._metadata.get(self._prefix + name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value)

    def flag(self, name: str) -> bool:
        """Whether a key is there and true."""
        return self._metadata.get(self._prefix + name) is True

    def per_layer(self, name: str) -> tuple[int, ...] | None:
        """One number for each layer, of a key that holds several; None if it does not."""
        value = self._metadata.get(self._prefix + name)
        if not isinstance(value, tuple) or not value:
            return None
        return tuple(max(int(item), 0) for item in value if isinstance(item, int))

    def of_layers(self, name: str, n_layers: int) -> tuple[int, ...] | None:
        """A number for each layer, of a key that holds one for all or one for each."""
        one = self.whole(name)
        if one is not None:
            return (one,) * n_layers
        several = self.per_layer(name)
        return several if several is not None and len(several) >= n_layers else None

    @property
    def block_count(self) -> int | None:
        """Blocks, those for predicting further tokens (NextN) included; None if implausible."""
        count = self.whole("block_count")
        return count if count is not None and count <= MAX_BLOCKS else None

    @property
    def extra_blocks(self) -> int:
        """Blocks at the end that are not loaded: they predict further tokens (NextN)."""
        return min(self.whole("nextn_predict_layers") or 0, self.block_count or 0)

    @property
    def vocabulary_size(self) -> int | None:
        """Tokens in the vocabulary: as many as are listed, else what the file says."""
        tokens = self._metadata.get("tokenizer.ggml.tokens")
        if isinstance(tokens, ArrayInfo):
            return tokens.length
        return self.whole("vocab_size")
