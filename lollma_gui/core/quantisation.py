"""How a model's numbers were shortened: the names people choose by, such as ``Q4_K_M``."""

from collections import Counter

from lollma_gui.core.gguf_header import GgufHeader

#: ``general.file_type`` to its name, and the tensor formats such a file is mostly made of.
#: Source: ``llama_ftype`` in llama.h, and the default types of llama.cpp's quantisation.
FILE_TYPES: dict[int, tuple[str, tuple[str, ...]]] = {
    0: ("F32", ("F32",)),
    1: ("F16", ("F16",)),
    2: ("Q4_0", ("Q4_0",)),
    3: ("Q4_1", ("Q4_1",)),
    7: ("Q8_0", ("Q8_0",)),
    8: ("Q5_0", ("Q5_0",)),
    9: ("Q5_1", ("Q5_1",)),
    10: ("Q2_K", ("Q2_K",)),
    11: ("Q3_K_S", ("Q3_K",)),
    12: ("Q3_K_M", ("Q3_K",)),
    13: ("Q3_K_L", ("Q3_K",)),
    14: ("Q4_K_S", ("Q4_K",)),
    15: ("Q4_K_M", ("Q4_K",)),
    16: ("Q5_K_S", ("Q5_K",)),
    17: ("Q5_K_M", ("Q5_K",)),
    18: ("Q6_K", ("Q6_K",)),
    19: ("IQ2_XXS", ("IQ2_XXS",)),
    20: ("IQ2_XS", ("IQ2_XS",)),
    21: ("Q2_K_S", ("Q2_K",)),
    22: ("IQ3_XS", ("IQ3_S", "IQ3_XXS")),
    23: ("IQ3_XXS", ("IQ3_XXS",)),
    24: ("IQ1_S", ("IQ1_S",)),
    25: ("IQ4_NL", ("IQ4_NL",)),
    26: ("IQ3_S", ("IQ3_S",)),
    27: ("IQ3_M", ("IQ3_S",)),
    28: ("IQ2_S", ("IQ2_XS", "IQ2_S")),
    29: ("IQ2_M", ("IQ2_S",)),
    30: ("IQ4_XS", ("IQ4_XS",)),
    31: ("IQ1_M", ("IQ1_M",)),
    32: ("BF16", ("BF16",)),
    36: ("TQ1_0", ("TQ1_0",)),
    37: ("TQ2_0", ("TQ2_0",)),
    38: ("MXFP4_MOE", ("MXFP4",)),
    39: ("NVFP4", ("NVFP4",)),
    40: ("Q1_0", ("Q1_0",)),
    41: ("Q2_0", ("Q2_0",)),
}

#: Added to the file type by llama.cpp where it had to guess.
_GUESSED = 1024

#: What a tensor is stored as when its rows do not fit the wanted format's blocks of 256.
#: Source: ``tensor_type_fallback`` in llama.cpp's llama-quant.cpp.
_FALLBACKS = {
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
    "TQ1_0": "Q4_0",
    "TQ2_0": "Q4_0",
}
_USUAL_FALLBACK = "IQ4_NL"


def quantisation_name(header: GgufHeader) -> str:
    """The model's quantisation by its usual name, for example ``Q4_K_M``.

    The file's own word counts where its tensors bear it out. Else it is the format that holds most
    of the bytes, for example ``Q4_K``: mixes such as ``_M`` cannot be told from the tensors.

    Args:
        header: The model's header, of all its parts where it is split.

    Returns:
        The name; empty if the file neither says it nor has tensors.
    """
    present = _bytes_of_formats(header)
    said = header.metadata.get("general.file_type")
    if isinstance(said, int) and (known := FILE_TYPES.get(said & ~_GUESSED)):
        name, formats = known
        expected = {*formats, *(_FALLBACKS.get(f, _USUAL_FALLBACK) for f in formats)}
        if not present or expected & present.keys():
            return name
    return present.most_common(1)[0][0] if present else ""


def _bytes_of_formats(header: GgufHeader) -> Counter[str]:
    """Bytes in each format. Vectors (norms, biases) stay F32 everywhere and say nothing."""
    matrices = [t for t in header.tensors if len(t.shape) > 1] or header.tensors
    counted: Counter[str] = Counter()
    for tensor in matrices:
        counted[tensor.type.name] += tensor.n_bytes
    return counted
