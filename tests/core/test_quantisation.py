"""The tables of formats are those of llama.cpp, and models are named as people know them."""

import ctypes
import importlib.util
import sys
from pathlib import Path

import pytest
from gguf import GGML_QUANT_SIZES, LlamaFileType
from helpers.model_headers import header, tensor

from lollma_gui.core.quantisation import FILE_TYPES, quantisation_name
from lollma_gui.core.tensor_types import BY_NAME, REMOVED_TYPES, TENSOR_TYPES

#: Newer than the newest gguf package; the engine's own library knows it.
NOT_IN_THE_PACKAGE = {"Q2_0"}
#: The package still has the size of an older layout; no file holds this format.
OUTDATED_IN_THE_PACKAGE = {"Q8_1"}


def test_formats_are_those_of_the_gguf_package() -> None:
    different = NOT_IN_THE_PACKAGE | OUTDATED_IN_THE_PACKAGE
    theirs = {(int(t), t.name, *sizes) for t, sizes in GGML_QUANT_SIZES.items()}
    ours = {tuple(t) for t in TENSOR_TYPES.values()}
    assert {t[1] for t in ours ^ theirs} == different


def test_formats_are_those_of_the_engines_own_library() -> None:
    spec = importlib.util.find_spec("llama_cpp")
    assert spec is not None
    assert spec.origin is not None
    endings = {"win32": "ggml-base.dll", "darwin": "libggml-base.dylib"}
    name = endings.get(sys.platform, "libggml-base.so")
    library = ctypes.CDLL(str(Path(spec.origin).parent / "lib" / name))
    library.ggml_type_name.restype = ctypes.c_char_p
    library.ggml_blck_size.restype = ctypes.c_int64
    library.ggml_type_size.restype = ctypes.c_size_t
    count = max(TENSOR_TYPES) + 1
    theirs = {
        i: (library.ggml_type_name(i).decode().upper(), sizes)
        for i in range(count)
        if (sizes := (library.ggml_blck_size(i), library.ggml_type_size(i)))[0]
    }
    ours = {t.id: (t.name.upper(), (t.block_size, t.block_bytes)) for t in TENSOR_TYPES.values()}
    assert ours == theirs
    assert set(range(count)) - set(ours) == set(REMOVED_TYPES)


def test_file_types_are_those_of_the_gguf_package() -> None:
    theirs = {
        int(t): t.name.removeprefix("MOSTLY_").removeprefix("ALL_")
        for t in LlamaFileType
        if t is not LlamaFileType.GUESSED
    }
    ours = {i: name for i, (name, _) in FILE_TYPES.items() if name not in NOT_IN_THE_PACKAGE}
    assert ours == theirs
    assert all(formats and set(formats) <= set(BY_NAME) for _, formats in FILE_TYPES.values())


def test_bits_per_weight_count_the_scales() -> None:
    found = {name: BY_NAME[name].bits_per_weight for name in ("Q8_0", "Q6_K", "Q4_K", "MXFP4")}
    assert found == {"Q8_0": 8.5, "Q6_K": 6.5625, "Q4_K": 4.5, "MXFP4": 4.25}


VECTOR = tensor("norm", (4096,), "F32")


def matrix(name: str, type_name: str, rows: int = 256) -> object:
    return tensor(name, (256, rows), type_name)


@pytest.mark.parametrize(
    ("file_type", "formats", "name"),
    [
        (15, ["Q4_K", "Q6_K"], "Q4_K_M"),
        (15 + 1024, ["Q4_K"], "Q4_K_M"),
        (15, ["Q5_0", "Q8_0"], "Q4_K_M"),  # rows too short for blocks of 256: the fallback
        (15, ["Q8_0"], "Q8_0"),  # the file says what its tensors do not bear out
        (1, ["F16"], "F16"),
        (38, ["MXFP4", "Q8_0"], "MXFP4_MOE"),
        (999, ["IQ4_XS"], "IQ4_XS"),
        (None, ["Q6_K", "Q4_K", "Q4_K"], "Q4_K"),
        ("15", ["Q5_K"], "Q5_K"),
        (15, [], "Q4_K_M"),  # the first part of a split model may have no tensors
        (None, [], ""),
    ],
)
def test_a_model_is_called_by_what_it_says_if_its_tensors_bear_it_out(
    file_type: object, formats: list[str], name: str
) -> None:
    general = {} if file_type is None else {"file_type": file_type}
    tensors = [matrix(str(i), f) for i, f in enumerate(formats)]
    norms = [VECTOR] * 9 if formats else []
    assert quantisation_name(header("llama", {}, [*tensors, *norms], **general)) == name
