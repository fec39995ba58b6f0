"""A server's settings as a ``.kcpps`` file of KoboldCpp, and back."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.koboldcpp_config import exported, read_config, without_secrets
from lollma_gui.qt.background import Background
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.services.servers import koboldcpp_files
from lollma_gui.services.servers.wish import Wish


class KoboldCppFile(QObject):
    """Imports and exports.

    Args:
        session: A server that runs KoboldCpp.
        background: Where files are read and written.

    Signals:
        imported: Path of the model and the ``Imported`` that a file says of it.
        written: Name of the file that was exported.
        failed: A ``LollmaError``.
    """

    imported = Signal(str, object)
    written = Signal(str)
    failed = Signal(object)

    def __init__(self, session: ServerSession, background: Background) -> None:
        super().__init__(session)
        self._session = session
        self._background = background

    def read(self, path: Path) -> None:
        """Take a file over: the model where it is on this PC, and what we have no setting for."""
        self._background.run(
            lambda _job: _read(path),
            on_result=lambda found: self._take(*found),
            on_error=self.failed.emit,
            owner=self,
        )

    def _take(self, config: Mapping[str, Any], model_path: str) -> None:
        session = self._session
        model_path = model_path or session.config.model_path
        if not model_path:
            self.failed.emit(
                LollmaError(
                    "The file's model is not on this PC.",
                    "Choose the model that its settings are for, then import it once more.",
                )
            )
            return
        changed = session.config.with_options(kcpps=config)
        session.configure(replace(changed, model_path=model_path))
        self.imported.emit(model_path, read_config(config))

    def write(self, path: Path) -> None:
        """Write the settings of now, without keys and passwords."""

        def with_wish(wish: Wish) -> None:
            original = self._session.config.options.get("kcpps", {})
            config = exported(original, wish.values, wish.model_path, wish.facts)
            self._background.run(
                lambda _job: koboldcpp_files.write(path, config),
                on_result=lambda _none: self.written.emit(path.name),
                on_error=self.failed.emit,
                owner=self,
            )

        self._session.with_wish(with_wish)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """The keys of a file, and its model where that is on this PC."""
    config = koboldcpp_files.read(path)
    model_path = read_config(config).model_path
    return without_secrets(config), model_path if Path(model_path).is_file() else ""
