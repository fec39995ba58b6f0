"""What the dashboard shows of real readings and real history, and its controls by clicks."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.dashboard_user import click, take
from helpers.readings import FULL, GPU, NO_GPU, SECOND_GPU
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton, QScrollArea, QWidget

from lollma_gui.core.readings import CpuReading, EngineReading, GpuReading, GpuSurvey, Reading
from lollma_gui.core.throttle import Throttle
from lollma_gui.tabs.dashboard_tab import DashboardTab
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.theme import Role


def places(tab: DashboardTab) -> list[tuple[int, int, int, int]]:
    row = tab.gpu_rows[0]
    cards: list[QWidget] = [row.card, tab.cpu, tab.memory, tab.drive, tab.engine, tab.processes]
    return [
        (*card.mapTo(tab, card.rect().topLeft()).toTuple(), card.width(), card.height())
        for card in cards
    ]


# ---- what is shown -------------------------------------------------------------------------


def test_every_number_of_a_gpu_is_shown_with_its_unit(tab, monitor):
    take(monitor, FULL)
    row = tab.gpu_rows[0]
    assert row.card.accessibleName() == "NVIDIA GeForce RTX 4080"
    assert row.card._subtitle.text() == (
        "GPU 0 · PCIe 4.0 ×16 · compute capability 8.9 · memory 10,501 MHz"
    )
    assert (row.clock.text(), row.fan.text()) == ("clock 2,505 MHz", "fan 41 %")
    assert row.utilisation.text() == "87 %"
    assert row.memory.text() == "12.0 / 16.0 GiB · 3.0 GiB free"
    assert row.memory_bar.accessibleDescription() == (
        "Model 7.0 GiB, Context 1.0 GiB, Working memory 1.0 GiB, Other programs 3.0 GiB"
        ", Driver 1.0 GiB"
    )
    assert (row.temperature.text(), row.temperature_limit.text()) == ("64 °C", "limit 88 °C")
    assert (row.power.text(), row.power_limit.text()) == ("231 W", "limit 320 W")
    assert row.state.text() == ""
    assert tab._versions.text() == "Driver 580.95 · CUDA 13.0"


def test_every_number_of_the_rest_is_shown_with_its_unit(tab, monitor):
    take(monitor, FULL)
    assert tab.cpu.figure.text() == "23 %"
    assert tab.cpu._subtitle.text() == "AMD Ryzen 9 7950X · 16 cores · 4.9 GHz · 58 °C"
    assert tab.cpu.cores.accessibleDescription() == "busiest 90 % of 2"
    assert tab.memory.figure.text() == "33 %"
    assert tab.memory.ram.accessibleDescription() == (
        "Engine 2.0 GiB, Model file 8.0 GiB, Programs 19.0 GiB, Cached 22.0 GiB"
    )
    assert tab.memory.swap.accessibleDescription() == "0.0 / 8.0 GiB"
    assert tab.drive.figure.text() == "3.1 GB/s"
    assert tab.drive._subtitle.text() == "NVMe"
    assert tab.drive.used.accessibleDescription() == "1.6 TB of 2.0 TB"
    assert tab.drive.folder.text() == "412.0 GB free · /models"


def test_the_engine_is_shown_with_what_it_costs(tab, monitor):
    take(monitor, FULL)
    assert tab.engine._subtitle.text() == "Qwen3-14B-Instruct · generating"
    assert tab.engine.figure.text() == "51.8 tok/s"
    assert tab.engine.context.accessibleDescription() == "4,096 of 16,384 tokens"
    assert tab.engine.facts.facts() == [
        ("Energy", "0.22 tokens per joule"),
        ("First token after", "210 ms"),
    ]
    take(monitor, replace(FULL, taken_at=2.0, engine=EngineReading()))
    assert tab.engine._subtitle.text() == "no model loaded"
    assert dict(tab.engine.facts.facts()) == {"Energy": "-", "First token after": "-"}


def test_the_energy_of_one_model_is_not_that_of_the_next(tab, monitor):
    loading = EngineReading(state="loading", model="Other", pid=18244)
    ready = replace(loading, state="ready", context_size=4096)
    quiet = replace(FULL.engine, state="ready", tokens_per_second=None)
    take(monitor, FULL, replace(FULL, taken_at=2.0, engine=quiet))
    assert dict(tab.engine.facts.facts())["Energy"] == "0.22 tokens per joule"
    take(monitor, *(replace(FULL, taken_at=3.0, engine=engine) for engine in (loading, ready)))
    assert dict(tab.engine.facts.facts())["Energy"] == "-"
    take(monitor, FULL, replace(FULL, engine=replace(ready, model=FULL.engine.model, pid=2)))
    assert dict(tab.engine.facts.facts())["Energy"] == "-", "loaded anew while nobody looked"


def test_nothing_moves_when_values_arrive_and_change(tab, monitor, qtbot):
    take(monitor, FULL)
    qtbot.wait(0)
    before = places(tab)
    busy = replace(GPU, utilisation=1.0, power_watts=1000.0, temperature_celsius=100.0)
    quiet = replace(GPU, utilisation=0.0, held_back=(Throttle.POWER,))
    for gpu in (busy, quiet, GPU):
        take(monitor, replace(FULL, gpu=GpuSurvey((gpu,))))
        qtbot.wait(0)
        assert places(tab) == before


def test_what_is_unknown_is_a_dash(tab, monitor):
    take(monitor, Reading(1.0, gpu=GpuSurvey((GpuReading("GPU-1", "RTX", 0),), "NVML")))
    row = tab.gpu_rows[0]
    shown = [row.utilisation, row.memory, row.temperature, row.power]
    shown += [tab.cpu.figure, tab.memory.figure, tab.drive.figure, tab.engine.figure]
    assert {label.text() for label in shown} == {"-"}
    assert (row.power_limit.text(), row.temperature_limit.text()) == ("limit -", "limit -")
    assert tab.engine.context.accessibleDescription() == "-"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sharing": "MIG"}, "divided (MIG)"),
        ({"is_unified": True}, "shares the PC's RAM"),
        ({"pcie_width": 4}, "PCIe 4.0 ×4 of ×16"),
    ],
)
def test_what_is_unusual_about_a_gpu_is_said(tab, monitor, changes, words):
    take(monitor, replace(FULL, gpu=GpuSurvey((replace(GPU, **changes),))))
    assert words in tab.gpu_rows[0].card._subtitle.text()


def test_a_gpu_that_is_held_back_says_by_what(tab, monitor):
    both = (Throttle.HEAT, Throttle.POWER)
    for reasons, words, role, all_words in (
        ((Throttle.POWER,), "the power limit", Role.MUTED, "the power limit"),
        (both, "temperature", Role.WARNING, "temperature and the power limit"),
    ):
        take(monitor, replace(FULL, gpu=GpuSurvey((replace(GPU, held_back=reasons),))))
        state = tab.gpu_rows[0].state
        assert (state.text(), state.role) == (f"Held back: {words}", role)
        assert state.toolTip() == f"Held back by {all_words}"


def test_without_a_gpu_the_card_says_why_and_what_to_do(tab, monitor):
    take(monitor, NO_GPU)
    assert tab.no_gpu.isVisible()
    assert not tab.gpu_rows[0].isVisible()
    assert tab.no_gpu.problem.text() == "No GPU was found."
    assert tab.no_gpu.advice.text() == "Use the processor."
    take(monitor, FULL)
    assert tab.gpu_rows[0].isVisible()
    assert not tab.no_gpu.isVisible()


def test_a_lost_gpu_keeps_its_card_and_its_history_and_comes_back(tab, monitor):
    both = replace(FULL, gpu=GpuSurvey((GPU, SECOND_GPU), "NVML"))
    lost = GpuSurvey((GPU,), "NVML", problem="One was lost.", advice="Restart.")
    take(monitor, both, replace(FULL, taken_at=2.0, gpu=lost))
    first, second = tab.gpu_rows
    assert (first.utilisation.text(), first.problem.isVisible()) == ("87 %", False)
    assert (second.utilisation.text(), second.state.text()) == ("-", "No answer")
    assert (second.problem.text(), second.advice.text()) == ("One was lost.", "Restart.")
    assert second.card.accessibleName() == "NVIDIA GeForce RTX 3060"
    assert second.card._subtitle.text() == "GPU 1", "its link and clock were those of before"
    assert second.state.toolTip() == ""
    assert second.chart._values[-2:] == (pytest.approx(0.87), None)
    take(monitor, replace(both, taken_at=3.0))
    assert second.problem.isHidden()
    assert second.utilisation.text() == "87 %"
    assert len(tab.gpu_rows) == 2


@pytest.mark.parametrize("width", [824, 1112])
def test_nothing_is_cut_off_on_the_right(tab, monitor, qtbot, width):
    tab.add_tool(button("Alerts ▾"))
    tab.resize(width, 640)
    take(monitor, replace(FULL, gpu=GpuSurvey((GPU, SECOND_GPU), "NVML", "580.95.05", "13.0")))
    qtbot.wait(0)
    area = tab.findChild(QScrollArea)
    assert area.widget().width() <= area.viewport().width()


def test_a_gpu_that_was_taken_out_without_a_word_is_said_to_be_gone(tab, monitor):
    take(monitor, replace(FULL, gpu=GpuSurvey((GPU, SECOND_GPU))), replace(FULL, taken_at=2.0))
    assert tab.gpu_rows[1].problem.text() == "This GPU is not there any more."
    assert tab.gpu_rows[1].advice.text()


def test_a_sleeping_gpu_is_well_and_says_so(tab, monitor):
    asleep = GpuSurvey(problem="It is asleep.", advice="It wakes.", is_asleep=True)
    take(monitor, FULL, replace(FULL, taken_at=2.0, gpu=asleep))
    row = tab.gpu_rows[0]
    assert (row.state.text(), row.state.role) == ("Asleep", Role.MUTED)
    assert row.problem.text() == "It is asleep."
    assert not tab.no_gpu.isVisible()


def test_trouble_with_a_gpu_that_answers_is_a_notice(tab, monitor):
    survey = GpuSurvey((GPU,), "NVML", problem="The driver is odd.", advice="Restart.")
    take(monitor, replace(FULL, gpu=survey))
    assert tab.notices.titles == ["The driver is odd."]
    take(monitor, FULL)
    assert tab.notices.titles == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor", "AMD Ryzen 9 7950X · 16 cores"),
        ("Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz", "Intel Core i9-9900K · 16 cores"),
        ("Apple M3 Max", "Apple M3 Max · 16 cores"),
        (None, "16 cores"),
    ],
)
def test_the_processor_is_named_as_people_call_it(tab, name, shown):
    tab.cpu.show_cpu(CpuReading(name, 16))
    assert tab.cpu._subtitle.text() == shown


# ---- history -------------------------------------------------------------------------------


def test_charts_show_the_span_that_was_chosen(tab, monitor, qtbot):
    take(monitor, *(replace(FULL, taken_at=float(second)) for second in range(100)))
    chart = tab.gpu_rows[0].chart
    assert chart._values == (pytest.approx(0.87),) * 60
    for key, points, known in (("TEN_MINUTES", 120, 20), ("HOUR", 120, 4), ("MINUTE", 60, 60)):
        click(qtbot, tab.spans._buttons[key])
        assert len(chart._values) == points
        assert sum(value is not None for value in chart._values) == known


def test_a_chart_says_what_was_measured_where_it_is_pointed_at(tab, monitor):
    readings = [replace(FULL, taken_at=float(second)) for second in (1, 2, 20, 21)]
    take(monitor, *readings)
    chart = tab.gpu_rows[0].chart
    at = [chart.words_at(chart.width() * n / 59) for n in (59, 58, 57, 0)]
    assert at == [
        "GPU utilisation: 87 %, now",
        "GPU utilisation: 87 %, 1.0 s ago",
        "GPU utilisation: not measured, 2.0 s ago",
        "GPU utilisation: not measured, 59 s ago",
    ]


def test_pause_holds_what_is_shown_while_measuring_goes_on(tab, monitor, qtbot):
    take(monitor, FULL)
    click(qtbot, tab.pause_button)
    assert tab.pause_button.text() == "Go on"
    take(monitor, replace(FULL, taken_at=2.0, cpu=replace(FULL.cpu, utilisation=0.5)))
    assert tab.cpu.figure.text() == "23 %"
    for span in ("TEN_MINUTES", "MINUTE"):
        click(qtbot, tab.spans._buttons[span])
        assert tab.cpu.chart._values[-1] == pytest.approx(0.23)
    click(qtbot, tab.pause_button)
    assert tab.cpu.figure.text() == "50 %"
    assert tab.cpu.chart._values[-2:] == pytest.approx((0.23, 0.5))


def test_copy_gives_all_figures_as_text(tab, monitor, qtbot):
    take(monitor, FULL)
    click(qtbot, tab.copy_button)
    text = QGuiApplication.clipboard().text()
    for part in (
        "GPU 0 NVIDIA GeForce RTX 4080: utilisation 87 %, VRAM 12.0 / 16.0 GiB, 64 °C, 231 W",
        "Driver 580.95, CUDA 13.0 (NVML)",
        "CPU AMD Ryzen 9 7950X 16-Core Processor: 23 %, 4900 MHz, 58 °C",
        "RAM 21.0 / 64.0 GiB",
        "(NVMe): 412.0 GB free of 2.0 TB, reading 3.1 GB/s",
        "Engine generating, Qwen3-14B-Instruct: 51.8 tok/s, context 4,096 of 16,384 tokens",
        "Process 18244 llama.cpp engine (LoLLMa's engine): VRAM 9.0 GiB, RAM 10.0 GiB, CPU 112 %",
    ):
        assert part in text


def test_export_saves_the_last_hour_as_csv(tab, monitor, qtbot, tmp_path, monkeypatch):
    take(monitor, FULL, replace(FULL, taken_at=2.0))
    path = tmp_path / "readings.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(path), ""))
    with qtbot.waitSignal(tab._actions.done):
        click(qtbot, tab.export_button)
    header, *rows = path.read_text().splitlines()
    assert header.startswith("time,gpu GPU-1 utilisation 0 to 1,gpu GPU-1 vram used bytes,")
    assert len(rows) == 2
    assert tab.notices.titles == [f"Saved as {path}."]


def test_the_text_of_an_hour_is_made_off_the_windows_thread(
    tab, monitor, qtbot, tmp_path, monkeypatch
):
    take(monitor, FULL)
    threads = []

    def note_thread(history, _moment_of) -> str:
        threads.append(threading.current_thread())
        assert history is not monitor.history, "that one goes on in the window's thread"
        return "text"

    path = tmp_path / "readings.csv"
    monkeypatch.setattr("lollma_gui.tabs.dashboard_tab.as_csv", note_thread)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(path), ""))
    with qtbot.waitSignal(tab._actions.done):
        click(qtbot, tab.export_button)
    assert path.read_text() == "text"
    assert threads != [threading.main_thread()]


def test_a_file_that_cannot_be_saved_is_an_error_with_advice(tab, monitor, qtbot, monkeypatch):
    take(monitor, FULL)
    path = Path("nowhere") / "at all" / "readings.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(path), ""))
    with qtbot.waitSignal(tab._actions.failed):
        click(qtbot, tab.export_button)
    assert tab.notices.titles == ["readings.csv could not be saved."]


# ---- cost ----------------------------------------------------------------------------------


def test_nothing_is_shown_and_no_process_asked_for_while_the_tab_is_hidden(
    tab, monitor, hardware, qtbot
):
    with qtbot.waitSignal(monitor.reading):
        monitor._beat()
    assert hardware.asked_for_processes is True
    tab.hide()
    take(monitor, FULL)
    take(monitor, replace(FULL, taken_at=2.0, cpu=replace(FULL.cpu, utilisation=0.5)))
    assert tab.cpu.figure.text() != "50 %"
    with qtbot.waitSignal(monitor.reading):
        monitor._beat()
    assert hardware.asked_for_processes is False


def test_nothing_is_drawn_in_a_window_that_is_minimised(tab, monitor, qtbot):
    take(monitor, FULL)
    busy = replace(FULL, taken_at=2.0, cpu=replace(FULL.cpu, utilisation=0.5))
    tab.setWindowState(Qt.WindowState.WindowMinimized)
    take(monitor, busy)
    assert tab.cpu.figure.text() == "23 %"
    tab.setWindowState(Qt.WindowState.WindowNoState)
    take(monitor, busy)
    assert tab.cpu.figure.text() == "50 %"


def test_whoever_comes_back_sees_the_newest_at_once(tab, monitor):
    tab.hide()
    take(monitor, replace(FULL, cpu=replace(FULL.cpu, utilisation=0.5)))
    tab.show()
    assert tab.cpu.figure.text() == "50 %"


def test_the_small_window_is_a_click_away(tab, qtbot):
    with qtbot.waitSignal(tab.small_window_wanted):
        click(qtbot, tab.small_button)


def test_every_control_has_a_name(tab, monitor):
    take(monitor, FULL)
    nameless = [
        b for b in tab.findChildren(QPushButton) if b.isVisible() and not b.accessibleName()
    ]
    assert nameless == []
