"""A command as one line that a person can paste into a terminal."""

import shlex
from collections.abc import Sequence

#: What cmd.exe reads something into outside of quotation marks.
_CMD_SPECIAL = set(" \t\n&|<>^()%!,;='")


def shell_line(words: Sequence[str], *, windows: bool) -> str:
    """The words of a command, quoted for a POSIX shell or for Windows' command prompt."""
    return " ".join(_windows_word(w) for w in words) if windows else shlex.join(words)


def _windows_word(word: str) -> str:
    """One word by the rules of Microsoft's C runtime, which nearly every program follows.

    Source: "Parsing C command-line arguments" of Microsoft's C documentation: backslashes count
    as themselves unless a quotation mark follows them.
    """
    if word and '"' not in word and not _CMD_SPECIAL.intersection(word):
        return word
    out, backslashes = ['"'], 0
    for char in word:
        if char == "\\":
            backslashes += 1
            continue
        doubled = backslashes * 2 + 1 if char == '"' else backslashes
        out += ["\\" * doubled, char]
        backslashes = 0
    return "".join([*out, "\\" * (backslashes * 2), '"'])
