"""What a person is told when a repository has not what they look for."""

from lollma_gui.core.errors import LollmaError


def not_there(repository: str, what: str) -> LollmaError:
    """A file or quantisation that a repository has not."""
    return LollmaError(f"{repository} has no {what}.", "Choose one of those that are there.")


def no_language_model(repository: str) -> LollmaError:
    """A repository of which nothing writes text."""
    return LollmaError(
        f"Nothing in {repository} is a model that writes text.",
        "Look for the repository with the language model itself.",
    )
