"""The number formats that tensors in a GGUF file can have.

Source: the ``ggml_type`` table of ggml 0.25; sizes follow from its block structs.
"""

from typing import NamedTuple


class TensorType(NamedTuple):
    """One number format: numbers lie in blocks, each block takes so many bytes."""

    id: int
    name: str
    block_size: int
    block_bytes: int

    @property
    def bits_per_weight(self) -> float:
        """Bits a number takes on average, scales included."""
        return 8 * self.block_bytes / self.block_size

    def row_bytes(self, n: int) -> int:
        """Bytes of ``n`` numbers; ``n`` is a multiple of ``block_size``."""
        return n // self.block_size * self.block_bytes


_ROWS = (
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 36),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
    (40, "NVFP4", 64, 36),
    (41, "Q1_0", 128, 18),
    (42, "Q2_0", 64, 18),
)

#: Number in the file to format.
TENSOR_TYPES = {row[0]: TensorType(*row) for row in _ROWS}
#: Name to format, for example ``Q8_0``.
BY_NAME = {tensor_type.name: tensor_type for tensor_type in TENSOR_TYPES.values()}

#: Formats that llama.cpp once had and now refuses.
REMOVED_TYPES = {
    4: "Q4_2",
    5: "Q4_3",
    31: "Q4_0_4_4",
    32: "Q4_0_4_8",
    33: "Q4_0_8_8",
    36: "IQ4_NL_4_4",
    37: "IQ4_NL_4_8",
    38: "IQ4_NL_8_8",
}
