"""LoLLMa runs already: have it take over what this start was for."""

from collections.abc import Sequence
from typing import TextIO

from lollma_gui.qt.single_instance import HandOver, SingleInstance
from lollma_gui.services.foreground import let_others_come_to_front


def run(instance: SingleInstance, files: Sequence[str], errors: TextIO) -> int | None:
    """Hand files over to the instance that runs.

    Args:
        instance: Ours, which is not the first.
        files: Whole paths of models.
        errors: Where to say that it does not answer.

    Returns:
        The exit status; None if the other one has ended meanwhile and we are the first now.
    """
    let_others_come_to_front()
    outcome = instance.hand_over(files)
    if outcome is HandOver.SILENT:
        errors.write(
            "LoLLMa is running already but does not answer. End it (see the system's list of "
            "programs), then start again.\n"
        )
        return 1
    return 0 if outcome is HandOver.HEARD else None
