"""Tokens a second through the window, and how long the window's event loop is blocked meanwhile.

    python tests/benchmarks/answering.py MODEL [rounds]

Against a bare llama-cpp-python loop with the same model, threads, context and sampling, each in a
fresh process, in turn. Targets: at least 0.98 of the bare loop; the event loop blocked for less
than 16 ms at the 99th percentile while a model is loaded and answers.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMPT = "Write a long story about a lighthouse keeper."
TOKENS = 256
N_CTX = 2048
THREADS = os.cpu_count() or 1
SETTINGS = {
    "n_ctx": N_CTX,
    "threads": THREADS,
    "threads_batch": THREADS,
    "flash_attn": "on",
    "max_new_tokens": TOKENS,
    "temperature": 0.0,
    "repetition_penalty": 1.0,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
    "max_tokens_second": 0,
}

BARE = f"""
import json, sys, time
import llama_cpp
from llama_cpp import llama_cpp as api
if b"AMX_INT8 = 1" in api.llama_print_system_info():
    # The same as our engine does where llama.cpp's AMX kernels would crash.
    defaults = api.llama_model_default_params
    def without_amx():
        params = defaults()
        params.use_extra_bufts = False
        return params
    api.llama_model_default_params = without_amx
llama = llama_cpp.Llama(sys.argv[1], n_ctx={N_CTX}, n_threads={THREADS}, n_threads_batch={THREADS},
                        flash_attn=True, verbose=False)
first = last = None
count = 0
for chunk in llama.create_chat_completion(
    [{{"role": "user", "content": {PROMPT!r}}}], max_tokens={TOKENS}, temperature=0.0,
    repeat_penalty=1.0, stream=True,
):
    if chunk["choices"][0]["delta"].get("content"):
        last = time.monotonic()
        first = first or last
        count += 1
print(json.dumps({{"tokens_per_second": (count - 1) / (last - first)}}))
"""


def through_the_window(model: str, *, feels_pulse: bool) -> None:
    """The child's part: the real app, one load and one answer."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from lollma_gui.app import LollmaApp
    from lollma_gui.core.conversation import Turn
    from lollma_gui.core.engine_status import EngineState, EngineStatus
    from lollma_gui.qt.single_instance import SingleInstance
    from lollma_gui.services.places import Places

    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    places = Places.usual()
    instance = SingleInstance(places.data)
    assert instance.is_first()
    app = LollmaApp(application, places, instance, application.quit)
    beats: list[float] = []
    result: dict[str, object] = {}
    if feels_pulse:  # it costs a little itself, so speed is measured without
        _beat(beats)

    def begin() -> None:
        app.parts.settings.set_values(SETTINGS)
        app.window.show_page("Chat")
        app.parts.engine.status_changed.connect(on_status)
        app.parts.session.answer_ended.connect(on_end)
        QTimer.singleShot(500, load)  # the tabs are made, the library is searched

    def load() -> None:
        beats.clear()
        app.load_model(model)

    def on_status(status: EngineStatus) -> None:
        if status.state is EngineState.READY and not result:
            result["asked"] = True
            QTimer.singleShot(0, lambda: app.parts.session.send(PROMPT))

    def on_end(turn: Turn) -> None:
        assert turn.stats is not None
        result["tokens_per_second"] = turn.stats.tokens_per_second
        result["blocked"] = list(beats)
        app.window.close()

    app.began.connect(begin)
    app.window.show()
    application.exec()
    print(json.dumps(result))


def _beat(beats: list[float]) -> None:
    """Feel the pulse of the event loop: how late a timer of no time at all is served."""
    from PySide6.QtCore import QTimer

    def ask() -> None:
        asked = time.perf_counter()
        QTimer.singleShot(0, lambda: answer(asked))

    def answer(asked: float) -> None:
        beats.append(time.perf_counter() - asked)
        # The pause keeps the heart itself from taking the processor.
        QTimer.singleShot(2, ask)

    ask()


def run(arguments: list[str], home: str) -> dict[str, object]:
    environment = {**os.environ, "LOLLMA_HOME": home}
    done = subprocess.run(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env=environment, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    if sys.argv[1] in ("--window", "--pulse"):
        through_the_window(sys.argv[2], feels_pulse=sys.argv[1] == "--pulse")
        return
    model = str(Path(sys.argv[1]).absolute())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    bare, ours, blocked = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            bare.append(float(str(run(["-c", BARE, model], home)["tokens_per_second"])))
            ours.append(float(str(run([__file__, "--window", model], home)["tokens_per_second"])))
            blocked += list(run([__file__, "--pulse", model], home)["blocked"])  # type: ignore[call-overload]
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"bare loop {statistics.median(bare):.1f} tok/s, window {statistics.median(ours):.1f}")
    print(f"ratio {ratio:.2f} (target at least 0.98)")
    milliseconds = sorted(b * 1000 for b in blocked)
    p99 = milliseconds[int(len(milliseconds) * 0.99)]
    print(
        f"event loop blocked: median {statistics.median(milliseconds):.2f} ms, 99th percentile "
        f"{p99:.1f} ms (target below 16), worst {milliseconds[-1]:.1f} ms, {len(blocked)} beats"
    )


if __name__ == "__main__":
    main()
