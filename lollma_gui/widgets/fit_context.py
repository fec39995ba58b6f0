"""The context length: a slider, a typed number, and one step to the longest that fits."""

from PySide6.QtWidgets import QLabel, QPushButton

from lollma_gui.core.context_stops import context_stops, nearest_stop
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import longest_words, trained_words
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.units import whole
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.fit_piece import FitControl
from lollma_gui.widgets.fit_slider import SliderRow
from lollma_gui.widgets.setting_editor import NumberEditor
from lollma_gui.widgets.text import TextRole, label

#: The slider's end where the model does not say what it was trained on.
_USUAL_END = 131_072


class ContextControl(FitControl):
    """Chooses the context length in tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.editor = NumberEditor(SETTINGS["n_ctx"])
        self.row = SliderRow("Context length", self.editor)
        self.slider = self.row.slider
        self.longest_button = self._longest_button()
        self.problem = label("", TextRole.CAPTION, wrap=True)
        self.problem.hide()
        self._stops = context_stops(_USUAL_END)
        self._longest = 0
        self._trained = self._add_captions()
        self.column.addWidget(self.row)
        self.column.addWidget(self.problem)
        self.editor.setFixedWidth(self._editor_width())
        self.slider.moved.connect(lambda position: self._want(self._stops[position]))
        self.editor.committed.connect(self._want)
        self.editor.refused.connect(self._show_problem)

    def _longest_button(self) -> QPushButton:
        made = button("")
        made.setProperty("kind", "link")
        made.setToolTip("Set the context to the longest that fits")
        made.clicked.connect(lambda: self._want(self._longest))
        return made

    def _add_captions(self) -> QLabel:
        self.row.add_caption("512")
        self.row.captions.addStretch(1)
        self.row.captions.addWidget(self.longest_button)
        return self.row.add_caption()

    def _editor_width(self) -> int:
        return self.fontMetrics().horizontalAdvance("0,000,000 tokens") + 42

    def show_view(self, view: FitView) -> None:
        """Show the context of a view."""
        n_ctx = view.asked.n_ctx or view.n_ctx_train or _USUAL_END
        if not self.slider.isSliderDown():
            self._stops = context_stops(max(view.n_ctx_train or _USUAL_END, n_ctx))
        self._longest = view.longest_context
        longest, trained = longest_words(view), trained_words(view)
        words = f"{whole(n_ctx, 'tokens')}; {longest}; {trained}"
        self.slider.show_position(nearest_stop(self._stops, n_ctx), len(self._stops) - 1, words)
        self.editor.show_value(view.asked.n_ctx)
        self._trained.setText(trained)
        self.longest_button.setText(longest)
        self.longest_button.setEnabled(self._longest > 0)
        self.longest_button.setAccessibleName(f"Context that {longest}")

    def _want(self, n_ctx: SettingValue) -> None:
        self.want(n_ctx=n_ctx)

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
