"""Files of a repository become models: parts together, what is asked for first."""

import json

import pytest

from lollma_gui.core.hub_download import HubPart
from lollma_gui.core.hub_files import (
    HubFile,
    HubListing,
    asked_file,
    decode_listing,
    hub_files,
    looked_into,
    projector_for,
)

LISTING = [
    HubPart(path, size)
    for path, size in [
        (".gitattributes", 2000),
        ("README.md", 5000),
        ("Model-7B-Q8_0/Model-7B-Q8_0-00002-of-00002.gguf", 30),
        ("Model-7B-Q8_0/Model-7B-Q8_0-00001-of-00002.gguf", 50),
        ("Model-7B-Q4_K_M.gguf", 40),
        ("Model-7B-Q2_K.GGUF", 20),
        ("imatrix_unsloth.gguf", 1),
        ("mmproj-F16.gguf", 2),
    ]
]
PARTS = tuple(f"Model-7B-Q8_0/Model-7B-Q8_0-0000{n}-of-00002.gguf" for n in (1, 2))


def paths(files: list[HubFile]) -> list[str]:
    return [file.path for file in files]


def test_a_split_model_is_one_and_other_files_are_none() -> None:
    found = hub_files(LISTING)
    assert HubFile(PARTS[0], 80, (HubPart(PARTS[0], 50), HubPart(PARTS[1], 30))) in found
    assert len(found) == 5


def test_parts_of_one_name_in_two_folders_are_two_models() -> None:
    found = hub_files([HubPart(f"{f}/m-0000{n}-of-00002.gguf", 1) for f in "ab" for n in (1, 2)])
    assert paths(found) == ["a/m-00001-of-00002.gguf", "b/m-00001-of-00002.gguf"]


def test_a_size_that_is_not_told_is_not_made_up() -> None:
    (found,) = hub_files(
        [HubPart("m-00001-of-00002.gguf", 1), HubPart("m-00002-of-00002.gguf", None)]
    )
    assert found.size is None


@pytest.mark.parametrize(
    ("file_name", "quantisation", "path"),
    [
        ("Model-7B-Q4_K_M.gguf", "", "Model-7B-Q4_K_M.gguf"),
        (PARTS[1], "", PARTS[0]),
        ("", "q4_k_m", "Model-7B-Q4_K_M.gguf"),
        ("", "Q8_0", PARTS[0]),
    ],
)
def test_what_is_asked_for_is_found(file_name: str, quantisation: str, path: str) -> None:
    found = asked_file(hub_files(LISTING), file_name, quantisation)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(("file_name", "quantisation"), [("x.gguf", ""), ("", "Q5_0"), ("", "")])
def test_what_is_not_there_is_not_found(file_name: str, quantisation: str) -> None:
    assert asked_file(hub_files(LISTING), file_name, quantisation) is None


def test_the_asked_one_comes_first_and_what_goes_beside_a_model_last() -> None:
    files = hub_files(LISTING)
    asked = asked_file(files, "", "Q4_K_M")
    assert paths(looked_into(files, asked, 9)) == [
        "Model-7B-Q4_K_M.gguf",
        "Model-7B-Q2_K.GGUF",
        PARTS[0],
        "imatrix_unsloth.gguf",
        "mmproj-F16.gguf",
    ]


def test_of_too_many_the_largest_are_left_out() -> None:
    files = hub_files(HubPart(f"m-{n}.gguf", n) for n in range(100, 140))
    asked = asked_file(files, "m-139.gguf", "")
    found = paths(looked_into(files, asked, 24))
    assert found[0] == "m-139.gguf"
    assert found[1:] == [f"m-{n}.gguf" for n in range(100, 123)]


def test_a_projector_goes_beside_the_models_the_usual_one_of_several() -> None:
    assert projector_for(hub_files(LISTING)) == HubFile(
        "mmproj-F16.gguf", 2, (HubPart("mmproj-F16.gguf", 2),)
    )
    several = [HubPart(f"mmproj-{kind}.gguf", size) for kind, size in (("BF16", 1), ("F16", 3))]
    found = projector_for(hub_files(several))
    assert found is not None
    assert found.name == "mmproj-F16.gguf"
    assert projector_for(hub_files([HubPart("m.gguf", 1)])) is None


def test_a_listing_that_was_kept_is_the_same() -> None:
    listing = HubListing("0" * 40, tuple(hub_files(LISTING)))
    assert decode_listing(json.loads(json.dumps(listing.encoded()))) == listing
