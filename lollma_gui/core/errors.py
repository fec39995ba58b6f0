"""The one kind of error a person is shown."""


class LollmaError(Exception):
    """Something went wrong that a person can understand and act upon.

    Attributes:
        title: One sentence that says what happened.
        advice: One sentence that says what to do next; may be empty.
        details: Lines for the log or a "details" fold-out; may be empty.
    """

    def __init__(self, title: str, advice: str = "", details: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.advice = advice
        self.details = details

    def __str__(self) -> str:
        return f"{self.title} {self.advice}".strip()


class Cancelled(Exception):  # noqa: N818 - not an error: the person asked for it
    """Raised inside a long job after the person asked to cancel it."""
