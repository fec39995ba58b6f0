"""Every widget in all its states on one page, saved as pictures: light, dark, large letters.

Run it where there is no screen too::

    QT_QPA_PLATFORM=offscreen python tests/tools/gallery.py FOLDER
"""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.fit_views import FIT_VIEWS
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.services.places import resource
from lollma_gui.widgets.badge import Badge, StatusDot
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.chart import HistoryChart
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.fit_panel import FitPanel
from lollma_gui.widgets.logo import Wordmark
from lollma_gui.widgets.meter import Meter, Segment, StackedBar
from lollma_gui.widgets.navigation import NavigationRail
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.tables import dress_list, dress_table
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Role, Theme, ThemeChoice

MODELS = [
    ("Qwen3-14B-Instruct", "14.8 B", "Q4_K_M", "9.0 GB", "52 measured"),
    ("gpt-oss-20b", "20.9 B", "MXFP4", "12.1 GB", "~98"),
    ("Llama-3.3-70B-Instruct", "70.6 B", "Q4_K_M", "42.5 GB", "~2"),
    ("SmolLM2-135M-Instruct", "135 M", "Q4_1", "98 MB", "410 measured"),
]


def row(*widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(10)
    for widget in widgets:
        made.addWidget(widget)
    if stretch:
        made.addStretch(1)
    return made


def card(title: str, *parts: QWidget | QLayout, subtitle: str = "") -> Card:
    made = Card(title, subtitle)
    for part in parts:
        if isinstance(part, QWidget):
            made.body.addWidget(part)
        else:
            made.body.addLayout(part)
    made.body.addStretch(1)
    return made


def texts() -> Card:
    narrow = ElidedLabel("A name far too long for the room it has here", TextRole.STRONG)
    narrow.setFixedWidth(160)
    return card(
        "Text",
        label("Title: Is this PC ready?", TextRole.TITLE),
        label("87 % 231 W 64 °C", TextRole.FIGURE),
        row(label("Body"), label("strong", TextRole.STRONG), label("muted", TextRole.MUTED)),
        label("Caption: limit 320 W", TextRole.CAPTION),
        label("n_gpu_layers --flash-attn on", TextRole.MONO),
        narrow,
        subtitle="All from the system's own font",
    )


def buttons() -> Card:
    made = [button("Load", primary=True), button("Unload"), button("Guide", quiet=True)]
    off = [button("Load", primary=True), button("Unload"), button("Guide", quiet=True)]
    for one in off:
        one.setEnabled(False)
    segments = SegmentedControl(
        [("pc", "On this PC"), ("hf", "Hugging Face"), ("d", "Downloads 2")]
    )
    few = SegmentedControl([("on", "On"), ("off", "Off")])
    few.set_enabled("off", False)
    return card("Buttons", row(*made), row(*off), row(segments, few))


def fields() -> Card:
    combo = QComboBox()
    combo.addItems(["Recommended for this PC", "Guide"])
    off = QComboBox()
    off.addItem("Cannot be changed")
    off.setEnabled(False)
    line, dead = QLineEdit(), QLineEdit("n/a")
    line.setPlaceholderText("Search models…")
    dead.setEnabled(False)
    whole, part = QSpinBox(), QDoubleSpinBox()
    whole.setRange(0, 1 << 20)
    whole.setValue(16384)
    part.setValue(0.7)
    boxes = [QCheckBox("Flash attention"), QCheckBox("Lock in RAM"), QCheckBox("Off limits")]
    boxes[0].setChecked(True)
    boxes[2].setEnabled(False)
    rounds = [QRadioButton("This PC only"), QRadioButton("My network")]
    rounds[0].setChecked(True)
    text = QPlainTextEdit("You are a helpful assistant.")
    text.setFixedHeight(52)
    return card("Fields", row(combo, off), row(line, dead), row(whole, part, *rounds),
                row(*boxes), text)  # fmt: skip


def sliders() -> Card:
    slider, off = QSlider(Qt.Orientation.Horizontal), QSlider(Qt.Orientation.Horizontal)
    for one in (slider, off):
        one.setRange(0, 100)
        one.setValue(48)
    off.setEnabled(False)
    bar, busy = QProgressBar(), QProgressBar()
    bar.setValue(60)
    busy.setValue(30)
    busy.setTextVisible(False)
    return card("Sliders and progress", slider, off, bar, busy)


def states(theme: Theme) -> Card:
    badges, dots = [], []
    for text, role in [
        ("Fits", Role.GOOD),
        ("Partly", Role.WARNING),
        ("Mostly CPU", Role.BAD),
        ("Not tried", Role.MUTED),
        ("Loading", Role.ACCENT),
    ]:
        badge, dot = Badge(theme), StatusDot(theme)
        badge.show_state(text, role)
        dot.show_role(role)
        badges.append(badge)
        dots.append(dot)
    return card("States", row(*badges), row(*dots))


def meters(theme: Theme) -> Card:
    vram, gpu, none = Meter(theme, "VRAM"), Meter(theme, "GPU"), Meter(theme, "RAM")
    vram.show_value("12.1 / 16.0 GiB", [(Role.WEIGHTS, 0.63), (Role.OTHERS, 0.12)])
    gpu.show_value("87 % · 64 °C", [(Role.CACHE, 0.87)])
    parts = [
        Segment("Weights", 8.82, Role.WEIGHTS, "8.82 GiB"),
        Segment("KV cache", 2.5, Role.CACHE, "2.50 GiB"),
        Segment("Compute", 0.31, Role.COMPUTE, "0.31 GiB"),
        Segment("CUDA", 0.45, Role.WARNING, "0.45 GiB"),
        Segment("Others", 1.4, Role.OTHERS, "1.40 GiB"),
    ]
    fits, over, empty = StackedBar(theme), StackedBar(theme, legend=False), StackedBar(theme)
    fits.show_segments(parts, 16.0)
    over.show_segments(parts, 10.0)
    empty.show_segments([], 16.0)
    return card("How full", row(vram, gpu, none, stretch=False), fits, over, empty)


def charts(theme: Theme) -> Card:
    wave: list[float | None] = [60 + 20 * math.sin(i / 4) + i % 5 for i in range(60)]
    wave[20:26] = [None] * 6
    wave[40], wave[42] = None, None
    gpu = HistoryChart(theme, Role.CACHE, maximum=100)
    free = HistoryChart(theme, Role.COMPUTE, maximum=None)
    warm = HistoryChart(theme, Role.WARNING, maximum=100)
    for chart, values in ((gpu, wave), (free, wave[::2]), (warm, [])):
        chart.show_values(values)
        chart.setMinimumHeight(70)
    made = card("History", gpu, row(free, warm, stretch=False), subtitle="Gaps where nothing came")
    made.header.addWidget(label("87 %", TextRole.FIGURE))
    return made


def notices(theme: Theme) -> NoticeBar:
    bar = NoticeBar(theme)
    bar.show_notice(Notice("The chat was deleted.", action="Undo"))
    bar.show_notice(Notice("The context was filled.", "Older messages are left out.", Role.WARNING))
    bar.show_notice(
        Notice(
            "The engine ended: the GPU has not enough memory.",
            "Use fewer GPU layers or a shorter context, or close programs that use the GPU. "
            "Under Models the planner shows what would fit on this card.",
            Role.BAD,
            "Show the log",
        )
    )
    return bar


def facts() -> Card:
    made = FactList()
    made.show_facts(
        [
            ("Process", "PID 20417"),
            ("Model file", "/home/somebody/LoLLMa models/Qwen3-14B-Instruct-Q4_K_M.gguf"),
            ("Context", "16,384 tokens"),
            ("Licence", ""),
        ]
    )
    return card("Facts", made)


def fit_panels(theme: Theme) -> QWidget:
    """The fit panel in every verdict, unfolded as far as a window may be high."""
    whole = QWidget()
    grid = QGridLayout(whole)
    grid.setContentsMargins(16, 16, 16, 16)
    grid.setSpacing(12)
    for number, view in enumerate([*(make() for make in FIT_VIEWS.values()), None]):
        panel = FitPanel(theme)
        panel.setFixedSize(372, 640)
        panel.show_view(view)
        grid.addWidget(panel, number // 4, number % 4)
    return whole


def table() -> Card:
    items = QStandardItemModel(0, 5)
    items.setHorizontalHeaderLabels(["Model", "Size", "Quant", "On disk", "Tokens/s"])
    for texts_of_row in MODELS:
        items.appendRow([QStandardItem(text) for text in texts_of_row])
    view = QTableView()
    view.setModel(items)
    items.setParent(view)
    dress_table(view, "Models")
    view.resizeColumnsToContents()
    view.setSortingEnabled(True)
    view.selectRow(1)
    view.setMinimumHeight(150)
    return card("Table", view)


def lists() -> Card:
    view = QListWidget()
    dress_list(view, "Chats")
    view.addItems(["VRAM and context", "Regex for log lines", "Trip to Lisbon"] * 4)
    view.setCurrentRow(0)
    view.setFixedHeight(150)
    return card("List", view)


def page(theme: Theme) -> QWidget:
    whole = QWidget()
    rail = NavigationRail(["Dashboard", "Models", "Settings", "Chat", "Servers", "Setup"])
    rail.set_badge(1, "2")
    empty = EmptyState(
        "No models yet",
        "Get a small model (98 MB) and talk to it in a minute, or choose a folder with models.",
        [("starter", "Get the starter model"), ("folder", "Choose folders…")],
    )
    empty_card = card("", empty)
    grid = QGridLayout()
    grid.setSpacing(12)
    pieces = [texts(), buttons(), fields(), sliders(), states(theme), meters(theme),
              charts(theme), facts(), table(), lists(), empty_card]  # fmt: skip
    for number, piece in enumerate(pieces):
        grid.addWidget(piece, number // 2, number % 2)
    content = QVBoxLayout()
    content.setContentsMargins(16, 16, 16, 16)
    content.setSpacing(12)
    content.addLayout(row(Wordmark(theme)))
    content.addWidget(notices(theme))
    content.addLayout(grid)
    across = QHBoxLayout(whole)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(0)
    across.addWidget(rail)
    across.addLayout(content, 1)
    return whole


def menu(parent: QWidget) -> QMenu:
    made = QMenu(parent)
    made.addAction("Load\tEnter")
    checked = made.addAction("Qwen3-14B-Instruct")
    checked.setCheckable(True)
    checked.setChecked(True)
    made.addSeparator()
    made.addAction("Cannot now").setEnabled(False)
    made.setActiveAction(made.actions()[0])
    return made


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(["gallery"])
    theme = Theme(app, resource("style.qss").read_text(encoding="utf-8"))
    whole = page(theme)
    opened, panels = menu(whole), fit_panels(theme)
    whole.show()
    panels.show()
    app.processEvents()
    whole.resize(1280, whole.sizeHint().height())
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        theme.choose(choice)
        app.processEvents()
        whole.grab().save(str(folder / f"gallery-{choice}.png"))
        panels.grab().save(str(folder / f"fit-panel-{choice}.png"))
        for kind in (QPushButton, QComboBox, QCheckBox, QSlider, QTableView, QListWidget):
            focused = whole.findChild(kind)
            focused.setFocus(Qt.FocusReason.TabFocusReason)
            app.processEvents()
            focused.parentWidget().grab().save(str(folder / f"focus-{kind.__name__}-{choice}.png"))
        opened.adjustSize()
        opened.grab().save(str(folder / f"menu-{choice}.png"))
    whole.close()
    panels.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"))
