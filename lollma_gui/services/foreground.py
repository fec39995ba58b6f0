"""Windows lets only the program in front bring a window to the front: pass that right on."""

import sys

#: ASFW_ANY of winuser.h: whichever program asks next.
_ANY_PROCESS = 0xFFFFFFFF


def let_others_come_to_front() -> None:
    """Allow the LoLLMa that runs already to show its window above others. Needed on Windows only.

    A person has just started this process, so it may pass the right on; else the window would only
    blink in the task bar.
    """
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(_ANY_PROCESS)
