"""Ends of the engine and failed loads, in words."""

import pytest

from lollma_gui.core.engine_exit import EngineExit, explain_load_failure

#: What llama.cpp really printed (llama-cpp-python 0.3.36), and what a person is told.
LOADS = [
    ("error loading model architecture: unknown model architecture: 'foo9'", "(foo9)"),
    (
        "tensor 'blk.16.ffn_down.weight' data is not within the file bounds, model is corrupted",
        "cut off",
    ),
    (
        "gguf_init_from_reader: invalid magic characters: 'nois', expected 'GGUF'",
        "not a whole GGUF",
    ),
    ("ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory", "memory"),
    ("V cache quantization requires flash_attn", "flash attention"),
    ("error loading model vocabulary: unknown pre-tokenizer type: 'new'", "(new)"),
    (
        "llama_model_load: error loading model: check_tensor_dims: tensor 'a' has wrong shape",
        "incomplete",
    ),
    ("gguf_init_from_reader: key 12 is empty", "not a whole GGUF"),
    ("something nobody has seen before", "something nobody has seen before"),
]


@pytest.mark.parametrize(("line", "expected"), LOADS)
def test_a_failed_load_is_one_sentence_with_a_next_step(line: str, expected: str) -> None:
    after = "llama_model_load_from_file_impl: failed to load model"
    error = explain_load_failure(["llama_model_load: begins", line, after])
    assert expected in error.title
    assert error.advice.endswith(".")
    assert line in error.details


def test_a_failed_load_without_any_log_still_says_something() -> None:
    assert explain_load_failure([]).title == "llama.cpp could not load the model."


def test_an_end_that_was_asked_for_is_no_problem() -> None:
    assert EngineExit(-9, wanted=True).problem() is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-9, "ended from outside"),
        (-6, "abort"),
        (134, "abort"),
        (-4, "instructions"),
        (-11, "crashed"),
        (3221225477, "crashed"),
        (7, "exit code 7"),
        (0, "exit code 0"),
    ],
)
def test_every_end_has_its_words(code: int, expected: str) -> None:
    problem = EngineExit(code, wanted=False).problem()
    assert problem is not None
    assert expected in problem.title
    assert problem.advice


def test_an_assertion_of_llama_cpp_is_quoted() -> None:
    line = "/x/my programs/ggml.c:42: GGML_ASSERT(a/b > 0) failed"
    problem = EngineExit(-6, wanted=False, last_lines=("a", line, "b")).problem()
    assert problem is not None
    assert problem.title == "The engine stopped itself: ggml.c:42: GGML_ASSERT(a/b > 0) failed."
    assert line in problem.details


def test_where_no_model_was_loaded_nobody_is_told_to_load_it_again() -> None:
    for last_line in ("", "/x/ggml.c:42: GGML_ASSERT(ne0 > 0) failed"):
        problem = EngineExit(-6, False, (last_line,)).problem(advice="Look elsewhere.")
        assert problem is not None
        assert problem.advice == "Look elsewhere."
    memory = EngineExit(-6, False, ("out of memory",)).problem(advice="Look elsewhere.")
    assert memory is not None
    assert "smaller" in memory.advice


def test_running_out_of_memory_is_recognised_in_the_last_lines() -> None:
    problem = EngineExit(-6, False, ("CUDA error: out of memory",)).problem()
    assert problem is not None
    assert "not enough memory" in problem.title
