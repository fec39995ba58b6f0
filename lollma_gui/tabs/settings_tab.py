"""temporary"""

from PySide6.QtWidgets import QWidget


class SettingsTab(QWidget):
    def __init__(self, *a):
        super().__init__()
