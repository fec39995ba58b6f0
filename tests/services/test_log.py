"""The log file: what goes into it, and what must not."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lollma_gui.services.log import LogFile


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def log(tmp_path: Path, told: list[str]) -> Iterator[LogFile]:
    level = logging.getLogger().level
    log = LogFile(tmp_path / "logs", told.append)
    log.open()
    yield log
    log.close()
    logging.getLogger().setLevel(level)


def test_what_is_logged_stands_in_the_file(log: LogFile) -> None:
    logging.getLogger("lollma_gui.test").info("a model was loaded")
    assert "INFO lollma_gui.test: a model was loaded" in log.path.read_text(encoding="utf-8")


def test_tokens_of_the_hub_never_reach_the_file(log: LogFile) -> None:
    try:
        raise RuntimeError("401 for hf_ABCDEFGHijkl")
    except RuntimeError:
        logging.getLogger().info("token=hf_0123456789abc", exc_info=True)
    text = log.path.read_text(encoding="utf-8")
    assert "hf_0123" not in text
    assert "hf_ABCD" not in text
    assert text.count("…") == 3


def test_an_error_nobody_caught_is_logged_and_told(
    log: LogFile, told: list[str], expect_log
) -> None:
    expect_log("nobody caught this")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("odd"), None)
    assert told == ["ZeroDivisionError: division by zero", "ValueError: odd"]
    assert "ZeroDivisionError" in log.path.read_text(encoding="utf-8")


def test_afterwards_everything_is_as_before(tmp_path: Path) -> None:
    hooks = sys.excepthook, threading.excepthook
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    log = LogFile(tmp_path, lambda _text: None)
    log.open()
    assert sys.excepthook != hooks[0]
    log.close()
    assert logging.getLogger().handlers == handlers
    assert sys.excepthook is sys.__excepthook__
    logging.getLogger().setLevel(level)
