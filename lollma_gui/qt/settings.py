"""temporary"""
from PySide6.QtCore import QObject, Signal
class Settings(QObject):
    changed = Signal()
    def __init__(self, folder, parent=None):
        super().__init__(parent); self._v = {"n_ctx": 4096, "max_new_tokens": 512, "temperature": 0.7}
    def set_values(self, v): self._v.update(v)
    def load_values(self, path): return dict(self._v)
    def generation_values(self, path): return dict(self._v)
