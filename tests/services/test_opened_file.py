"""A file that a person opens: what it is, or why it is nothing to load."""

import os
from pathlib import Path

import pytest
from helpers.gguf_files import write_model

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.opened_file import OpenedFolder, OpenedModel, look_at


def refused(path: Path | str) -> LollmaError:
    with pytest.raises(LollmaError) as error:
        look_at(str(path))
    assert error.value.title.endswith(".")
    assert error.value.advice.endswith(".")
    return error.value


def test_a_model_is_described(starter_model: Path) -> None:
    found = look_at(str(starter_model))
    assert isinstance(found, OpenedModel)
    assert found.entry.path == starter_model
    assert found.entry.info is not None
    assert found.entry.info.quantisation == "Q4_1"
    assert found.entry.size_bytes == starter_model.stat().st_size
    assert found.told == ""


def test_the_ending_of_a_name_does_not_matter(tmp_path: Path, starter_model: Path) -> None:
    for name in ("A.GGUF", "sha256-0123"):
        path = tmp_path / name
        path.symlink_to(starter_model)
        assert isinstance(look_at(str(path)), OpenedModel)


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    assert look_at(str(tmp_path)) == OpenedFolder(tmp_path)


def parts_of_a_model(folder: Path) -> list[Path]:
    """A model split in three; no part holds weights that count."""
    paths = []
    for n in range(3):
        path = folder / f"big-{n + 1:05}-of-00003.gguf"
        keys = {"split.no": n, "split.count": 3, "split.tensors.count": 3}
        if n == 0:
            keys["llama.block_count"] = 1
        write_model(path, keys, [(f"blk.0.part{n}.weight", (32, 32), "F32")])
        paths.append(path)
    return paths


def test_of_a_later_part_the_first_is_opened_and_told(tmp_path: Path) -> None:
    first, *_, last = parts_of_a_model(tmp_path)
    found = look_at(str(last))
    assert isinstance(found, OpenedModel)
    assert found.entry.path == first
    assert last.name in found.told
    assert look_at(str(first)).told == ""


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    first, middle, last = parts_of_a_model(tmp_path)
    first.unlink()
    assert "part 1 is missing" in refused(last).title
    assert "part 1 is missing" in refused(middle).title


@pytest.mark.parametrize(
    ("architecture", "keys", "words"),
    [
        ("clip", {"general.type": "mmproj"}, "vision projector"),
        ("llama", {"general.type": "adapter"}, "LoRA adapter"),
        ("eagle3", {}, "draft model"),
        ("bert", {"bert.block_count": 1}, "embedding model"),
        ("flux", {}, "no model that writes text"),
    ],
)
def test_what_cannot_be_talked_to_is_named_with_a_next_step(
    tmp_path: Path, architecture: str, keys: dict[str, object], words: str
) -> None:
    path = write_model(tmp_path / "some.gguf", keys, architecture=architecture)
    error = refused(path)
    assert error.title.startswith("some.gguf ")
    assert words in error.title


def test_a_vocabulary_is_no_model(tmp_path: Path) -> None:
    assert "vocabulary" in refused(write_model(tmp_path / "vocab.gguf", tensors=[])).title


def test_every_refusal_says_which_file(tmp_path: Path, starter_model: Path) -> None:
    empty, text, cut = (tmp_path / f"{name}.gguf" for name in ("empty", "text", "cut"))
    empty.touch()
    text.write_text("Dear Sir or Madam")
    cut.write_bytes(starter_model.read_bytes()[:100_000])
    for path in (empty, text, cut, tmp_path / "gone.gguf"):
        assert path.name in refused(path).title
    assert "http://example.org/a.gguf" in refused("http://example.org/a.gguf").title
    assert "Check the path." in str(refused(f"/{'long' * 2000}.gguf"))
    refused("/a\0b.gguf")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Unix only")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gguf"
    os.mkfifo(pipe)
    assert "not a file" in refused(pipe).title


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.gguf"
    path.write_bytes(b"GGUF")

    def locked(_path: Path, *_args: object, **_more: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", locked)
    error = refused(path)
    assert "locked.gguf" in error.title
    assert "permission denied" in error.title
    assert "permissions" in error.advice
