"""Programs come as git checkouts: whole or not at all, and from nowhere but where we say."""

import contextlib
import os
import threading
from pathlib import Path

import psutil
import pytest
from helpers.git_source import GitSourceFolder, ignore, no

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.git_facts import GitSource
from lollma_gui.core.install_steps import StepProgress
from lollma_gui.services import git_checkout
from lollma_gui.services.git_checkout import fetch_program, is_checkout, releases, state
from lollma_gui.services.git_command import GitCommand


@pytest.fixture
def large(tmp_path: Path) -> GitSourceFolder:
    """So much that git tells of progress, and can be interrupted."""
    source = GitSourceFolder(tmp_path / "large")
    files = {f"file{n}": os.urandom(100_000) for n in range(150)}
    source.release("v1.0", "Much", **files)
    return source


def test_releases_are_listed_newest_first(source: GitSource, repository: GitSourceFolder) -> None:
    repository.git("tag", "snapshot-2024-04-28", "v4.8")
    repository.git("tag", "installers", "v4.8")
    found = releases(source)
    names = [release.name for release in found]
    assert names == ["v4.10", "v4.9", "v4.8", "snapshot-2024-04-28"]
    assert found[0].commit == repository.git("rev-parse", "v4.10^{commit}")


def test_asking_for_releases_can_be_cancelled_and_says_why_it_fails(
    source: GitSource, tmp_path: Path
) -> None:
    with pytest.raises(Cancelled):
        releases(source, lambda: True)
    with pytest.raises(LollmaError, match="does not have that program"):
        releases(GitSource(((tmp_path / "nothing").as_uri(),), may_be_files=True))


def test_a_release_is_fetched_and_told(source: GitSource, tmp_path: Path) -> None:
    target = tmp_path / "textgen"
    told: list[StepProgress] = []
    fetch_program(source, "v4.9", target, told.append, no)
    assert (target / "README.md").read_text() == "TextGen, a program\n"
    assert state(target).version == "v4.9"
    assert state(target).url == source.urls[0]
    assert state(target).changed == ()
    assert not (tmp_path / "textgen.part").exists()
    assert "Fetching" in [moment.title for moment in told]
    assert max(moment.fraction or 0 for moment in told) == 1


def test_without_a_release_the_newest_commit_is_fetched(source: GitSource, tmp_path: Path) -> None:
    fetch_program(source, "", tmp_path / "textgen", ignore, no)
    assert (tmp_path / "textgen" / "notes.txt").exists()


def test_a_second_address_is_asked_when_the_first_fails(source: GitSource, tmp_path: Path) -> None:
    gone = (tmp_path / "renamed").as_uri()
    both = GitSource((gone, *source.urls), may_be_files=True)
    fetch_program(both, "v4.9", tmp_path / "textgen", ignore, no)
    assert state(tmp_path / "textgen").url == source.urls[0]


def test_if_none_works_the_first_reason_is_given(tmp_path: Path) -> None:
    source = GitSource(((tmp_path / "nothing").as_uri(),), may_be_files=True)
    with pytest.raises(LollmaError, match="does not have that program"):
        fetch_program(source, "", tmp_path / "textgen", ignore, no)
    assert not is_checkout(tmp_path / "textgen")


def test_an_existing_checkout_is_left_as_it_is(source: GitSource, tmp_path: Path) -> None:
    fetch_program(source, "v4.8", tmp_path / "textgen", ignore, no)
    fetch_program(source, "v4.10", tmp_path / "textgen", ignore, no)
    assert state(tmp_path / "textgen").version == "v4.8"


def test_a_folder_with_something_else_is_never_written_into(
    source: GitSource, tmp_path: Path
) -> None:
    for name in ("textgen", "textgen.part"):
        target = tmp_path / name / "mine.txt"
        target.parent.mkdir()
        target.write_text("mine")
        with pytest.raises(LollmaError):
            fetch_program(source, "v4.9", tmp_path / "textgen", ignore, no)
        assert target.read_text() == "mine"
        target.unlink()


# ---- interrupted ---------------------------------------------------------------------------


def test_a_cancel_in_the_middle_leaves_no_checkout_and_can_be_repeated(
    large: GitSourceFolder, tmp_path: Path
) -> None:
    source = GitSource((large.url,), may_be_files=True)
    target = tmp_path / "program"
    wanted = threading.Event()
    wanted.set()

    def tell(moment: StepProgress) -> None:
        if moment.title == "Fetching" and moment.fraction:
            wanted.clear()

    with pytest.raises(Cancelled):
        fetch_program(source, "v1.0", target, tell, lambda: not wanted.is_set())
    assert not target.exists()
    fetch_program(source, "v1.0", target, ignore, no)
    assert len(list(target.glob("file*"))) == 150


def test_git_killed_in_the_middle_leaves_no_checkout_and_can_be_repeated(
    large: GitSourceFolder, tmp_path: Path
) -> None:
    source = GitSource((large.url,), may_be_files=True)
    target = tmp_path / "program"

    def kill(moment: StepProgress) -> None:
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.name().startswith("git"):
                    child.kill()

    with pytest.raises(LollmaError):
        fetch_program(source, "v1.0", target, kill, no)
    assert not target.exists()
    fetch_program(source, "v1.0", target, ignore, no)
    assert len(list(target.glob("file*"))) == 150


def test_what_came_whole_is_not_fetched_again(large: GitSourceFolder, tmp_path: Path) -> None:
    source = GitSource((large.url,), may_be_files=True)
    target = tmp_path / "program"
    arrived = tmp_path / "program.part" / ".git" / "refs" / "lollma" / "wanted"
    with pytest.raises(Cancelled):
        fetch_program(source, "v1.0", target, ignore, arrived.exists)
    assert not target.exists()
    large.folder.rename(tmp_path / "server-is-gone")
    fetch_program(source, "v1.0", target, ignore, no)
    assert len(list(target.glob("file*"))) == 150
    assert state(target).url == large.url
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program", "server-is-gone"]


def test_another_release_after_an_interruption_begins_anew(
    source: GitSource, tmp_path: Path
) -> None:
    part = git_checkout._Part(tmp_path / "textgen", source, "v4.8")
    part.begin()
    part.fetch(ignore, no)
    fetch_program(source, "v4.10", tmp_path / "textgen", ignore, no)
    assert state(tmp_path / "textgen").version == "v4.10"


# ---- safe ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/oobabooga/textgen",
        "https://github.com.example.org/x/y",
        "https://user:word@github.com/x/y",
        "https://github.com/x/y?a=b",
        "ssh://git@github.com/x/y",
        "git@github.com:x/y",
        "ext::sh -c touch% /x",
        "--upload-pack=touch /x",
        "file:///somewhere",
        "/somewhere",
    ],
)
def test_only_known_https_addresses_are_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(LollmaError, match="not an address"):
        fetch_program(GitSource((url,)), "", tmp_path / "textgen", ignore, no)
    with pytest.raises(LollmaError, match="not an address"):
        releases(GitSource((url,)))


@pytest.mark.parametrize(
    "release", ["--upload-pack=x", "v1 v2", "a..b", "v1:refs/heads/x", "v.lock"]
)
def test_only_names_of_releases_are_taken_for_one(
    release: str, source: GitSource, tmp_path: Path
) -> None:
    with pytest.raises(LollmaError, match="no name of a release"):
        fetch_program(source, release, tmp_path / "textgen", ignore, no)


def test_a_hook_in_a_checkout_never_runs(source: GitSource, tmp_path: Path) -> None:
    target = tmp_path / "textgen"
    fetch_program(source, "v4.9", target, ignore, no)
    hook = target / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    GitCommand(target).ask("checkout", "--force", "HEAD", "--")
    assert not (tmp_path / "ran").exists()


def test_other_protocols_are_refused_by_git_itself(tmp_path: Path) -> None:
    git = GitCommand(tmp_path)
    with pytest.raises(LollmaError, match="another protocol"):
        git.ask("ls-remote", "--", (tmp_path / "x").as_uri())


def test_without_git_it_says_what_to_install(
    source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LollmaError, match="Git is not installed"):
        releases(source)
