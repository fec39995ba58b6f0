"""What the machine is doing now: GPUs, processor, memory, models drive."""

from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.readings import GpuSurvey, Reading
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.tabs.dashboard_cards import CpuCard, DriveCard, GpuRow, MemoryCard, NoGpuCard
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_GAP = 12


class DashboardTab(QWidget):
    """Shows the newest reading of the monitor, whatever of it is known.

    Before the first reading everything has its place already: nothing moves when values arrive.
    """

    def __init__(self, monitor: HardwareMonitor, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._monitor = monitor
        self.notices = NoticeBar(theme)
        self.no_gpu = NoGpuCard()
        self.gpu_rows: list[GpuRow] = []
        self._versions = label("", TextRole.CAPTION)
        self._gpu_column = QVBoxLayout()
        self._gpu_place = QStackedLayout()
        self.cpu = CpuCard(theme)
        self.memory = MemoryCard(theme)
        self.drive = DriveCard(theme)
        self._problem = ""
        self._build()
        monitor.reading.connect(self.show_reading)
        if monitor.latest is not None:
            self.show_reading(monitor.latest)

    def _build(self) -> None:
        title = QHBoxLayout()
        title.addWidget(label("This PC", TextRole.TITLE))
        title.addStretch(1)
        title.addWidget(self._versions)
        with_gpus = QWidget()
        with_gpus.setLayout(self._gpu_column)
        self._gpu_column.setContentsMargins(0, 0, 0, 0)
        self._gpu_column.setSpacing(_GAP)
        self._add_gpu_row()
        self._gpu_place.addWidget(with_gpus)
        self._gpu_place.addWidget(self.no_gpu)
        rest = QHBoxLayout()
        rest.setSpacing(_GAP)
        for card, share in ((self.cpu, 4), (self.memory, 3), (self.drive, 3)):
            rest.addWidget(card, share)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(_GAP)
        column.addLayout(title)
        column.addWidget(self.notices)
        column.addLayout(self._gpu_place)
        column.addLayout(rest)
        column.addStretch(1)
        fill_with_scrolled(self, content)

    def _add_gpu_row(self) -> None:
        row = GpuRow(self._theme)
        self.gpu_rows.append(row)
        self._gpu_column.addWidget(row)

    def show_reading(self, reading: Reading) -> None:
        """Show this moment."""
        self._show_gpus(reading.gpu)
        self.cpu.show_cpu(reading.cpu)
        self.memory.show_memory(reading.memory)
        self.drive.show_disks(reading.disks)

    def _show_gpus(self, survey: GpuSurvey) -> None:
        while len(self.gpu_rows) < len(survey.gpus):
            self._add_gpu_row()
        for number, row in enumerate(self.gpu_rows):
            # The first row keeps the place, also while no GPU is there.
            row.setVisible(number == 0 or number < len(survey.gpus))
            if number < len(survey.gpus):
                row.show_gpu(survey.gpus[number])
        self.no_gpu.show_survey(survey)
        self._gpu_place.setCurrentIndex(0 if survey.gpus else 1)
        self._versions.setText(_versions(survey))
        self._show_problem(survey)

    def _show_problem(self, survey: GpuSurvey) -> None:
        # Without GPUs the card says it, in the place where they would be.
        problem = survey.problem if survey.gpus else ""
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            notice = Notice(problem, survey.advice, Role.WARNING, key="gpu")
            self.notices.show_notice(notice)
        else:
            self.notices.clear("gpu")


def _versions(survey: GpuSurvey) -> str:
    words = [
        f"NVIDIA driver {survey.driver}" if survey.driver else "",
        f"CUDA {survey.cuda}" if survey.cuda else "",
    ]
    return " · ".join(word for word in words if word)
