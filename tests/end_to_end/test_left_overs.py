"""What runs models is found by the real app: our engine, and what an earlier run left over."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.person import Person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.readings import Whose
from lollma_gui.services.child_process import STARTED_BY, clean_environment
from lollma_gui.tabs.dashboard_tab import DashboardTab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names a program by a link")


@pytest.fixture
def left_over(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A llama-server, by its name, started by a window that is gone."""
    program = tmp_path / "llama-server"
    program.symlink_to(sys.executable)
    process = subprocess.Popen(
        [str(program), "-c", "import sys; print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment() | {STARTED_BY: "1:-9.00"},
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_a_left_over_server_is_offered_and_ended(person: Person, left_over) -> None:
    app = person.start()
    tab = app.window.show_page("Dashboard")
    assert isinstance(tab, DashboardTab)
    title = f"llama-server (PID {left_over.pid}) is left over from an earlier run of LoLLMa."
    person.wait(lambda: title in tab.notices.titles)
    assert left_over.poll() is None, "nothing is ended before the person wants it"
    row = next(p for p in tab.processes.rows.processes if p.pid == left_over.pid)
    assert row.name == "llama-server"

    # Others may have left something over on this PC as well: it is none of ours.
    notice = next(w for w in tab.notices.findChildren(QWidget) if w.accessibleName() == title)
    button = next(b for b in notice.findChildren(QPushButton) if b.text() == "End it")
    person.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    person.wait(lambda: left_over.poll() is not None)
    done = f"llama-server (PID {left_over.pid}) has ended."
    person.wait(lambda: done in tab.notices.titles)
    person.wait(lambda: left_over.pid not in [p.pid for p in tab.processes.rows.processes])


def test_our_engine_is_known_shown_with_its_figures_and_ended(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    app.load_model(str(with_starter))
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    tab = app.window.show_page("Dashboard")
    assert isinstance(tab, DashboardTab)
    rows, pid = tab.processes.rows, app.parts.engine.status.pid
    person.wait(lambda: [p.pid for p in rows.processes if p.whose is Whose.ENGINE] == [pid])
    assert "ready" in tab.engine._subtitle.text()
    assert tab.engine.context.accessibleDescription().startswith("0 of ")
    assert "Engine" in tab.memory.ram.accessibleDescription()

    row = next(number for number, p in enumerate(rows.processes) if p.pid == pid)
    tab.processes.table.selectRow(row)
    person.qtbot.mouseClick(tab.processes.end_button, Qt.MouseButton.LeftButton)
    person.wait(lambda: app.parts.engine.status.state is EngineState.NOT_LOADED)
    person.wait(lambda: tab.engine._subtitle.text() == "no model loaded")
