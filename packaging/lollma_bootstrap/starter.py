"""Offers a small model to whoever has none, once."""

import os
import subprocess
import sys

from lollma_bootstrap.places import Checkout, clean_environment
from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import say

#: Asks the app where its things are. Someone with a database has used it before and knows.
_KNOWS_MODELS = """
from lollma_gui.services.places import Places
places = Places.usual()
seen = places.data.is_dir() and any(places.data.iterdir())
print(seen or (places.models.is_dir() and any(places.models.rglob("*.gguf"))))
"""


def is_interactive() -> bool:
    """Whether a person sits before this terminal and can answer."""
    if os.environ.get("CI"):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def offer(checkout: Checkout) -> None:
    """Ask whether to fetch the starter model, if there is no model and it was not refused."""
    if checkout.starter_declined.exists() or not is_interactive() or _has_models(checkout):
        return
    try:
        answer = input("You have no model yet. Fetch a small one to start with (98 MB)? [Y/n] ")
    except EOFError:
        return
    if answer.strip().lower() in ("n", "no"):
        checkout.starter_declined.touch()
        return
    status = subprocess.call(
        [str(checkout.python), "-m", "lollma_gui", "get-starter"], env=clean_environment()
    )
    if status:
        say("That did not work; the app can fetch models too (tab Models).")


def _has_models(checkout: Checkout) -> bool:
    status, output, _ = answer_of([checkout.python, "-c", _KNOWS_MODELS], clean_environment())
    return status != 0 or output.strip() != "False"
