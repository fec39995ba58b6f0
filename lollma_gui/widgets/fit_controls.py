"""The fit panel's controls for layers, cache, attention and experts.

Each shows its part of a view and tells what a person wants; none of them decides anything.
"""

from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import layers_words, most_layers_words
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.units import whole
from lollma_gui.widgets.buttons import SegmentedControl
from lollma_gui.widgets.fit_piece import FitControl
from lollma_gui.widgets.fit_slider import SliderRow
from lollma_gui.widgets.setting_editor import ChoiceBox, ChoiceEditor
from lollma_gui.widgets.text import TextRole, label

_NO_GPU = "No GPU was found: the whole model runs in RAM."
_OTHER = "other"
_SIMPLE_TYPES = ("f16", "q8_0", "q4_0")
_UBATCHES = (128, 256, 512, 1024, 2048)
_AS_MANY_AS_FIT = -1


class LayersControl(FitControl):
    """How many layers lie on the GPU, or as many as fit."""

    def __init__(self) -> None:
        super().__init__()
        self.row = SliderRow("GPU layers")
        self.slider = self.row.slider
        self.auto_box = QCheckBox("As many as fit")
        self.auto_box.setAccessibleName("As many GPU layers as fit")
        self.row.top.insertWidget(1, self.auto_box)
        self.row.add_caption("0")
        self._most = self.row.add_caption()
        self.reason = label(_NO_GPU, TextRole.MUTED, wrap=True)
        self.column.addWidget(self.row)
        self.column.addWidget(self.reason)
        self.slider.moved.connect(lambda layers: self.want(n_gpu_layers=layers))
        self.auto_box.clicked.connect(self._choose_auto)

    def show_view(self, view: FitView) -> None:
        """Show the layers; where there is no GPU, say so instead."""
        has_gpu = bool(view.plan.gpus)
        self.row.setVisible(has_gpu)
        self.reason.setVisible(not has_gpu)
        words, most = layers_words(view), most_layers_words(view)
        self.slider.show_position(view.plan.gpu_layers, view.layers, f"{words}; {most}")
        self.row.show_words(words)
        self._most.setText(most)
        self.auto_box.setChecked(view.asked.n_gpu_layers < 0)

    def _choose_auto(self, on: bool) -> None:
        self.want(n_gpu_layers=_AS_MANY_AS_FIT if on else self.slider.value())


class CacheControl(FitControl):
    """The number format of keys and values, together or apart."""

    def __init__(self) -> None:
        super().__init__()
        options = [(name, name.upper()) for name in _SIMPLE_TYPES]
        self.types = SegmentedControl([*options, (_OTHER, "Other…")], "KV cache")
        self.keys = ChoiceEditor(SETTINGS["type_k"])
        self.values = ChoiceEditor(SETTINGS["type_v"])
        self._apart = QWidget()
        self._wants_apart = False
        self._lay_out_apart()
        self.column.addWidget(label("KV cache", TextRole.MUTED))
        self.column.addWidget(self.types)
        self.column.addWidget(self._apart)
        self.types.chosen.connect(self._choose)
        self.keys.committed.connect(lambda name: self.want(type_k=name))
        self.values.committed.connect(lambda name: self.want(type_v=name))

    def _lay_out_apart(self) -> None:
        grid = QGridLayout(self._apart)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        for column, (name, editor) in enumerate((("Keys", self.keys), ("Values", self.values))):
            grid.addWidget(label(name, TextRole.CAPTION), 0, column)
            grid.addWidget(editor, 1, column)
            grid.setColumnStretch(column, 1)

    def show_view(self, view: FitView) -> None:
        """Show the formats; apart where they differ, or where a person wanted to see them so."""
        keys, values = view.asked.type_k, view.asked.type_v
        is_simple = keys == values and keys in _SIMPLE_TYPES
        apart = self._wants_apart or not is_simple
        self.types.choose(_OTHER if apart else keys)
        self.keys.show_value(keys)
        self.values.show_value(values)
        self._apart.setVisible(apart)

    def _choose(self, key: str) -> None:
        self._wants_apart = key == _OTHER
        self._apart.setVisible(self._wants_apart)
        if not self._wants_apart:
            self.want(type_k=key, type_v=key)


class ComputeControl(FitControl):
    """Flash attention and the physical batch, which decide about working memory."""

    def __init__(self) -> None:
        super().__init__()
        self.flash = SegmentedControl([("on", "On"), ("off", "Off")], "Flash attention")
        self.ubatch = ChoiceBox()
        self.ubatch.setAccessibleName("Physical batch (n_ubatch)")
        self.ubatch.setToolTip(SETTINGS["n_ubatch"].explanation)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("Flash attention", TextRole.MUTED), 0, 0)
        grid.addWidget(label("Physical batch", TextRole.MUTED), 0, 1)
        grid.addWidget(self.flash, 1, 0)
        grid.addWidget(self.ubatch, 1, 1)
        self.column.addLayout(grid)
        for tokens in _UBATCHES:
            self._add_ubatch(tokens)
        self.flash.chosen.connect(lambda key: self.want(flash_attn=key))
        self.ubatch.activated.connect(lambda index: self.want(n_ubatch=self.ubatch.itemData(index)))

    def _add_ubatch(self, tokens: int) -> None:
        self.ubatch.addItem(whole(tokens, "tokens"), tokens)

    def show_view(self, view: FitView) -> None:
        """Show both; a batch that is not in the list is added to it."""
        self.flash.choose("on" if view.asked.flash_attn else "off")
        tokens = view.asked.n_ubatch
        if self.ubatch.findData(tokens) < 0:
            self._add_ubatch(tokens)
        self.ubatch.setCurrentIndex(self.ubatch.findData(tokens))


class ExpertsControl(FitControl):
    """How many of the first blocks leave their experts in RAM; for models with experts."""

    def __init__(self) -> None:
        super().__init__()
        self.row = SliderRow("Experts in RAM")
        self.slider = self.row.slider
        self.slider.setToolTip(SETTINGS["n_cpu_moe"].explanation)
        self.column.addWidget(self.row)
        self.slider.moved.connect(lambda blocks: self.want(n_cpu_moe=blocks))

    def show_view(self, view: FitView) -> None:
        """Show the blocks, where there are experts and a GPU."""
        self.setVisible(bool(view.expert_blocks and view.plan.gpus))
        blocks = view.layers - 1
        words = f"{min(view.asked.n_cpu_moe, blocks)} of {blocks} blocks"
        self.slider.show_position(min(view.asked.n_cpu_moe, blocks), blocks, words)
        self.row.show_words(words)
