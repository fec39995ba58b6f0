"""The details of a model: everything its header says, in words and as it stands."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers.gguf_files import write_model
from helpers.model_shapes import write_shape

from lollma_gui.core.days import day_words
from lollma_gui.core.model_details import DetailsView, details
from lollma_gui.services.model_files import read_model_and_header

LONG = "word " * 500


def view_of(path: Path, *others: Path) -> DetailsView:
    info, header = read_model_and_header(path)
    return details(info, header, [info, *(read_model_and_header(o)[0] for o in others)])


def facts_of(view: DetailsView) -> dict[str, dict[str, str]]:
    return {section.title: dict(section.facts) for section in view.sections}


@pytest.fixture
def told(tmp_path: Path) -> DetailsView:
    """A model that says much about itself."""
    path = write_model(
        tmp_path / "Teller-Q4_0.gguf",
        {
            "llama.block_count": 1,
            "llama.context_length": 4096,
            "llama.embedding_length": 32,
            "llama.attention.head_count": 4,
            "llama.rope.freq_base": 500000.0,
            "general.author": "Somebody",
            "general.license": "apache-2.0",
            "general.license.link": "https://example.org/licence",
            "general.repo_url": "javascript:alert(1)",
            "general.description": LONG,
            "general.quantized_by": "Somebody else",
            "tokenizer.chat_template": "{{ messages }}",
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>"],
        },
        (("token_embd.weight", (32, 4), "Q4_0"), ("output.weight", (32, 4), "F16")),
    )
    return view_of(path)


def test_a_header_is_told_in_plain_words(told: DetailsView) -> None:
    facts = facts_of(told)
    assert facts["Size"]["Context"] == "4,096 tokens"
    assert facts["Layers and attention"]["RoPE base"] == "500,000"
    assert facts["Layers and attention"]["Layers"] == "1 and the output"
    assert facts["Vocabulary"]["Begins with token"] == "number 1"
    assert facts["Origin and licence"] == {"Author": "Somebody", "Licence": "apache-2.0"}
    assert facts["How it was quantised"]["By"] == "Somebody else"
    assert facts["How it was quantised"]["F16"].startswith("256 B, ")
    assert "Experts" not in facts


def test_only_pages_of_the_web_can_be_opened(told: DetailsView) -> None:
    (origin,) = (s for s in told.sections if s.links)
    assert origin.links == (("Licence", "https://example.org/licence"),)


def test_every_key_is_listed_and_long_values_are_shortened_there(told: DetailsView) -> None:
    rows = {row.key: row for row in told.keys}
    described = rows["general.description"]
    assert described.value.endswith("…")
    assert len(described.value) < 400
    assert described.whole == LONG
    assert rows["tokenizer.ggml.tokens"].value == "(3 items, not kept)"
    assert rows["llama.block_count"] == ("llama.block_count", "whole", "1", "1")


def test_tensors_are_listed_and_summed_by_format(told: DetailsView) -> None:
    assert [(t.name, t.type, t.shape, t.n_bytes) for t in told.tensors] == [
        ("token_embd.weight", "Q4_0", (32, 4), 72),
        ("output.weight", "F16", (32, 4), 256),
    ]
    assert told.sums == (("F16", 1, 256), ("Q4_0", 1, 72))


def test_experts_are_told_of_models_that_have_some(tmp_path: Path) -> None:
    facts = facts_of(view_of(write_shape(tmp_path, "qwen3-30b-a3b", "Q4_K_M")))
    assert facts["Experts"]["Used for a token"] == "8"
    assert facts["Size"]["Parameters"] == "30.5 B"
    assert facts["Size"]["Active for a token"].startswith("3.")


def test_files_that_belong_together_say_so_on_both_sides(tmp_path: Path) -> None:
    model = write_shape(tmp_path, "qwen2-7b", "Q4_K_M").rename(tmp_path / "Seer-7B-Q4_K_M.gguf")
    eyes = write_model(
        tmp_path / "mmproj-Seer-7B.gguf", {"general.type": "mmproj"}, architecture="clip"
    )
    assert "mmproj" in facts_of(view_of(model, eyes))["What it is"]["Its projector"]
    assert facts_of(view_of(eyes, model))["What it is"]["Projector of"] == "Seer-7B Q4_K"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(), "today"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=7), "18 Nov 2026"),
    ],
)
def test_a_day_is_told_without_a_calendar_where_that_is_enough(ago: timedelta, words: str) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert day_words((now - ago).timestamp(), now) == words
