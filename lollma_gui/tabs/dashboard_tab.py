"""What the machine is doing: GPUs, processor, memory, models drive, engine, processes."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.history import Span
from lollma_gui.core.reading_text import as_csv, as_text
from lollma_gui.core.readings import GpuSurvey, Reading
from lollma_gui.qt.hardware_actions import HardwareActions
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.tabs.dashboard_cards import CpuCard, DriveCard, MemoryCard
from lollma_gui.tabs.dashboard_charts import ChartFeed
from lollma_gui.tabs.dashboard_ending import EndingOffers
from lollma_gui.tabs.dashboard_engine import EngineCard
from lollma_gui.tabs.dashboard_gpu import GpuRow, NoGpuCard
from lollma_gui.tabs.dashboard_processes import ProcessCard
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_GAP = 12
_SPANS = (("MINUTE", "1 min"), ("TEN_MINUTES", "10 min"), ("HOUR", "1 h"))


class DashboardTab(QWidget):
    """Shows the newest reading of the monitor, whatever of it is known.

    Before the first reading everything has its place already: nothing moves when values arrive.
    Nothing is drawn, and no process is looked at, while the tab is not to be seen.

    Args:
        monitor: Gives the readings, and remembers them.
        actions: Ends programs and saves files.
        theme: The colours.

    Signals:
        end_engine_wanted: End our own engine.
        small_window_wanted: Show the small window that stays on top.
    """

    end_engine_wanted = Signal()
    small_window_wanted = Signal()

    def __init__(self, monitor: HardwareMonitor, actions: HardwareActions, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._monitor = monitor
        self._actions = actions
        self._feed = ChartFeed(monitor.history)
        self._shown = Reading(0.0)
        self._problem = ""
        self.notices = NoticeBar(theme)
        self.spans = SegmentedControl(_SPANS, "How far back the charts look")
        self.pause_button = button("Pause", tooltip="Hold what is shown; measuring goes on")
        self.pause_button.setCheckable(True)
        self.copy_button = button("Copy", tooltip="Copy all figures as text")
        self.export_button = button("Export…", tooltip="Save the last hour as CSV")
        self.small_button = button("Small window", tooltip="A small window that stays on top")
        self.no_gpu = NoGpuCard()
        self.gpu_rows: list[GpuRow] = []
        self._versions = ElidedLabel("", TextRole.CAPTION)
        self._tools = QHBoxLayout()
        self._gpu_column = QVBoxLayout()
        self.cpu = CpuCard(theme, self._feed)
        self.memory = MemoryCard(theme, self._feed)
        self.drive = DriveCard(theme, self._feed)
        self.engine = EngineCard(theme, self._feed)
        self.processes = ProcessCard()
        self._ending = EndingOffers(self.notices, actions.end, self.end_engine_wanted.emit)
        self._build()
        self._connect()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self._gpu_column.setSpacing(_GAP)
        self._gpu_column.addWidget(self.no_gpu)
        self.no_gpu.hide()
        self._add_gpu_row()
        rest = QHBoxLayout()
        rest.setSpacing(_GAP)
        for card, share in ((self.cpu, 10), (self.memory, 9), (self.drive, 9)):
            rest.addWidget(card, share)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(_GAP)
        column.addLayout(self._title_row())
        column.addWidget(self.notices)
        column.addLayout(self._gpu_column)
        column.addLayout(rest)
        column.addWidget(self.engine)
        column.addWidget(self.processes)
        column.addStretch(1)
        fill_with_scrolled(self, content)

    def _title_row(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(label("This PC", TextRole.TITLE))
        texts.addWidget(self._versions)
        self._tools.setSpacing(8)
        tools = (self.pause_button, self.copy_button, self.export_button, self.small_button)
        for tool in (self.spans, *tools):
            self._tools.addWidget(tool)
        row = QHBoxLayout()
        row.addLayout(texts, 1)
        row.addLayout(self._tools)
        return row

    def add_tool(self, tool: QWidget) -> None:
        """Put one more control beside the others."""
        self._tools.insertWidget(self._tools.count() - 1, tool)

    def _add_gpu_row(self) -> GpuRow:
        row = GpuRow(self._theme)
        self.gpu_rows.append(row)
        self._gpu_column.addWidget(row)
        return row

    def _connect(self) -> None:
        self._monitor.reading.connect(self._take)
        self.spans.chosen.connect(lambda key: self._feed.choose(Span[key]))
        self.pause_button.toggled.connect(self._pause)
        self.copy_button.clicked.connect(self._copy)
        self.export_button.clicked.connect(self._export)
        self.small_button.clicked.connect(self.small_window_wanted)
        self.processes.end_wanted.connect(self._ending.ask)
        self._actions.done.connect(self._show_done)
        self._actions.failed.connect(self._show_error)

    # ---- readings --------------------------------------------------------------------------

    def _take(self, reading: Reading) -> None:
        is_seen = self.isVisible() and not self.window().isMinimized()
        if is_seen and not self.pause_button.isChecked():
            self.show_reading(reading)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not drawn."""
        super().showEvent(event)
        self._monitor.set_watched("dashboard", True)
        if self._monitor.latest is not None:
            self._take(self._monitor.latest)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks at processes any more."""
        super().hideEvent(event)
        self._monitor.set_watched("dashboard", False)

    def _pause(self, paused: bool) -> None:
        self.pause_button.setText("Go on" if paused else "Pause")
        self._feed.hold(paused)
        if not paused and self._monitor.latest is not None:
            self._take(self._monitor.latest)

    def show_reading(self, reading: Reading) -> None:
        """Show this moment."""
        self._shown = reading
        self._show_gpus(reading)
        self.cpu.show_cpu(reading.cpu)
        self.memory.show_memory(reading.memory, reading.processes)
        self.drive.show_disks(reading.disks)
        self.engine.show_engine(reading)
        if reading.processes is not None:
            self.processes.show_processes(reading.processes)
            self._ending.look_for_left_overs(reading.processes)
        self._feed.refresh()

    def _show_gpus(self, reading: Reading) -> None:
        survey = reading.gpu
        for gpu in survey.gpus:
            self._row_of(gpu.key).show_gpu(gpu, reading)
        there = {gpu.key for gpu in survey.gpus}
        for row in self.gpu_rows:
            if row.key and row.key not in there:
                row.show_gone(survey)
        is_any_known = any(row.key for row in self.gpu_rows)
        self.no_gpu.show_survey(survey)
        self.no_gpu.setVisible(not is_any_known)
        self.gpu_rows[0].setVisible(is_any_known)
        self._versions.setText(_versions(survey))
        # A GPU that is gone says it itself; without any the card does, in their place.
        are_all_there = len(there) == sum(1 for row in self.gpu_rows if row.key)
        self._show_problem(survey if there and are_all_there else GpuSurvey())

    def _row_of(self, key: str) -> GpuRow:
        """The row of a GPU; the one that has kept the place is taken first."""
        row = next((row for row in self.gpu_rows if row.key in (key, "")), None)
        if row is None:
            row = self._add_gpu_row()
        row.take(key, self._feed)
        return row

    def _show_problem(self, survey: GpuSurvey) -> None:
        if survey.problem == self._problem:
            return
        self._problem = survey.problem
        if survey.problem:
            role = Role.MUTED if survey.is_asleep else Role.WARNING
            notice = Notice(survey.problem, survey.advice, role, key="gpu")
            self.notices.show_notice(notice)
        else:
            self.notices.clear("gpu")

    # ---- wishes ----------------------------------------------------------------------------

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self._shown))

    def _export(self) -> None:
        day = datetime.now().astimezone().strftime("%Y-%m-%d %H-%M")
        title, name = "Save the last hour", f"LoLLMa readings {day}.csv"
        path, _ = QFileDialog.getSaveFileName(self, title, name, "CSV (*.csv)")
        if path:
            self._actions.save(Path(path), self._csv())

    def _csv(self) -> Callable[[], str]:
        """Makes the text of the last hour, which takes too long for the window's thread."""
        latest, now = self._monitor.latest, datetime.now().astimezone()
        begin = latest.taken_at if latest else 0.0
        history = deepcopy(self._monitor.history)  # it goes on meanwhile
        return lambda: as_csv(history, lambda second: now + timedelta(seconds=second - begin))

    def _show_error(self, error: LollmaError) -> None:
        self.notices.show_notice(Notice(error.title, error.advice, Role.BAD, key="error"))

    def _show_done(self, what: str) -> None:
        self.notices.show_notice(Notice(what, role=Role.GOOD, key="done"))


def _versions(survey: GpuSurvey) -> str:
    words = [
        f"Driver {survey.driver}" if survey.driver else "",
        f"CUDA {survey.cuda}" if survey.cuda else "",
    ]
    return " · ".join(word for word in words if word)
