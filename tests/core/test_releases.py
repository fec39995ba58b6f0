"""A newer version is one by its number, and its page is one of the repository that was asked."""

import pytest
from fakes.release_server import release

from lollma_gui.core.build_info import BuildInfo, build_of
from lollma_gui.core.releases import DAY_SECONDS, Release, is_due, is_newer, is_page_of, release_of


@pytest.mark.parametrize(
    ("offered", "own", "newer"),
    [
        ("0.2.0", "0.1.0", True),
        ("0.10.0", "0.9.0", True),
        ("v1.0", "0.9.9", True),
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.2.0", False),
        ("0.2.0", "0.2.0.dev3", True),
        ("newest", "0.1.0", False),
        ("", "0.1.0", False),
    ],
)
def test_versions_are_compared_by_their_numbers(offered: str, own: str, newer: bool) -> None:
    assert is_newer(offered, own) is newer


def test_a_day_has_to_pass_and_a_clock_that_was_ahead_does_not_silence_for_good() -> None:
    assert is_due(0, 1_700_000_000)
    assert not is_due(1_700_000_000, 1_700_000_000 + DAY_SECONDS - 1)
    assert is_due(1_700_000_000, 1_700_000_000 + DAY_SECONDS)
    assert is_due(1_900_000_000, 1_700_000_000)


@pytest.mark.parametrize(
    "page",
    [
        "https://github.com/o/lollma/releases/tag/v0.2.0",
        "https://github.com/O/LoLLMa/releases/tag/v0.2.0",
    ],
)
def test_pages_of_the_repository_are_opened(page: str) -> None:
    assert is_page_of(page, "o/lollma")


@pytest.mark.parametrize(
    "page",
    [
        "http://github.com/o/lollma/releases",
        "https://github.com.evil.example/o/lollma/releases",
        "https://github.com@evil.example/o/lollma/releases",
        "https://evil@github.com/o/lollma/releases",
        "https://github.com:8443/o/lollma/releases",
        "https://github.com/other/lollma/releases",
        "https://github.com/o/lollma2/releases",
        "https://github.com/o/lollma/../../evil/x",
        "https://github.com/o/lollma\\..\\evil",
        "https://github.com/o/lollma/\nreleases",
        "file:///o/lollma/releases",
        "javascript:alert(1)//github.com/o/lollma/",
        "https://[github.com/o/lollma/",
        "",
    ],
)
def test_no_other_page_is_opened(page: str) -> None:
    assert not is_page_of(page, "o/lollma")


def test_a_release_is_its_version_and_its_page() -> None:
    values = release("o/lollma", "v0.2.0")
    assert release_of(values, "o/lollma") == Release("0.2.0", values["html_url"])


@pytest.mark.parametrize("other", [{"draft": True}, {"prerelease": True}])
def test_what_is_not_finished_is_no_release(other: dict[str, bool]) -> None:
    assert release_of(release("o/lollma", "v0.2.0", **other), "o/lollma") is None


def test_a_version_to_try_out_is_no_release_whatever_is_ticked() -> None:
    assert release_of(release("o/lollma", "v0.2.0rc1"), "o/lollma") is None


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {},
        {"tag_name": "v1", "html_url": 5},
        {"tag_name": 1, "html_url": "https://github.com/o/lollma/releases"},
        release("o/lollma", "newest"),
        release("somebody/else", "v0.2.0"),
    ],
)
def test_nonsense_is_no_release(values: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        release_of(values, "o/lollma")


def test_a_build_says_what_it_is() -> None:
    commit = "0c1e570a1b2c3d4e5f60718293a4b5c6d7e8f901"
    values = {"kind": "deb", "commit": commit, "date": "2026-11-25", "repository": "o/lollma"}
    build = build_of(values, "checkout")
    assert build == BuildInfo("deb", commit, "2026-11-25", "o/lollma")
    assert build.words() == "Debian package, commit 0c1e570a1b, 2026-11-25"
    assert build_of({}, "checkout").words() == "from a checkout"


@pytest.mark.parametrize(
    "repository", ["o", "o/l/m", "../o", "o/l?x", "o /l", "-o/l", "https://github.com/o/l", 5, None]
)
def test_a_repository_that_is_none_is_never_asked(repository: object) -> None:
    assert build_of({"kind": "x", "commit": "no", "repository": repository}, "wheel") == BuildInfo(
        "wheel"
    )
