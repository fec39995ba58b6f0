"""Whatever a person pastes to name a file on the Hub is understood, or refused in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_source import HubRepository, HubSource, parse_hub, parse_hub_source

PLAIN = HubSource("some-one/Model-7B.v2", "model.Q4_K_M.gguf")
IN_FOLDER = HubSource("some-one/Model-7B.v2", "Q8 0/model-00001-of-00003.gguf")
OTHER = "http://127.0.0.1:8080/hub"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("some-one/Model-7B.v2/model.Q4_K_M.gguf", PLAIN),
        ("  some-one/Model-7B.v2:model.Q4_K_M.gguf\n", PLAIN),
        ("https://huggingface.co/some-one/Model-7B.v2/blob/main/model.Q4_K_M.gguf", PLAIN),
        ("http://hf.co/some-one/Model-7B.v2/resolve/main/model.Q4_K_M.gguf?download=true", PLAIN),
        ("https://HuggingFace.co/some-one/Model-7B.v2/raw/main/model.Q4_K_M.gguf#L1", PLAIN),
        (f"{OTHER}/some-one/Model-7B.v2/resolve/main/model.Q4_K_M.gguf", PLAIN),
        ("some-one/Model-7B.v2/Q8 0/model-00001-of-00003.gguf", IN_FOLDER),
        ("some-one/Model-7B.v2:Q8 0/model-00001-of-00003.gguf", IN_FOLDER),
        (
            "https://huggingface.co/some-one/Model-7B.v2/blob/main/Q8%200/"
            "model-00001-of-00003.gguf",
            IN_FOLDER,
        ),
        ("a/b/FILE.GGUF", HubSource("a/b", "FILE.GGUF")),
        ("https://hf.co/a/b/blob/v1.0/c.gguf", HubSource("a/b", "c.gguf", "v1.0")),
        ("https://hf.co/a/b/blob/refs/pr/7/d/c.gguf", HubSource("a/b", "d/c.gguf", "refs/pr/7")),
        ("https://hf.co/a/b/blob/refs%2Fpr%2F7/c.gguf", HubSource("a/b", "c.gguf", "refs/pr/7")),
    ],
)
def test_every_way_to_write_it_means_the_same(text: str, source: HubSource) -> None:
    assert parse_hub_source(text, OTHER) == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model.gguf",
        "owner/model.gguf",
        "owner/name",
        "owner/name:Q4_K_M",
        "owner/name/README.md",
        "owner/name/../other/model.gguf",
        "owner/name//model.gguf",
        "owner/name/folder\\model.gguf",
        "owner/name/mod\x00el.gguf",
        "../name/model.gguf",
        "C:/models/some/model.gguf",
        "/home/me/models/model.gguf",
        "https://huggingface.co/owner/name",
        "https://huggingface.co/owner/name/tree/main/model.gguf",
        "https://huggingface.co/owner/name/blob/%2e%2e/model.gguf",
        "https://huggingface.co/owner/name/blob/main/%2e%2e/model.gguf",
        "https://example.org/owner/name/resolve/main/model.gguf",
        "https://huggingface.co.example.org/owner/name/resolve/main/model.gguf",
        "http://[half/owner/name/resolve/main/model.gguf",
        "file:///huggingface.co/owner/name/resolve/main/model.gguf",
    ],
)
def test_what_names_no_file_of_the_hub_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(LollmaError) as caught:
        parse_hub_source(text, OTHER)
    assert caught.value.title.endswith(".")
    assert "owner/repository/file.gguf" in caught.value.advice


@given(st.text(max_size=60) | st.text("ab/:.%\\gu fhtps", max_size=60).map(lambda t: t + ".gguf"))
def test_nothing_a_person_can_type_leads_out_of_the_repository(text: str) -> None:
    try:
        source = parse_hub_source(text, OTHER)
    except LollmaError:
        return
    assert source.repository.count("/") == 1
    assert not set(source.file_name.split("/")) & {"", ".", ".."}


def test_it_is_written_as_people_write_it() -> None:
    assert parse_hub_source(str(IN_FOLDER)) == IN_FOLDER


# ---- a repository as a whole -----------------------------------------------------------------

WHOLE = HubRepository("some-one/Model-7B.v2")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("some-one/Model-7B.v2", WHOLE),
        (" some-one/Model-7B.v2\n", WHOLE),
        ("some-one/Model-7B.v2:Q4_K_M", HubRepository("some-one/Model-7B.v2", "main", "Q4_K_M")),
        ("https://huggingface.co/some-one/Model-7B.v2", WHOLE),
        ("https://huggingface.co/some-one/Model-7B.v2/", WHOLE),
        ("https://huggingface.co/some-one/Model-7B.v2?library=llama-cpp-python", WHOLE),
        ("https://huggingface.co/some-one/Model-7B.v2/tree/main", WHOLE),
        ("https://huggingface.co/some-one/Model-7B.v2/tree/main/Q8_0", WHOLE),
        (
            "https://hf.co/some-one/Model-7B.v2/tree/refs%2Fpr%2F7",
            HubRepository("some-one/Model-7B.v2", "refs/pr/7"),
        ),
        ("hf.co/some-one/Model-7B.v2", WHOLE),
        (
            "hf.co/some-one/Model-7B.v2:IQ3_XXS",
            HubRepository("some-one/Model-7B.v2", "main", "IQ3_XXS"),
        ),
        (f"{OTHER}/some-one/Model-7B.v2", WHOLE),
        # The page shows a file in a pane of its own; that is what one looks at then.
        (
            "https://huggingface.co/some-one/Model-7B.v2?show_file_info=model.Q4_K_M.gguf",
            PLAIN,
        ),
        ("some-one/Model-7B.v2/model.Q4_K_M.gguf", PLAIN),
        ("some-one/Model-7B.v2:model.Q4_K_M.gguf", PLAIN),
        ("hf.co/some-one/Model-7B.v2/blob/main/model.Q4_K_M.gguf", PLAIN),
    ],
)
def test_a_repository_or_a_file_is_told_from_what_is_written(
    text: str, found: HubRepository | HubSource
) -> None:
    assert parse_hub(text, OTHER) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model.gguf",
        "owner",
        "owner/model.gguf",
        "owner/name/README.md",
        "owner/name:",
        "owner/name: some words",
        "../name",
        "/owner/name",
        "https://huggingface.co/owner",
        "https://huggingface.co/datasets/owner/name",
        "https://huggingface.co/datasets/owner",
        "https://huggingface.co/owner/name/discussions/3",
        "https://huggingface.co/owner/name/tree/..",
        "https://huggingface.co/owner/name?show_file_info=../model.gguf",
        "https://huggingface.co/owner/name/blob/main/README.md",
        "https://example.org/owner/name",
        "http://[half/owner/name",
    ],
)
def test_what_names_neither_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(LollmaError) as caught:
        parse_hub(text, OTHER)
    assert caught.value.title.endswith(".")
    assert "owner/repository" in caught.value.advice


@given(st.text(max_size=60) | st.text("ab/:.%\\gu fhtps?=", max_size=60).map(lambda t: t + "/a"))
def test_no_repository_leads_elsewhere(text: str) -> None:
    try:
        found = parse_hub(text, OTHER)
    except LollmaError:
        return
    assert found.repository.count("/") == 1
    assert not set(found.revision.split("/")) & {"", ".", ".."}
