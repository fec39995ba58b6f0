"""The starter model's card in the models tab: how far it is, and a way out."""

from PySide6.QtWidgets import QProgressBar

from lollma_gui.core import units
from lollma_gui.core.progress import Progress
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import TextRole, label


class StarterProgress(Card):
    """How far the starter model is, and a way out."""

    def __init__(self) -> None:
        super().__init__("Getting the starter model", "SmolLM2-135M-Instruct, 98 MB, Apache-2.0")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the starter model")
        self.words = label("", TextRole.MUTED)
        self.cancel_button = button("Cancel")
        self.header.addWidget(self.cancel_button)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.words)

    def show_progress(self, progress: Progress | None) -> None:
        """Bytes, speed and time left, as far as they are known."""
        if progress is None or not progress.total_bytes:
            self.bar.setRange(0, 0)
            self.words.setText("Connecting…")
            return
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * progress.done_bytes / progress.total_bytes))
        words = [
            f"{units.file_size(progress.done_bytes)} of {units.file_size(progress.total_bytes)}"
        ]
        if progress.bytes_per_second:
            words.append(f"{units.file_size(progress.bytes_per_second)}/s")
        if progress.seconds_left is not None:
            words.append(f"{units.seconds(progress.seconds_left)} left")
        self.words.setText(" · ".join(words))
