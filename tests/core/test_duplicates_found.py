"""What is there more than once is found, and a store's own file is never the one replaced."""

from lollma_gui.core.duplicates import Copy, find_duplicates
from lollma_gui.core.model_source import ModelSource


def copy(
    path: str, size: int = 100, print_: str = "a", source: ModelSource = ModelSource.FOLDER
) -> Copy:
    return Copy((path,), size, print_, source)


def test_same_size_and_fingerprint_are_likely_the_same() -> None:
    a, b, other = copy("/a"), copy("/b"), copy("/c", 100, "c")
    longer, unknown = copy("/d", 101), copy("/e", 100, "")
    (found,) = find_duplicates([a, b, other, longer, unknown, unknown])
    assert (found.keep, found.others, found.fixed) == (a, (b,), ())
    assert found.saved_bytes == 100


def test_what_saves_most_comes_first() -> None:
    small = [copy(f"/s{n}", 10, "s") for n in range(5)]
    large = [copy(f"/l{n}", 100, "l") for n in range(2)]
    assert [group.saved_bytes for group in find_duplicates([*small, *large])] == [100, 40]


def test_stores_of_blobs_keep_their_files() -> None:
    mine = copy("/mine", source=ModelSource.OWN)
    ollama = copy("/o/sha256-1", source=ModelSource.OLLAMA)
    hub = copy("/h/models--a--b/snapshots/1/m.gguf", source=ModelSource.LLAMA_CPP)
    (found,) = find_duplicates([mine, ollama, hub])
    assert (found.keep, found.others, found.fixed) == (ollama, (mine,), (hub,))
    (found,) = find_duplicates([copy("/x"), mine])
    assert found.keep == mine
    (found,) = find_duplicates([hub, ollama])
    assert (found.others, found.saved_bytes) == ((), 0)
