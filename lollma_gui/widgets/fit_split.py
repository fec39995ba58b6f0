"""How the layers are divided between several GPUs."""

from PySide6.QtWidgets import QCheckBox

from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import short_name, split_words
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.widgets.fit_piece import FitControl
from lollma_gui.widgets.fit_slider import SliderRow
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.text_editors import LineEditor

_WHOLE = 100


class SplitControl(FitControl):
    """A slider between two GPUs, shares in figures for more; or by the memory that is free."""

    def __init__(self) -> None:
        super().__init__()
        self.row = SliderRow("GPU split")
        self.slider = self.row.slider
        self.auto_box = QCheckBox("By free memory")
        self.auto_box.setAccessibleName("Split over GPUs by free memory")
        self.row.top.insertWidget(1, self.auto_box)
        self._names = (self.row.add_caption(), self.row.add_caption())
        self.editor = LineEditor(SETTINGS["tensor_split"])
        self._editor_name = label("Shares, for example 60, 40", TextRole.CAPTION)
        self.problem = ElidedLabel("", TextRole.CAPTION)
        self.problem.hide()
        for piece in (self.row, self._editor_name, self.editor, self.problem):
            self.column.addWidget(piece)
        self._shown = 0
        self.slider.moved.connect(self._want_share)
        self.auto_box.clicked.connect(self._choose_auto)
        self.editor.committed.connect(lambda shares: self.want(tensor_split=shares))
        self.editor.refused.connect(self._show_problem)

    def show_view(self, view: FitView) -> None:
        """Show the split, where there are several GPUs."""
        gpus, shares = view.plan.gpus, view.asked.tensor_split
        self.setVisible(len(gpus) > 1)
        if len(gpus) < 2:
            return
        self._shown = _first_share(view)
        words = split_words(view)
        self.slider.show_position(self._shown, _WHOLE, words)
        self.row.show_words(words)
        self.auto_box.setChecked(not any(shares))
        self.editor.show_value(list(shares))
        for caption, share in zip(self._names, (gpus[0], gpus[-1]), strict=True):
            caption.setText(short_name(share.name))
        self._show_for(len(gpus))

    def _show_for(self, n_gpus: int) -> None:
        is_pair = n_gpus == 2
        self.slider.setVisible(is_pair)
        for caption in self._names:
            caption.setVisible(is_pair)
        self.editor.setVisible(not is_pair)
        self._editor_name.setVisible(not is_pair)

    def _want_share(self, first: int) -> None:
        self.want(tensor_split=[float(first), float(_WHOLE - first)])

    def _choose_auto(self, on: bool) -> None:
        if on:
            self.want(tensor_split=[])
        elif self.slider.isHidden():
            self.editor.control.setFocus()
        else:
            self._want_share(self._shown)

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))


def _first_share(view: FitView) -> int:
    """The first GPU's share in percent: as wished, else as the layers lie."""
    shares = view.asked.tensor_split
    if any(shares):
        return round(shares[0] / sum(shares) * _WHOLE)
    layers = [share.layers for share in view.plan.gpus]
    return round(layers[0] / (sum(layers) or 1) * _WHOLE)
