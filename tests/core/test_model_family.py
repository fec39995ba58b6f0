"""Files of one model are found together, whoever converted them, and others are kept apart."""

from dataclasses import replace

import pytest

from lollma_gui.core.model_family import (
    families,
    family_name,
    is_imatrix,
    quality_of_file,
    quantisation_label,
    relatives,
    same_model,
)
from lollma_gui.core.model_info import ModelInfo, ModelKind, readable_name

#: Names as converters write them: the file, the family, the quantisation.
NAMES = [
    ("Qwen3-8B-Q4_K_M.gguf", "qwen3-8b", "Q4_K_M"),
    ("Qwen_Qwen3-8B-Q4_K_L.gguf", "qwen3-8b", "Q4_K_L"),
    ("Qwen3-8B-UD-Q4_K_XL.gguf", "qwen3-8b", "UD-Q4_K_XL"),
    ("Qwen3-8B-UD-IQ1_S.gguf", "qwen3-8b", "UD-IQ1_S"),
    ("Qwen3-8B.i1-IQ3_XXS.gguf", "qwen3-8b", "i1-IQ3_XXS"),
    ("Qwen3-8B.Q8_0.gguf", "qwen3-8b", "Q8_0"),
    ("qwen3-8b-q5_k_m.gguf", "qwen3-8b", "Q5_K_M"),
    ("qwen3-8b-fp16.gguf", "qwen3-8b", "FP16"),
    ("Qwen3-8B-BF16-00001-of-00002.gguf", "qwen3-8b", "BF16"),
    ("Qwen3-8B-f32.GGUF", "qwen3-8b", "F32"),
    ("Qwen3-8B-IQ4_NL.gguf", "qwen3-8b", "IQ4_NL"),
    ("Qwen3-8B-Q4_0_4_4.gguf", "qwen3-8b", "Q4_0_4_4"),
    ("Qwen3-8B-IMat.Q6_K.gguf", "qwen3-8b", "Q6_K"),
    ("/models/sub.folder/Qwen3 8B Q4_K_S.gguf", "qwen3-8b", "Q4_K_S"),
    ("Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "meta-llama-3-1-8b-instruct", "Q4_K_M"),
    ("mistral-7b-instruct-v0.2.Q4_K_M.gguf", "mistral-7b-instruct-v0-2", "Q4_K_M"),
    ("gpt-oss-20b-MXFP4.gguf", "gpt-oss-20b", "MXFP4"),
    ("google_gemma-3-12b-it-qat-Q4_0.gguf", "gemma-3-12b-it-qat", "Q4_0"),
    ("star_coder-7b-q4_0.gguf", "star-coder-7b", "Q4_0"),
    ("Q4_K_M.gguf", "q4-k-m", "Q4_K_M"),
    ("model.gguf", "model", ""),
    ("BitNet-b1.58-2B-4T-TQ1_0.gguf", "bitnet-b1-58-2b-4t", "TQ1_0"),
]


@pytest.mark.parametrize(("path", "family", "label"), NAMES)
def test_names_of_all_converters_are_read(path: str, family: str, label: str) -> None:
    assert family_name(path) == family
    assert quantisation_label(path) == label


@pytest.mark.parametrize(("path", "family", "label"), NAMES)
def test_the_name_that_is_shown_leads_to_the_same_family(
    path: str, family: str, label: str
) -> None:
    if path != "Q4_K_M.gguf":
        assert family_name(readable_name(path)) == family


def test_the_headers_word_counts_where_the_name_says_nothing() -> None:
    assert quantisation_label("model.gguf", "Q4_K_M") == "Q4_K_M"
    assert quantisation_label("model-Q6_K.gguf", "Q4_K_M") == "Q6_K"


def test_a_name_says_whether_there_was_an_importance_matrix() -> None:
    assert is_imatrix("Qwen3-8B.i1-Q4_K_M.gguf")
    assert is_imatrix("Qwen3-8B-IMat.Q6_K.gguf")
    assert not is_imatrix("Qwen3-8B-Q4_K_M.gguf")


@pytest.mark.parametrize(
    ("path", "known", "short"),
    [
        ("Qwen3-8B-Q4_K_M.gguf", "Q4_K_M", "+2.8 %"),
        ("Qwen3-8B.i1-Q4_K_M.gguf", "Q4_K_M", "+2.4 %"),
        ("Qwen3-8B-fp16.gguf", "F16", "+0.02 %"),
        ("model.gguf", "Q6_K", "+0.3 %"),
    ],
)
def test_the_loss_of_a_file_is_that_of_its_mix(path: str, known: str, short: str) -> None:
    found = quality_of_file(path, known)
    assert found is not None
    assert found.short == short


def test_other_peoples_mixes_are_not_taken_for_the_one_in_their_header() -> None:
    assert quality_of_file("Qwen3-8B-UD-Q4_K_XL.gguf", "Q4_K_M") is None


def info(path: str, parameters: float = 8.19e9, size: float = 5e9, **more: object) -> ModelInfo:
    made = ModelInfo(
        name=readable_name(path),
        architecture="qwen3",
        kind=ModelKind.TEXT,
        parameters=round(parameters),
        quantisation=quantisation_label(path),
        size_bytes=round(size),
        context_length=None,
        layers=None,
        embedding_length=None,
        heads=None,
        kv_heads=None,
        vocabulary_size=None,
        experts=None,
        experts_used=None,
        has_chat_template=True,
        licence="",
        files=(path,),
    )
    return replace(made, **more)  # type: ignore[arg-type]


Q4, Q8, DYNAMIC = (
    info("/a/Qwen3-8B-Q4_K_M.gguf"),
    info("/b/qwen3-8b.Q8_0.gguf", size=8.7e9),
    info("/c/Qwen_Qwen3-8B-UD-Q4_K_XL.gguf", 8.25e9, 5.1e9),
)


def test_files_of_one_model_are_found_together_large_before_small() -> None:
    other = info("/a/Qwen3-14B-Q4_K_M.gguf", 14.8e9)
    assert relatives(Q4, [other, Q4, DYNAMIC, Q8]) == [Q8, DYNAMIC, Q4]


@pytest.mark.parametrize(
    "other",
    [
        info("/a/Qwen3-8B-Q8_0.gguf", 8.19e9 * 1.03),
        info("/a/Qwen3-8B-Q8_0.gguf", architecture="qwen3moe"),
        info("/a/Qwen3-8B-Q8_0.gguf", kind=ModelKind.EMBEDDING),
        info("/a/Qwen3-8B-Base-Q8_0.gguf"),
        info("/a/DeepSeek-R1-0528-Qwen3-8B-Q8_0.gguf"),
        info("/a/Qwen3-8B-abliterated-Q8_0.gguf"),
    ],
    ids=lambda i: f"{i.name} {i.architecture} {i.kind} {i.parameters}",
)
def test_what_only_looks_alike_is_another_model(other: ModelInfo) -> None:
    assert not same_model(Q4, other)


def test_a_model_split_in_parts_belongs_to_the_others() -> None:
    split = info("/a/Qwen3-8B-BF16-00001-of-00002.gguf")
    assert same_model(Q4, split)


def test_models_are_grouped_in_their_order() -> None:
    small = info("/a/SmolLM2-135M-Q8_0.gguf", 135e6, architecture="llama")
    assert families([Q4, small, Q8, DYNAMIC]) == [[Q4, Q8, DYNAMIC], [small]]
