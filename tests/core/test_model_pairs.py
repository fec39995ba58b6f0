"""A model is paired with what was made for it, and with nothing else."""

from dataclasses import replace

import pytest
from helpers.model_headers import attention, header, tensor

from lollma_gui.core.model_info import ModelInfo, ModelKind, describe
from lollma_gui.core.model_pairs import drafts_for, projectors_for

TENSORS = [tensor("token_embd.weight", (32, 4), "Q8_0")]


def model(path: str, parameters: int = 8_000, tokenizer: str = "gpt2/qwen2") -> ModelInfo:
    made = describe(header("qwen3", attention(2, 64, 4, 2, 16), TENSORS), [path], parameters)
    return replace(made, parameters=parameters, tokenizer=tokenizer, vocabulary_size=151_936)


def projector(path: str) -> ModelInfo:
    return describe(header("clip", {}, TENSORS, type="mmproj"), [path], 900)


def paired(path: str, *projectors: str, companions: tuple[str, ...] = ()) -> list[str]:
    found = projectors_for(
        replace(model(path), companions=companions), [projector(p) for p in projectors]
    )
    return [info.files[0] for info in found]


@pytest.mark.parametrize(
    "name",
    [
        "mmproj-F16.gguf",
        "mmproj-model-f16.gguf",
        "mmproj-Qwen2.5-VL-7B-Instruct-Q8_0.gguf",
        "Qwen2.5-VL-7B-Instruct-mmproj-f16.gguf",
        "Qwen2.5-VL-7B-Instruct.mmproj-fp16.gguf",
        "mmproj-Qwen2.5-VL-7B-f16.gguf",
    ],
)
def test_a_projector_beside_a_model_belongs_to_it(name: str) -> None:
    at = "/m/qwen/Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf"
    assert paired(at, f"/m/qwen/{name}") == [f"/m/qwen/{name}"]
    assert paired(at, f"/m/other/{name}") == []


def test_in_a_folder_of_many_models_names_decide() -> None:
    mine, other, any_one = (
        f"/m/mmproj-{name}f16.gguf" for name in ("Qwen2.5-VL-7B-", "gemma-3-12b-it-", "")
    )
    assert paired("/m/Qwen2.5-VL-7B-Q4_K_M.gguf", other, any_one, mine) == [mine]
    assert paired("/m/gemma-3-12b-it-Q4_0.gguf", other, any_one, mine) == [other]
    assert paired("/m/Pixtral-12B-Q4_0.gguf", other, any_one, mine) == [any_one]
    assert paired("/m/Pixtral-12B-Q4_0.gguf", other, mine) == []


def test_quantisations_in_folders_of_their_own_share_the_projector_above() -> None:
    at = "/m/owner/Big-VL-GGUF/Q4_K_M/Big-VL-Q4_K_M-00001-of-00002.gguf"
    assert paired(at, "/m/owner/Big-VL-GGUF/mmproj-F16.gguf")
    assert not paired(at, "/m/owner/mmproj-F16.gguf")


def test_versions_of_a_repository_in_the_hubs_cache_belong_together() -> None:
    hub = "/hub/models--ggml-org--gemma-3-4b-it-GGUF/snapshots"
    assert paired(f"{hub}/aa/gemma-3-4b-it-Q4_K_M.gguf", f"{hub}/bb/mmproj-model-f16.gguf")
    elsewhere = "/hub/models--ggml-org--other/snapshots/aa/mmproj-model-f16.gguf"
    assert not paired(f"{hub}/aa/gemma-3-4b-it-Q4_K_M.gguf", elsewhere)


def test_in_a_store_of_blobs_only_what_the_program_says_counts() -> None:
    blobs = [f"/o/blobs/sha256-{c * 64}" for c in "abc"]
    assert paired(blobs[0], *blobs[1:]) == []
    assert paired(blobs[0], *blobs[1:], companions=(blobs[2],)) == [blobs[2]]


def test_small_models_with_the_same_tokens_can_draft() -> None:
    large = model("/m/Qwen3-32B-Q4_K_M.gguf", 32_000)
    small = model("/n/Qwen3-0.6B-Q8_0.gguf", 600)
    tiny = replace(model("/n/Qwen3-0.1B.gguf", 100), architecture="qwen2", vocabulary_size=151_900)
    wrong = [
        model("/n/Qwen3-14B.gguf", 14_000),
        model("/n/other.gguf", 600, "gpt2/llama-bpe"),
        replace(small, vocabulary_size=32_000),
        replace(small, vocabulary_size=None),
        replace(small, kind=ModelKind.EMBEDDING),
    ]
    assert drafts_for(large, [*wrong, small, tiny, large]) == [tiny, small]
    kept_with = replace(large, companions=(small.files[0],))
    assert drafts_for(kept_with, [tiny, small]) == [small, tiny]


def test_without_a_tokenizers_name_the_architecture_decides() -> None:
    large, small = model("/m/a.gguf", 32_000, ""), model("/m/b.gguf", 600, "")
    assert drafts_for(large, [small]) == [small]
    assert drafts_for(large, [replace(small, architecture="llama")]) == []
