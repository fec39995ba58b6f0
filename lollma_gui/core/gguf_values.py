"""The values in a GGUF header: numbers, texts, and arrays of them, nested or not."""

import struct
from dataclasses import dataclass

from lollma_gui.core.gguf_cursor import Cursor, damaged

#: Arrays of numbers up to this length are kept (head counts and windows of each layer).
MAX_KEPT_ITEMS = 1024
#: Texts up to this length are kept; a chat template has some ten thousand bytes.
MAX_KEPT_TEXT = 1 << 20
#: All kept texts and arrays of one file together.
MAX_KEPT_BYTES = 64 << 20
#: Real files do not nest arrays at all (llama.cpp refuses them); the specification sets no bounds.
MAX_NESTING = 4
MAX_NESTED_ARRAYS = 65_536

_U32 = struct.Struct("<I")
_ARRAY_HEAD = struct.Struct("<IQ")
_STRING, _ARRAY = 8, 9

#: Number of the type to its name and form; source: ``gguf_type`` in ggml's gguf.h.
_NUMBERS = {
    0: ("uint8", "B"),
    1: ("int8", "b"),
    2: ("uint16", "H"),
    3: ("int16", "h"),
    4: ("uint32", "I"),
    5: ("int32", "i"),
    6: ("float32", "f"),
    7: ("bool", "?"),
    10: ("uint64", "Q"),
    11: ("int64", "q"),
    12: ("float64", "d"),
}
_NAMES = {**{i: name for i, (name, _) in _NUMBERS.items()}, _STRING: "string", _ARRAY: "array"}
_FORMS = {i: struct.Struct("<" + letter) for i, (_, letter) in _NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """An array that was passed over, not kept.

    Attributes:
        item_type: ``uint8`` ... ``float64``, ``bool``, ``string`` or ``array``; ``text`` stands
            for one text too long to keep, whose "items" are its bytes.
        length: How many items.
        offset: Where the first item begins in the file, in bytes.
    """

    item_type: str
    length: int
    offset: int


Scalar = bool | int | float
MetadataValue = Scalar | str | tuple[Scalar, ...] | ArrayInfo


class ValueReader:
    """Reads the values of one file; knows how much of it is kept already."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._to_keep = MAX_KEPT_BYTES
        self._nested = 0

    def read(self, key: str) -> MetadataValue:
        """The value at the cursor, its type before it.

        Raises:
            LollmaError: If it is damaged; ``key`` names it.
            HeaderIncomplete: If the bytes given end before it does.
        """
        what = f"the value of {key}"
        type_id = int(self._cursor.unpack(_U32, what)[0])
        if type_id in _FORMS:
            return self._cursor.unpack(_FORMS[type_id], what)[0]
        if type_id == _STRING:
            return self._text(what)
        if type_id == _ARRAY:
            return self._array(what)
        raise damaged(f"{what} has the unknown type {type_id}")

    def _text(self, what: str) -> str | ArrayInfo:
        length = self._cursor.length(what)
        if length > MAX_KEPT_TEXT or not self._may_keep(length):
            info = ArrayInfo("text", length, self._cursor.position)
            self._cursor.skip(length, what)
            return info
        return self._cursor.take(length, what).decode("utf-8", "replace")

    def _array(self, what: str) -> tuple[Scalar, ...] | ArrayInfo:
        type_id, length = self._array_head(what)
        form = _FORMS.get(type_id)
        if form and length <= MAX_KEPT_ITEMS and self._may_keep(form.size * length):
            return self._cursor.unpack(struct.Struct(f"<{length}{form.format[1:]}"), what)
        info = ArrayInfo(_NAMES[type_id], length, self._cursor.position)
        self._skip_items(type_id, length, what, MAX_NESTING)
        return info

    def _array_head(self, what: str) -> tuple[int, int]:
        type_id, length = (int(n) for n in self._cursor.unpack(_ARRAY_HEAD, what))
        if type_id not in _NAMES:
            raise damaged(f"{what} is an array of the unknown type {type_id}")
        return type_id, length

    def _skip_items(self, type_id: int, length: int, what: str, nesting: int) -> None:
        form = _FORMS.get(type_id)
        if form:
            self._cursor.skip(form.size * length, what)
        elif type_id == _STRING:
            self._cursor.skip_texts(length, what)
        else:
            self._skip_arrays(length, what, nesting)

    def _skip_arrays(self, length: int, what: str, nesting: int) -> None:
        self._nested += length
        if not nesting or self._nested > MAX_NESTED_ARRAYS:
            raise damaged(f"{what} nests arrays too deeply or too often")
        self._cursor.check(_ARRAY_HEAD.size * length, what)
        for _ in range(length):
            self._skip_items(*self._array_head(what), what, nesting - 1)

    def _may_keep(self, n_bytes: int) -> bool:
        if n_bytes > self._to_keep:
            return False
        self._to_keep -= n_bytes
        return True
