"""Pictures of the page about Hugging Face in all its states, against the fake Hub.

    python tests/tools/hub_pictures.py FOLDER

Runs the real app on the display there is (``xvfb-run`` makes one): empty, results, a repository,
a model card, a gated repository, and what was kept while the Hub is out of reach.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.hub_catalog import Listed
from fakes.hub_server import HubFile, HubServer
from helpers.hub_models import REPOSITORY, add_projector, add_quants
from PySide6.QtCore import QBuffer, QByteArray, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from screenshots import SIZES, close, rest, start, wait

from lollma_gui.app import LollmaApp
from lollma_gui.services.places import Places
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.widgets.theme import ThemeChoice

CARD = """---
license: apache-2.0
base_model: some-one/Model-8B
language: [en, de]
tags: [gguf, chat]
---
<p align="center"><img src="logo.png" alt="Logo of the model"></p>

# Model 8B

A model that answers **questions**, and a [paper](https://example.com/paper) about it.

| Task | Score |
|---|---|
| Riddles | 71.2 |
| Sums | 55.0 |

```python
print("Hello")
```
"""


def png() -> bytes:
    image = QImage(360, 90, QImage.Format.Format_RGB32)
    image.fill(0x3F74F0)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def fill(hub: HubServer, folder: Path) -> None:
    """Some repositories to be found, and one to be looked into."""
    for number, (owner, name, billions) in enumerate(
        (
            ("unsloth", "Qwen3-30B-A3B-Instruct-2507-GGUF", 30.5),
            ("bartowski", "Llama-3.3-70B-Instruct-GGUF", 70.6),
            ("ggml-org", "gpt-oss-120b-GGUF", 116.8),
            ("google", "gemma-3-12b-it-qat-q4_0-gguf", 11.8),
            ("Qwen", "Qwen3-0.6B-GGUF", 0.6),
            ("deepseek-ai", "DeepSeek-V3.2-GGUF", 671.0),
            ("mistralai", "Ministral-3-14B-GGUF", 13.9),
            ("HuggingFaceTB", "SmolLM3-3B-GGUF", 3.1),
        )
    ):
        hub.catalog.repositories.append(
            Listed(
                f"{owner}/{name}",
                downloads=1_234_567 // (number + 1),
                likes=900 - 100 * number,
                trending=50 - number,
                parameters=round(billions * 1e9),
                gated="manual" if owner == "google" else False,
            )
        )
    hub.catalog.repositories.append(Listed(REPOSITORY, trending=60))
    add_quants(hub, folder, "Q8_0", "Q6_K", "Q4_K_M", "Q3_K_M", "Q2_K")
    add_projector(hub, folder)
    readme = HubFile(CARD.encode(), is_large=False)
    hub.add_to_repository(REPOSITORY, "main", "README.md", readme)
    hub.add_to_repository(REPOSITORY, "main", "logo.png", HubFile(png(), is_large=False))
    hub.list_repository(REPOSITORY)
    hub.list_repository("google/gemma-3-12b-it-qat-q4_0-gguf", error=(403, "GatedRepo", "No."))


def shoot(app: LollmaApp, folder: Path, name: str) -> None:
    for size in SIZES:
        app.window.resize(size)
        for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
            app.theme.choose(choice)
            rest(200)
            path = folder / f"hub-{name}-{choice}-{size.width()}.png"
            app.window.grab().toImage().save(str(path))


def tour(app: LollmaApp, hub: HubServer, folder: Path) -> None:
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    tab.show_part("hub")
    page, parts = tab.hub, app.parts
    shoot(app, folder, "empty")
    page.search.start.buttons["trending"].click()
    wait(lambda: parts.hub.finder.hits)
    page.search.focus_rows()
    shoot(app, folder, "results")
    page.open(REPOSITORY)
    wait(lambda: parts.hub.check.is_complete)
    rest(1500)
    shoot(app, folder, "repository")
    page.repository.show_part("card")
    wait(lambda: parts.hub.card.card)
    page.repository.card_view.pictures_button.click()
    wait(lambda: parts.hub.card.pictures)
    shoot(app, folder, "card")
    page.open("google/gemma-3-12b-it-qat-q4_0-gguf")
    wait(page.access.isVisible)
    shoot(app, folder, "gated")
    page.back()
    hub.catalog.error = (503, "")
    parts.hub.finder.again()
    wait(lambda: parts.hub.finder.kept_at)
    shoot(app, folder, "offline")
    page.line.setText("words nobody asked for yet")
    page.go()
    wait(lambda: not parts.hub.finder.is_working)
    shoot(app, folder, "unreachable")


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as home, HubServer() as hub:
        fill(hub, Path(home) / "served")
        from huggingface_hub import constants

        constants.ENDPOINT = hub.url
        constants.HUGGINGFACE_CO_URL_TEMPLATE = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        app = start(application, Places.below(Path(home)))
        app.window.resize(QSize(1280, 820))
        tour(app, hub, folder)
        close(app)


if __name__ == "__main__":
    main()
