"""For which PC: this one, or a GPU and RAM to be bought, and the context to count room for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLineEdit, QWidget

from lollma_gui.core import units
from lollma_gui.core.gpu_catalog import GIB, GPUS, RAM_SIZES, GpuModel, find_gpu
from lollma_gui.core.planner_pc import PlannerPc, pc_to_buy, this_pc
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.widgets.buttons import SegmentedControl
from lollma_gui.widgets.text import TextRole, label

_NO_GPU = "No GPU"
#: What is offered first: the guide's own PC.
_FIRST_GPU, _FIRST_RAM = "RTX 4080", 64 * GIB
_MOST_GPUS = 4
_GAP = 8
#: Letters a GPU's name has room for.
_LETTERS = 24
HERE, BUY = "here", "buy"


class PcChoice(QWidget):
    """This PC, or one put together from lists.

    Signals:
        changed: Another PC is wanted; ``pc`` says which.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._facts = PcFacts()
        self.which = SegmentedControl([(HERE, "This PC"), (BUY, "Another PC")], "Which PC")
        self.gpu = _GpuBox()
        self.count = _box("How many GPUs", [(f"{n} ×", n) for n in range(1, _MOST_GPUS + 1)])
        self.ram = _box("RAM", [(f"{size // GIB} GB RAM", size) for size in RAM_SIZES])
        self.ram.setCurrentIndex(self.ram.findData(_FIRST_RAM))
        self._build()
        self.which.chosen.connect(self._follow)
        self.gpu.chosen.connect(self._follow)
        self.count.activated.connect(self._follow)
        self.ram.activated.connect(self._follow)
        self._show_parts()

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for part in (self.which, self.count, self.gpu, self.ram):
            row.addWidget(part)

    # ---- what is chosen --------------------------------------------------------------------

    @property
    def is_here(self) -> bool:
        """Whether it is this PC."""
        return self.which.current() == HERE

    @property
    def pc(self) -> PlannerPc:
        """The PC to plan for."""
        if self.is_here:
            return this_pc(self._facts)
        return pc_to_buy(self.gpu.gpu, self.ram.currentData(), self.count.currentData())

    def show_facts(self, facts: PcFacts) -> None:
        """What this PC is and has free now."""
        self._facts = facts
        if self.is_here:
            self.changed.emit()

    def _follow(self) -> None:
        self._show_parts()
        self.changed.emit()

    def _show_parts(self) -> None:
        gpu = self.gpu.gpu
        for part in (self.gpu, self.count, self.ram):
            part.setVisible(not self.is_here)
        # One chip with its own memory: neither more of it nor other RAM can be had.
        is_free = gpu is None or not gpu.is_unified
        self.ram.setVisible(not self.is_here and is_free)
        self.count.setVisible(not self.is_here and is_free and gpu is not None)


class _Box(QComboBox):
    """A list of choices that a wheel turns only where the keyboard is: the page scrolls."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Elsewhere it is for the page."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _GpuBox(_Box):
    """The GPUs there are, to be chosen from the list or by typing a part of a name.

    Signals:
        chosen: Another GPU.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__("GPU")
        self.setToolTip("Choose a GPU, or type a part of its name")
        self._line = QLineEdit()
        self.setLineEdit(self._line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LETTERS)
        self.setMaxVisibleItems(20)
        self.addItem(_NO_GPU)
        for place, gpu in enumerate(GPUS, 1):
            self.addItem(gpu.label)
            self.setItemData(place, _words(gpu), Qt.ItemDataRole.ToolTipRole)
        first = find_gpu(_FIRST_GPU)
        self.setCurrentIndex(self.findText(first.label) if first else 0)
        self._taken = self.currentIndex()
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.activated.connect(self._take)
        self._line.editingFinished.connect(self._finish)

    @property
    def gpu(self) -> GpuModel | None:
        """The GPU; None for none."""
        return GPUS[self._taken - 1] if self._taken else None

    def _finish(self) -> None:
        """Take what was typed if it means one, else put back what was there."""
        typed = self.currentText().strip()
        flags = Qt.MatchFlag
        index = self.findText(typed, flags.MatchFixedString)
        if index < 0 and typed:
            texts = [self.itemText(i) for i in range(self.count())]
            meant = [i for i, text in enumerate(texts) if typed.lower() in text.lower()]
            # "4080" means the plain one rather than its Laptop and SUPER namesakes.
            index = min(meant, key=lambda i: len(texts[i]), default=-1)
        self._take(index if index >= 0 else self._taken)

    def _take(self, index: int) -> None:
        self.setCurrentIndex(index)
        self.setEditText(self.itemText(index))
        self._line.setCursorPosition(0)
        if index != self._taken:
            self._taken = index
            self.chosen.emit()


def _words(gpu: GpuModel) -> str:
    capability = f", compute capability {gpu.compute_capability}" if gpu.compute_capability else ""
    speed = units.file_size(gpu.bandwidth)
    return f"{gpu.vendor} {gpu.name}: {gpu.kind.value}, {speed}/s{capability}"


def _box(name: str, choices: list[tuple[str, int]]) -> QComboBox:
    made = _Box(name)
    for words, value in choices:
        made.addItem(words, value)
    return made


class ContextChoice(QWidget):
    """How many tokens room is counted for.

    Signals:
        changed: Another context is wanted.
    """

    changed = Signal()
    CHOICES = (2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072)

    def __init__(self, first: int) -> None:
        super().__init__()
        choices = [(units.whole(n, "tokens"), n) for n in self.CHOICES]
        self.box = _box("Context to count room for", choices)
        self.box.setCurrentIndex(self.CHOICES.index(first))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(label("Context", TextRole.MUTED))
        row.addWidget(self.box)
        self.box.activated.connect(self.changed)

    @property
    def tokens(self) -> int:
        """The context."""
        return int(self.box.currentData())
