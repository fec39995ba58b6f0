"""Words of strangers for a tooltip: Qt takes what looks like HTML for HTML."""

import html


def plain_tip(text: str) -> str:
    """The text as a tooltip shows it to the letter.

    A picture in a name would be loaded from wherever it says, on Windows from another PC too.
    """
    if "<" not in text and "&" not in text:
        return text
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>"
