"""Names for model files: good on every system, for all parts, and never a way out of the folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.checksums import find_sha256
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_file_names import refuse_kept, renamed, stem_of
from lollma_gui.core.model_source import ModelSource

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_one_file_and_all_parts_of_several_are_named_alike() -> None:
    assert renamed(["/m/Old-Q4_K_M.gguf"], "New.gguf") == ["New.gguf"]
    parts = ["/m/Big-00001-of-00002.gguf", "/m/Big-00002-of-00002.gguf"]
    assert renamed(parts, "New") == ["New-00001-of-00002.gguf", "New-00002-of-00002.gguf"]
    # A part alone, of which the others are missing, keeps its number.
    assert renamed(parts[1:], "New") == ["New-00002-of-00002.gguf"]


def test_the_form_starts_from_what_may_be_changed() -> None:
    assert stem_of("/m/Big-00001-of-00002.gguf") == "Big"
    assert stem_of("/m/Qwen3-8B-Q4_K_M.GGUF") == "Qwen3-8B-Q4_K_M"


@pytest.mark.parametrize(
    "name",
    [
        *("", "   ", ".", "..", "a/b", "a\\b", "a:b", 'a"b', "a|b", "a?", "a*", "<a"),
        *("a\nb", "a\0"),
        *("CON", "nul.gguf", "Lpt1", "com9.txt", ".hidden", "ends.", "x" * 250),
        *("a-00001-of-00002", "ä" * 120),
    ],
)
def test_names_that_would_fail_somewhere_are_refused(name: str) -> None:
    with pytest.raises(LollmaError):
        renamed(["/m/a.gguf"], name)


@given(st.text(max_size=60))
def test_whatever_is_typed_the_file_stays_in_its_folder(name: str) -> None:
    try:
        (made,) = renamed(["/m/a.gguf"], name)
    except LollmaError:
        return
    assert made.endswith(".gguf")
    assert not set(made) & set("/\\:\0")
    assert made not in (".gguf", "..gguf")


@pytest.mark.parametrize("source", [ModelSource.OLLAMA, ModelSource.HUGGING_FACE, ModelSource.JAN])
def test_files_that_another_program_finds_by_name_are_left_alone(source: ModelSource) -> None:
    with pytest.raises(LollmaError, match=str(source)):
        refuse_kept(source)


def test_a_persons_own_files_may_be_changed() -> None:
    for source in (ModelSource.OWN, ModelSource.FOLDER, ModelSource.LM_STUDIO):
        refuse_kept(source)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HASH, HASH),
        (f"  sha256:{HASH.upper()}\n", HASH),
        (f"{HASH}  model.gguf", HASH),
        (HASH[:-1], ""),
        (f"{HASH}0", ""),
        (f"{HASH} {HASH.replace('9', '8')}", ""),
        ("", ""),
    ],
)
def test_a_checksum_is_found_in_what_was_pasted(text: str, found: str) -> None:
    assert find_sha256(text) == found
