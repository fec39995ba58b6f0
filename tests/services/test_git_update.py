"""An update says what it changes, only ever adds, and can be taken back."""

from pathlib import Path

import pytest
from helpers.git_source import GitSourceFolder, ignore, no

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import GitSource, Update
from lollma_gui.services import git_update
from lollma_gui.services.git_checkout import fetch_program, state


@pytest.fixture
def checkout(source: GitSource, tmp_path: Path) -> Path:
    fetch_program(source, "v4.8", tmp_path / "textgen", ignore, no)
    return tmp_path / "textgen"


def look(checkout: Path, source: GitSource, release: str) -> Update:
    return git_update.look(checkout, source, release, ignore, no)


def test_looking_says_what_would_change_and_changes_nothing(
    checkout: Path, source: GitSource
) -> None:
    update = look(checkout, source, "v4.10")
    assert [line.split(" ", 1)[1] for line in update.commits] == ["Say it better", "Say more"]
    assert update.files == ("README.md",)
    assert update.is_forward
    assert update.is_news
    assert state(checkout).version == "v4.8"
    assert (checkout / "README.md").read_text() == "TextGen\n"


def test_an_update_and_the_way_back(checkout: Path, source: GitSource) -> None:
    git_update.apply(checkout, look(checkout, source, "v4.10"))
    assert state(checkout).version == "v4.10"
    assert not look(checkout, source, "v4.10").is_news
    assert git_update.roll_back(checkout) == "v4.8"
    assert (checkout / "README.md").read_text() == "TextGen\n"
    with pytest.raises(LollmaError, match="nothing to go back to"):
        git_update.roll_back(checkout)


def test_an_update_keeps_what_was_changed_elsewhere(checkout: Path, source: GitSource) -> None:
    flags = checkout / "user_data" / "CMD_FLAGS.txt"
    flags.write_text("--api\n")
    git_update.apply(checkout, look(checkout, source, "v4.10"))
    assert flags.read_text() == "--api\n"
    git_update.roll_back(checkout)
    assert flags.read_text() == "--api\n"


def test_an_update_never_goes_over_a_local_change(checkout: Path, source: GitSource) -> None:
    (checkout / "README.md").write_text("mine\n")
    update = look(checkout, source, "v4.10")
    assert update.in_the_way == ("README.md",)
    with pytest.raises(LollmaError, match=r"README\.md"):
        git_update.apply(checkout, update)
    assert (checkout / "README.md").read_text() == "mine\n"
    assert state(checkout).version == "v4.8"


def test_an_update_never_goes_over_a_file_git_does_not_know(
    checkout: Path, source: GitSource
) -> None:
    (checkout / "notes.txt").write_text("mine\n")
    (checkout / ".git" / "info").mkdir(exist_ok=True)
    (checkout / ".git" / "info" / "exclude").write_text("notes.txt\n")
    update = look(checkout, source, "")
    assert update.in_the_way == ("notes.txt",)
    with pytest.raises(LollmaError, match=r"notes\.txt"):
        git_update.apply(checkout, update)
    assert (checkout / "notes.txt").read_text() == "mine\n"


def test_a_change_made_after_looking_is_seen_too(checkout: Path, source: GitSource) -> None:
    update = look(checkout, source, "v4.10")
    (checkout / "README.md").write_text("mine\n")
    with pytest.raises(LollmaError, match=r"README\.md"):
        git_update.apply(checkout, update)


def test_going_back_never_goes_over_a_local_change(checkout: Path, source: GitSource) -> None:
    git_update.apply(checkout, look(checkout, source, "v4.10"))
    (checkout / "README.md").write_text("mine\n")
    with pytest.raises(LollmaError, match="would be overwritten"):
        git_update.roll_back(checkout)
    assert (checkout / "README.md").read_text() == "mine\n"


def test_an_older_release_or_another_history_is_no_update(
    checkout: Path, source: GitSource, repository: GitSourceFolder
) -> None:
    git_update.apply(checkout, look(checkout, source, "v4.10"))
    repository.git("checkout", "--quiet", "v4.9")
    repository.release("v5.0", "From elsewhere", other_DOT_txt="other\n")
    update = look(checkout, source, "v5.0")
    assert not update.is_forward
    with pytest.raises(LollmaError, match="does not follow"):
        git_update.apply(checkout, update)
    assert state(checkout).version == "v4.10"


def test_commits_made_here_are_never_lost(
    checkout: Path, source: GitSource, repository: GitSourceFolder
) -> None:
    here = GitSourceFolder(checkout)
    mine = here.commit("Mine", mine_DOT_txt="mine\n")
    with pytest.raises(LollmaError, match="does not follow"):
        git_update.apply(checkout, look(checkout, source, "v4.10"))
    assert here.git("rev-parse", "HEAD") == mine
