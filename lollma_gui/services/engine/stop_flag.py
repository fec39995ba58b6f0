"""A flag that llama.cpp can read in the middle of its work without waking Python."""

import ctypes


class StopFlag:
    """Set from any thread; read by Python and, while it computes, by llama.cpp itself.

    llama.cpp asks its abort callback between any two operations of a graph, thousands of times
    a second. A Python callback there would fight for the interpreter's lock and cost a small
    model a tenth of its speed. The C function that answers "is this byte set?" exists already:
    ``strlen`` of a string that is empty or one character long gives false or true.
    """

    def __init__(self) -> None:
        self._bytes = ctypes.create_string_buffer(2)
        self.callback = ctypes.cast(_c_library().strlen, ctypes.c_void_p)
        self.callback_data = ctypes.cast(self._bytes, ctypes.c_void_p)

    def set(self) -> None:
        """Ask for the stop."""
        self._bytes[0] = b"\x01"

    def clear(self) -> None:
        """Forget the stop."""
        self._bytes[0] = b"\x00"

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._bytes[0] != b"\x00"


def _c_library() -> ctypes.CDLL:
    # On Windows None names no library; the C runtime there is ucrtbase.
    import sys

    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
