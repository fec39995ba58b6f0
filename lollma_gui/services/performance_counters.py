"""Windows' performance counters, read through its own library (pdh.dll).

Texts go over as UTF-16 bytes, so that the same code can be tried where a wide character has four.
"""

import ctypes
from ctypes import byref, c_int32, c_int64, c_uint32, c_void_p
from typing import Any

#: From pdh.h and pdhmsg.h.
_LARGE = 0x400
_MORE_DATA = 0x800007D2 - (1 << 32)  # statuses are signed
_BYTES_OF_CHARACTER = 2


class _Item(ctypes.Structure):
    """PDH_FMT_COUNTERVALUE_ITEM_W with a whole number in it."""

    _fields_ = (("name", c_void_p), ("status", c_uint32), ("value", c_int64))


class CountersError(OSError):
    """Windows does not give these counters."""


class PerformanceCounters:
    """Counters of all instances of some objects, as they are now.

    Args:
        paths: English paths with ``*`` for the instance.
        library: pdh.dll, or what stands for it.

    Raises:
        CountersError: If this Windows has no such counters.
    """

    def __init__(self, paths: tuple[str, ...], library: Any) -> None:
        self._pdh = library
        self._query = c_void_p()
        self._check(library.PdhOpenQueryW(None, c_void_p(0), byref(self._query)))
        self._counters = [self._add(path) for path in paths]

    def read(self) -> list[dict[str, int]]:
        """The values by the names of their instances, for each path.

        Raises:
            CountersError: If Windows cannot tell now.
        """
        self._check(self._pdh.PdhCollectQueryData(self._query))
        return [self._values(counter) for counter in self._counters]

    def close(self) -> None:
        """Let go of the counters."""
        self._pdh.PdhCloseQuery(self._query)

    def _add(self, path: str) -> c_void_p:
        counter, words = c_void_p(), _utf16(path)
        add = self._pdh.PdhAddEnglishCounterW
        self._check(add(self._query, words, c_void_p(0), byref(counter)))
        return counter

    def _values(self, counter: c_void_p) -> dict[str, int]:
        size, count = c_uint32(0), c_uint32(0)
        ask = self._pdh.PdhGetFormattedCounterArrayW
        status = c_int32(ask(counter, c_uint32(_LARGE), byref(size), byref(count), None)).value
        if status != _MORE_DATA:
            return {}  # there is no instance now
        room = ctypes.create_string_buffer(size.value)
        self._check(ask(counter, c_uint32(_LARGE), byref(size), byref(count), room))
        items = ctypes.cast(room, ctypes.POINTER(_Item))
        found = (items[number] for number in range(count.value))
        return {_text_at(item.name): item.value for item in found if item.status == 0}

    @staticmethod
    def _check(status: int) -> None:
        if status != 0:
            raise CountersError(f"performance counters: status {status & 0xFFFFFFFF:#x}")


def _utf16(text: str) -> ctypes.Array[Any]:
    data = text.encode("utf-16-le") + bytes(_BYTES_OF_CHARACTER)
    return ctypes.create_string_buffer(data, len(data))


def _text_at(address: int) -> str:
    length = 0
    while ctypes.string_at(address + length, _BYTES_OF_CHARACTER) != bytes(_BYTES_OF_CHARACTER):
        length += _BYTES_OF_CHARACTER
    return ctypes.string_at(address, length).decode("utf-16-le", "replace")
