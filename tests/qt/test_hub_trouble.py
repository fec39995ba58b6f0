"""What goes wrong on the way to the Hub is told once, with a next step, and the rest is shown."""

from pathlib import Path

from fakes.hub_server import HubFile, HubServer
from helpers.hub_models import REPOSITORY, add_projector, add_quants
from helpers.hub_user import Looker, asked_files

QUANTS = ("Q8_0", "Q6_K", "Q4_K_M")


def test_what_names_no_repository_is_told_and_nothing_is_asked(
    looker: Looker, hub: HubServer
) -> None:
    looker.look("some words")
    assert "owner/repository" in looker.failures[0].advice
    assert hub.seen == []


def test_a_repository_without_models_is_told(looker: Looker, hub: HubServer) -> None:
    hub.add_to_repository(REPOSITORY, "main", "README.md", HubFile(b"Hello"))
    hub.list_repository(REPOSITORY)
    looker.look()
    assert [error.title for error in looker.failures] == [f"{REPOSITORY} has no GGUF file."]
    assert looker.check.rows == []


def test_a_repository_without_language_models_is_told(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_projector(hub, tmp_path / "m")
    hub.list_repository(REPOSITORY)
    looker.look()
    assert "writes text" in looker.failures[0].title


def test_a_gated_repository_is_told_once_and_soon(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    for file in add_quants(hub, tmp_path / "m", *QUANTS, "Q5_0", "Q4_0", "Q2_K").values():
        file.error = (403, "GatedRepo", "No.")
    hub.list_repository(REPOSITORY)
    looker.look()
    (error,) = looker.failures
    assert "accept the terms" in error.title
    # Those that were under way when it was clear; not all of them.
    assert len(asked_files(hub)) < 6


def test_a_hub_out_of_reach_is_told(looker: Looker, hub: HubServer) -> None:
    hub.__exit__()
    looker.look()
    assert ["cannot be reached" in error.title for error in looker.failures] == [True]
    assert not looker.check.is_working


def test_what_could_not_be_looked_into_is_counted(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    files = add_quants(hub, tmp_path / "m", *QUANTS)
    files["Q6_K"].cut_after = [1000] * 9
    files["Q8_0"].content = b"<!DOCTYPE html><html></html>"
    hub.list_repository(REPOSITORY)
    looker.look()
    (error,) = looker.failures
    assert error.title.startswith("2 of 3 files could not be looked into. ")
    assert error.advice
    assert list(looker.named()) == ["Model-8B-Q4_K_M.gguf"]
    # Another look asks for the missing ones alone.
    files["Q6_K"].cut_after.clear()
    before = len(asked_files(hub))
    looker.look()
    assert "Model-8B-Q4_K_M.gguf" not in asked_files(hub)[before:]
    assert looker.failures[-1].title.startswith("1 of 3 files")
