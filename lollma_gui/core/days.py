"""When something was, in words that need no calendar."""

from datetime import datetime

_DAYS = {0: "today", 1: "yesterday"}


def day_words(at: float, now: datetime) -> str:
    """The day of a moment: ``today``, ``yesterday``, ``5 days ago``, then its date.

    Args:
        at: Seconds since 1970.
        now: The present, in the person's time zone.
    """
    then = datetime.fromtimestamp(at, now.tzinfo)
    days = (now.date() - then.date()).days
    if 0 <= days < 7:
        return _DAYS.get(days, f"{days} days ago")
    return f"{then.day} {then:%b %Y}"
