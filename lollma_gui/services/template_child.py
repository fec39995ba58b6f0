"""A chat template tried out in a child process: ``python -m lollma_gui --template``.

One line of JSON comes in: the template and its tokens. One goes out: the text of a short
conversation, or why there is none. The template comes from a file that nobody checked: it runs in
the sandbox that the engine uses, and in a process that can be ended whatever it does.
"""

import contextlib
import json
import os
import sys
import threading

from lollma_gui.core.engine_messages import ChatMessage
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.child_process import die_with_parent
from lollma_gui.services.engine.chat_prompt import ChatFormat
from lollma_gui.services.engine.child import take_over_stdout
from lollma_gui.services.tethered import end_with_input

#: More than this of a rendered text is nobody's conversation.
MOST_CHARACTERS = 20_000
#: Memory beyond what the process has once everything is imported.
_MEMORY_BYTES = 512 * 1024**2

EXAMPLE = (
    ChatMessage("system", "You are a helpful assistant."),
    ChatMessage("user", "Hello, who are you?"),
    ChatMessage("assistant", "I am a language model."),
    ChatMessage("user", "Tell me a joke."),
)


def main() -> int:
    """Render one template; ends when that is done, or when the input ends."""
    die_with_parent()
    output = take_over_stdout()
    line = sys.stdin.buffer.readline()
    if not line:
        return 1
    request = json.loads(line)
    threading.Thread(target=end_with_input, name="tether", daemon=True).start()
    output.write(json.dumps(_answer(request["template"], request["bos"], request["eos"])))
    output.flush()
    # Not sys.exit: a template may have left anything behind.
    os._exit(0)


def _answer(template: str, bos: str, eos: str) -> dict[str, str]:
    try:
        made = ChatFormat(template, bos, eos)
        _limit_memory()
        text = made.prompt(EXAMPLE).text
    except LollmaError as error:
        return {"problem": error.title[:MOST_CHARACTERS]}
    except MemoryError:
        return {"problem": "The template wanted more memory than it may have."}
    except RecursionError:
        return {"problem": "The template calls itself without end."}
    if len(text) > MOST_CHARACTERS:
        return {"problem": f"The template made {len(text):,} characters of four short messages."}
    return {"text": text}


def _limit_memory() -> None:
    """From now on only so much more; where the system knows no limits, the parent watches."""
    if not sys.platform.startswith("linux"):
        return
    import resource
    from pathlib import Path

    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + _MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
