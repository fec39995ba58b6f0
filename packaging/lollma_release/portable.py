"""LoLLMa for a stick: a zip file that is unpacked anywhere, and leaves nothing on the PC."""

from pathlib import Path

from lollma_release import windows_folder, zip_folder
from lollma_release.product import NAME, Product

#: As in ``lollma_gui/services/places.py``: the app looks for it beside itself.
MARK = "portable.txt"
_WORDS = f"""\
This file makes LoLLMa portable.

Start {windows_folder.PROGRAM}. As long as this file lies beside it, LoLLMa keeps all it knows in
the folder "data" beside it: settings, conversations, the models you fetch, and the access tokens
and keys you give it. Whoever has this folder can read them. Nothing is left on the PC.

A newer version: unpack it elsewhere, and move "data" over.
"""


def build(product: Product) -> Path:
    """Pack the folder that is built; the same bytes each time.

    Raises:
        Trouble: If the folder is not built.
    """
    folder = windows_folder.checked(product)
    instead = {
        MARK: _WORDS.replace("\n", "\r\n").encode(),
        windows_folder.BUILD_JSON: windows_folder.build_json(folder, "portable"),
    }
    return zip_folder.write(folder, product.portable, NAME, product.time, instead)
