"""The engine itself: takes commands, sends events, and does not know what carries them.

Commands arrive on the transport's thread and are taken at once, so that a stop is heard in the
middle of a load or an answer; the work is done by one worker thread, which calls ``run``.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lollma_gui.core import engine_settings
from lollma_gui.core.engine_messages import (
    Command,
    Event,
    Failed,
    Finished,
    Generate,
    Load,
    Loaded,
    LoadProgress,
    Quit,
    Stats,
    Stop,
)
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.engine.stop_flag import StopFlag

if TYPE_CHECKING:
    from lollma_gui.services.engine.chat_prompt import ChatFormat
    from lollma_gui.services.engine.llama_model import LlamaModel

_log = logging.getLogger(__name__)


class EngineLoop:
    """Answers commands until ``Quit``.

    Args:
        send: Takes each event; called on the worker's thread.
        write_log: Takes each line of llama.cpp's log.
    """

    def __init__(self, send: Callable[[Event], None], write_log: Callable[[str], None]) -> None:
        self._send = send
        self._write_log = write_log
        self._commands: queue.SimpleQueue[Load | Generate | Quit] = queue.SimpleQueue()
        self._stop = StopFlag()
        # Guards the three below: which request runs, and up to which all are to be stopped.
        self._lock = threading.Lock()
        self._running = 0
        self._stopped_up_to = -1
        self._quitting = False
        self._model: LlamaModel | None = None
        self._chat: ChatFormat | None = None

    # ---- on the transport's thread ---------------------------------------------------------

    def handle(self, command: Command) -> None:
        """Take a command; returns at once."""
        if isinstance(command, Stop):
            with self._lock:
                self._stopped_up_to = max(self._stopped_up_to, command.request)
                if self._running and self._running <= self._stopped_up_to:
                    self._stop.set()
            return
        if isinstance(command, Quit):
            with self._lock:
                self._quitting = True
                self._stop.set()
        self._commands.put(command)

    # ---- on the worker's thread ------------------------------------------------------------

    def run(self) -> None:
        """Do the work until ``Quit``, then free the model."""
        while not isinstance(command := self._commands.get(), Quit):
            if self._begin(command.request):
                self._do(command)
            else:
                self._send_stopped(command)
            with self._lock:
                self._running = 0
        self._close_model()

    def _begin(self, request: int) -> bool:
        with self._lock:
            if self._quitting or request <= self._stopped_up_to:
                return False
            self._running = request
            self._stop.clear()
            return True

    def _send_stopped(self, command: Load | Generate) -> None:
        if isinstance(command, Generate):
            self._send(Finished(command.request, "stopped", Stats()))
        else:
            self._send(Failed(command.request, "The load was cancelled."))

    def _do(self, command: Load | Generate) -> None:
        try:
            if isinstance(command, Load):
                self._load(command)
            else:
                self._generate(command)
        except Cancelled:
            self._send_stopped(command)
        except LollmaError as error:
            self._send(Failed(command.request, error.title, error.advice, error.details))
        except Exception as error:  # noqa: BLE001 - the engine must outlive any request
            _log.exception("the engine could not do %s", type(command).__name__)
            title = f"The engine ran into something unexpected: {type(error).__name__}: {error}."
            self._send(Failed(command.request, title, "Load the model again."))

    def _load(self, command: Load) -> None:
        began = time.monotonic()
        path = Path(command.model_path)
        if not path.is_file():
            raise LollmaError(f"There is no file {path}.", "Search the folders again under Models.")
        self._close_model()
        check_library()
        from lollma_gui.services.engine import library

        log = library.use_log(self._write_log)
        arguments = engine_settings.load_arguments(command.settings)
        progress = _Progress(lambda f: self._send(LoadProgress(command.request, f)))
        model = library.LlamaModel(path, arguments, log, self._stop, progress)
        self._model = model
        template = arguments.chat_template or model.chat_template()
        self._chat = library.ChatFormat(template, model.bos_text(), model.eos_text())
        self._send(
            Loaded(
                command.request,
                n_ctx=model.n_ctx,
                n_ctx_train=model.n_ctx_train,
                layers=log.layers or model.layers,
                gpu_layers=log.gpu_layers,
                load_seconds=time.monotonic() - began,
                engine=library.engine_name(),
                devices=tuple(log.devices) or ("CPU",),
                has_chat_template=self._chat.is_chat,
                buffers=tuple(log.buffers),
                reported=model.reported(),
            )
        )

    def _generate(self, command: Generate) -> None:
        if self._model is None or self._chat is None:
            raise LollmaError("No model is loaded.", "Choose one in the bar at the top.")
        from lollma_gui.services.engine.answer import Answer

        sampling = engine_settings.sampling_arguments(command.settings)
        Answer(self._model, self._chat, command, sampling, self._stop, self._send).run()

    def _close_model(self) -> None:
        if self._model is not None:
            self._model.close()
        self._model = self._chat = None


class _Progress:
    """Passes on whole percents only: a large model has thousands of tensors."""

    def __init__(self, send: Callable[[float], None]) -> None:
        self._send = send
        self._last = -1

    def __call__(self, fraction: float) -> None:
        whole = int(fraction * 100)
        if whole > self._last:
            self._last = whole
            self._send(fraction)


def check_library() -> None:
    """See that llama.cpp can be loaded.

    Raises:
        LollmaError: If it cannot: not installed, or built for another machine.
    """
    try:
        import lollma_gui.services.engine.library
    except (ImportError, OSError, RuntimeError) as error:
        raise LollmaError(
            "llama-cpp-python, the engine's library, is not installed or does not start.",
            "Run packaging/run.py once more; it installs it.",
            str(error),
        ) from error
    del lollma_gui
