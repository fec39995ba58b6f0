"""A repository is looked into by headers alone: some at a time, each once, and not before asked."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fakes.hub_server import HubServer
from helpers.header_only import llama_8b, part_names
from helpers.hub_models import REPOSITORY, add_file, add_projector, add_quants, add_split
from helpers.hub_user import PATIENCE_MS, Looker, asked_files

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.verdict import Fit
from lollma_gui.qt import hub_check

QUANTS = ("Q8_0", "Q6_K", "Q4_K_M")


# ---- what is found -------------------------------------------------------------------------


def test_every_quantisation_gets_its_verdict_from_its_header_alone(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", *QUANTS)
    hub.list_repository(REPOSITORY)
    found = looker.look_wholly()
    assert found == {
        "Model-8B-Q4_K_M.gguf": Fit.FITS,
        "Model-8B-Q6_K.gguf": Fit.PARTLY,
        "Model-8B-Q8_0.gguf": Fit.PARTLY,
    }
    row = looker.named()["Model-8B-Q4_K_M.gguf"]
    assert row.info.files == (f"{REPOSITORY}/Model-8B-Q4_K_M.gguf",)
    assert row.info.size_bytes > 4_000_000_000
    # Of 20 GB, no more than the first megabyte of each.
    assert 0 < looker.check.received <= 3 * 1024**2
    assert looker.failures == []


def test_nothing_is_asked_before_a_person_asks(looker: Looker, hub: HubServer) -> None:
    assert hub.seen == []
    assert looker.check.repository == ""
    assert not looker.check.is_complete


def test_progress_counts_headers(looker: Looker, hub: HubServer, tmp_path: Path) -> None:
    add_quants(hub, tmp_path / "m", *QUANTS)
    hub.list_repository(REPOSITORY)
    looker.look()
    assert looker.counts == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_file_asked_for_is_among_the_first(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", *QUANTS, "Q5_0", "Q4_0", "Q2_K")
    hub.list_repository(REPOSITORY)
    looker.look(f"{REPOSITORY}/Model-8B-Q8_0.gguf")
    assert "Model-8B-Q8_0.gguf" in asked_files(hub)[:3]
    assert looker.check.asked == f"{REPOSITORY}/Model-8B-Q8_0.gguf"
    assert len(looker.check.rows) == 6


def test_a_quantisation_asked_for_comes_first(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", *QUANTS)
    hub.list_repository(REPOSITORY)
    looker.look(f"{hub.url}/{REPOSITORY}:Q6_K")
    assert looker.check.asked == f"{REPOSITORY}/Model-8B-Q6_K.gguf"


@pytest.mark.parametrize("wish", [":Q5_K_M", "/other.gguf"])
def test_what_is_not_there_is_told_and_the_rest_shown(
    looker: Looker, hub: HubServer, tmp_path: Path, wish: str
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    hub.list_repository(REPOSITORY)
    looker.look(f"{REPOSITORY}{wish}")
    (error,) = looker.failures
    assert error.title == f"{REPOSITORY} has no {wish[1:]}."
    assert len(looker.check.rows) == 1


def test_a_split_model_is_one_row(looker: Looker, hub: HubServer) -> None:
    parts = llama_8b(parts=3)
    add_split(hub, parts, "Model-8B-Q4_K_M")
    hub.list_repository(REPOSITORY)
    looker.look_wholly(f"{REPOSITORY}/{part_names('Model-8B-Q4_K_M', 3)[1]}")
    (row,) = looker.check.rows
    assert row.info.size_bytes == sum(size for _, size in parts)
    assert len(row.info.files) == 3
    assert looker.check.asked == row.info.files[0]


def test_what_writes_no_text_is_no_row_but_known(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    add_projector(hub, tmp_path / "m")
    hub.list_repository(REPOSITORY)
    looker.look_wholly()
    assert list(looker.named()) == ["Model-8B-Q4_K_M.gguf"]
    assert len(looker.check.infos) == 2


def test_of_a_large_repository_the_smaller_files_are_looked_into(
    looker: Looker, hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_check, "MOST_FILES", 2)
    add_quants(hub, tmp_path / "m", *QUANTS)
    hub.list_repository(REPOSITORY)
    looker.look()
    assert sorted(looker.named()) == ["Model-8B-Q4_K_M.gguf", "Model-8B-Q6_K.gguf"]
    assert looker.check.left_out == 1


def test_verdicts_follow_what_is_to_stay_free(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    hub.list_repository(REPOSITORY)
    assert list(looker.look_wholly().values()) == [Fit.FITS]
    looker.parts.knowledge.set_margins(5 * 2**30, 0)

    def follows() -> bool:
        (row,) = looker.check.rows
        return row.fit is not None and row.fit.fit is not Fit.FITS

    looker.qtbot.waitUntil(follows, timeout=PATIENCE_MS)


# ---- once, some at a time ------------------------------------------------------------------


def test_no_header_is_fetched_twice(looker: Looker, hub: HubServer, tmp_path: Path) -> None:
    add_quants(hub, tmp_path / "m", *QUANTS)
    hub.list_repository(REPOSITORY)
    first = looker.look_wholly()
    received = looker.check.received
    assert looker.look_wholly() == first
    assert sorted(asked_files(hub)) == sorted(f"Model-8B-{quant}.gguf" for quant in QUANTS)
    assert looker.check.received == received


def test_another_revision_is_another_model(looker: Looker, hub: HubServer, tmp_path: Path) -> None:
    (file,) = add_quants(hub, tmp_path / "m", "Q4_K_M").values()
    hub.add_to_repository(REPOSITORY, "v2", "Model-8B-Q4_K_M.gguf", file)
    hub.list_repository(REPOSITORY)
    hub.list_repository(REPOSITORY, "v2")
    looker.look()
    looker.look(f"{hub.url}/{REPOSITORY}/tree/v2")
    assert asked_files(hub) == ["Model-8B-Q4_K_M.gguf"] * 2
    assert looker.check.rows[0].info.files == (f"{REPOSITORY}@v2/Model-8B-Q4_K_M.gguf",)


def test_headers_of_earlier_repositories_are_forgotten_when_they_take_too_much(
    looker: Looker, hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_check, "_KEPT_BYTES", 0)
    (file,) = add_quants(hub, tmp_path / "m", "Q4_K_M").values()
    hub.list_repository(REPOSITORY)
    hub.add_to_repository("some/other", "main", "Other-Q4_K_M.gguf", file)
    hub.list_repository("some/other")
    for wish in (REPOSITORY, "some/other", REPOSITORY):
        looker.look_wholly(wish)
    assert len(asked_files(hub)) == 3


def test_no_more_than_three_headers_come_at_a_time(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    for file in add_quants(hub, tmp_path / "m", *QUANTS, "Q5_0", "Q4_0", "Q2_K").values():
        file.hold_headers = True
    hub.list_repository(REPOSITORY)
    looker.check.look(REPOSITORY)
    looker.qtbot.waitUntil(lambda: len(asked_files(hub)) == 3, timeout=PATIENCE_MS)
    assert len(asked_files(hub)) == 3
    hub.release()
    looker.qtbot.waitUntil(lambda: not looker.check.is_working, timeout=PATIENCE_MS)
    assert len(looker.check.rows) == 6


def test_a_cancel_in_the_middle_keeps_what_is_there(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    files = add_quants(hub, tmp_path / "m", *QUANTS)
    files["Q8_0"].hold_after = 1000
    hub.list_repository(REPOSITORY)
    looker.check.look(REPOSITORY)
    looker.qtbot.waitUntil(lambda: len(looker.check.rows) == 2, timeout=PATIENCE_MS)
    assert looker.check.is_working
    with looker.qtbot.waitSignal(looker.check.changed):
        looker.check.cancel()
    assert not looker.check.is_working
    looker.qtbot.waitUntil(lambda: looker.check.is_complete, timeout=PATIENCE_MS)
    assert len(looker.check.rows) == 2
    assert looker.failures == []


def test_a_cancel_before_anything_came_is_heard(looker: Looker, hub: HubServer) -> None:
    hub.list_repository(REPOSITORY, hold_headers=True)
    looker.check.look(REPOSITORY)
    looker.qtbot.waitUntil(hub.held.is_set, timeout=PATIENCE_MS)
    looker.check.cancel()
    assert not looker.check.is_working
    assert looker.failures == []


def test_another_look_gives_up_the_one_before(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    hub.list_repository("slow/one", hold_headers=True)
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    hub.list_repository(REPOSITORY)
    looker.check.look("slow/one")
    looker.qtbot.waitUntil(hub.held.is_set, timeout=PATIENCE_MS)
    looker.look_wholly()
    assert looker.check.repository == REPOSITORY
    assert looker.failures == []


# ---- the engine's word ---------------------------------------------------------------------


def test_the_settings_in_force_are_those_of_the_files_name(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    hub.list_repository(REPOSITORY)
    looker.parts.settings.set_values_of("/models/Model-8B-Q4_K_M.gguf", {"n_ctx": 131_072})
    assert list(looker.look_wholly().values()) != [Fit.FITS]


def shown(looker: Looker, key: str, dry_run: Callable[..., object]) -> None:
    check, fit = looker.check, looker.parts.fit
    info = next(row.info for row in check.rows if row.info.files[0] == key)
    with looker.qtbot.waitSignal(fit.changed, check_params_cb=lambda view: view is not None):
        fit.show_remote(key, check.facts(key), info.quantisation, dry_run)  # type: ignore[arg-type]


def test_what_is_tried_holds_once_the_file_is_here(
    looker: Looker, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    hub.list_repository(REPOSITORY)
    looker.look_wholly()
    key = f"{REPOSITORY}/Model-8B-Q4_K_M.gguf"

    def refuses(_path: str, _values: Mapping[str, object], _cancelled: Callable[[], bool]) -> None:
        raise LollmaError("There is no such GPU here.")

    shown(looker, key, refuses)
    looker.parts.fit.change({"n_ctx": 12_288})
    looker.parts.fit.use()
    values = looker.parts.settings.values_of("/models/Model-8B-Q4_K_M.gguf")
    assert values["n_ctx"] == 12_288
    assert looker.parts.settings.values_of("/models/Model-8B-Q8_0.gguf")["n_ctx"] != 12_288


@pytest.mark.engine
def test_the_engine_plans_a_model_that_is_not_here(
    looker: Looker, hub: HubServer, starter_model: Path
) -> None:
    add_file(hub, "Starter-Q4_1.gguf", starter_model)
    hub.list_repository(REPOSITORY)
    looker.look_wholly()
    key = f"{REPOSITORY}/Starter-Q4_1.gguf"
    looker.parts.gpus = ()
    with looker.qtbot.waitSignal(looker.parts.knowledge.pc_changed):
        looker.parts.knowledge.measure()
    where: list[Path] = []
    plan = looker.check.dry_run_of(key)

    def watched(path: str, values: Mapping[str, object], cancelled: Callable[[], bool]):
        where.append(Path(path))
        return plan(path, values, cancelled)  # type: ignore[arg-type]

    shown(looker, key, watched)
    fit = looker.parts.fit
    looker.qtbot.waitUntil(
        lambda: fit.view is not None and fit.view.plan.method == "dry-run", timeout=PATIENCE_MS
    )
    assert fit.view is not None
    there = sum(share.buffers for share in fit.view.plan.devices)
    assert where == [Path(key)]
    # The very same model on this PC.
    fit.show_model(str(starter_model), "Q4_1")
    looker.qtbot.waitUntil(
        lambda: fit.view is not None and fit.view.plan.method == "dry-run", timeout=PATIENCE_MS
    )
    assert sum(share.buffers for share in fit.view.plan.devices) == there
