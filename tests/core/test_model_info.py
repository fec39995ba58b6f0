"""What the window says about a model is what is in its file."""

from typing import Any

import pytest
from helpers.model_headers import attention, header, tensor

from lollma_gui.core.gguf_header import ArrayInfo, GgufHeader
from lollma_gui.core.model_info import ModelInfo, ModelKind, describe, readable_name
from lollma_gui.core.split_names import SplitName, parse_split_name, part_name

ONE = [tensor("token_embd.weight", (32, 4), "Q8_0"), tensor("output_norm.weight", (32,), "F32")]


def described(model: GgufHeader, *files: str) -> ModelInfo:
    return describe(model, files or ("/models/m.gguf",), 1234)


def test_everything_a_header_says_is_gathered() -> None:
    keys: dict[str, Any] = {
        **attention(48, 2048, 32, (4,) * 48, 128),
        "expert_count": 128,
        "expert_used_count": 8,
    }
    model = header("qwen3moe", keys, ONE, name="Qwen3  30B", license="apache-2.0", file_type=7)
    model.metadata["tokenizer.ggml.tokens"] = ArrayInfo("string", 151_936, 99)  # type: ignore[index]
    model.metadata["tokenizer.chat_template"] = "{{ messages }}"  # type: ignore[index]
    assert described(model, "/m/a-00001-of-00002.gguf", "/m/a-00002-of-00002.gguf") == ModelInfo(
        name="a",
        architecture="qwen3moe",
        kind=ModelKind.TEXT,
        parameters=32 * 4 + 32,
        quantisation="Q8_0",
        size_bytes=1234,
        context_length=131_072,
        layers=48,
        embedding_length=2048,
        heads=32,
        kv_heads=4,
        vocabulary_size=151_936,
        experts=128,
        experts_used=8,
        has_chat_template=True,
        licence="apache-2.0",
        files=("/m/a-00001-of-00002.gguf", "/m/a-00002-of-00002.gguf"),
        active_parameters=32 * 4 + 32,
    )


def test_of_experts_only_those_used_are_active() -> None:
    keys = {"block_count": 1, "expert_count": 8, "expert_used_count": 2}
    experts = tensor("blk.0.ffn_up_exps.weight", (32, 16, 8), "F32")
    shared = tensor("blk.0.ffn_up_shexp.weight", (32, 16), "F32")
    info = described(header("qwen2moe", keys, [*ONE, experts, shared]))
    assert info.parameters == 160 + 32 * 16 * 9
    assert info.active_parameters == 160 + 32 * 16 * 3
    assert described(header("llama", {"block_count": 1}, [*ONE, experts])).active_parameters is None
    forged = {"block_count": 1, "expert_count": 8, "expert_used_count": 9}
    assert described(header("llama", forged, ONE)).active_parameters is None


def test_a_bare_file_is_described_with_what_is_missing_left_open() -> None:
    info = described(header("", {}), "/m/Some-Model_v0.3-Q4_K_M.gguf")
    assert info.name == "Some-Model_v0.3"
    assert (info.parameters, info.quantisation, info.licence) == (0, "", "")
    unknown = (info.context_length, info.layers, info.heads, info.kv_heads, info.vocabulary_size)
    assert unknown == (None,) * 5
    assert not info.has_chat_template


def test_heads_are_one_number_or_one_for_each_layer() -> None:
    info = described(header("deci", attention(3, 64, 4, (2, 0, 1), 16)))
    assert (info.heads, info.kv_heads) == (4, (2, 0, 1))
    no_kv = {"block_count": 2, "attention.head_count": 9}
    assert described(header("llama", no_kv)).kv_heads == 9


@pytest.mark.parametrize(
    ("architecture", "general", "keys", "kind"),
    [
        ("llama", {}, {"block_count": 2}, ModelKind.TEXT),
        ("llama", {"type": "model"}, {}, ModelKind.TEXT),
        ("newer-than-us", {}, {"block_count": 2}, ModelKind.TEXT),
        ("llama", {"type": "adapter"}, {}, ModelKind.ADAPTER),
        ("clip", {}, {}, ModelKind.PROJECTOR),
        ("clip", {"type": "mmproj"}, {}, ModelKind.PROJECTOR),
        ("bert", {}, {"block_count": 2}, ModelKind.EMBEDDING),
        ("qwen3", {}, {"block_count": 2, "pooling_type": 3}, ModelKind.EMBEDDING),
        ("qwen3", {}, {"block_count": 2, "pooling_type": 0}, ModelKind.TEXT),
        ("flux", {}, {}, ModelKind.OTHER),
        ("", {"type": "imatrix"}, {}, ModelKind.OTHER),
    ],
)
def test_only_language_models_are_offered_for_chat(
    architecture: str, general: dict[str, str], keys: dict[str, Any], kind: ModelKind
) -> None:
    info = described(header(architecture, keys, ONE, **general))
    assert info.kind is kind
    assert info.can_chat is (kind is ModelKind.TEXT)


def test_a_file_without_tensors_is_a_vocabulary() -> None:
    assert described(header("llama", {"block_count": 2})).kind is ModelKind.VOCABULARY


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/m/Qwen3-8B-Q4_K_M.gguf", "Qwen3-8B"),
        ("Meta-Llama-3.1-8B-Instruct.IQ3_XXS.GGUF", "Meta-Llama-3.1-8B-Instruct"),
        ("gpt_oss-20b-mxfp4.gguf", "gpt_oss-20b"),
        ("big-bf16-00001-of-00003.gguf", "big"),
        ("Q4_K_M.gguf", "Q4_K_M"),
        ("---.gguf", "---"),
    ],
)
def test_a_name_is_made_of_the_files_without_its_quantisation(path: str, name: str) -> None:
    assert readable_name(path) == name


@pytest.mark.parametrize("given", ["", " ", "Smollm2 135M 8k Lc100K Mix1 Ep2", "models"])
def test_a_model_is_called_as_its_file_is(given: str) -> None:
    assert described(header("llama", {}, name=given), "/m/Good-Name.gguf").name == "Good-Name"


@pytest.mark.parametrize("file", ["model", "ggml-model-q4_0", "sha256-" + "0a" * 32, "0b" * 20])
def test_where_the_files_name_says_nothing_the_name_within_is_taken(file: str) -> None:
    model = header("llama", {}, name="Good  Name")
    assert described(model, f"/m/{file}.gguf").name == "Good Name"
    assert described(header("llama", {}, name=""), f"/m/{file}.gguf").name


def test_names_of_split_models_are_read_and_written() -> None:
    name = part_name("Qwen3-235B-Q4_K_M", 2, 13)
    assert name == "Qwen3-235B-Q4_K_M-00002-of-00013.gguf"
    assert parse_split_name(name) == SplitName("Qwen3-235B-Q4_K_M", 2, 13)
    for other in ("m.gguf", "m-00000-of-00002.gguf", "m-00003-of-00002.gguf", "m-1-of-2.gguf"):
        assert parse_split_name(other) is None
