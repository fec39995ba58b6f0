"""How long a streaming answer keeps the window's thread busy. Run by hand:

python tests/benchmarks/markdown_streaming.py
"""

import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

sys.path.insert(0, str(Path(__file__).parents[2]))

from lollma_gui.services.places import resource
from lollma_gui.widgets.markdown_view import MarkdownView
from lollma_gui.widgets.theme import Theme, ThemeChoice

TOKEN = 4  # characters
PART = """## Part {n}: why a longer context needs more

For every token in the context the model keeps a **key** and a *value* vector in each layer, so
later tokens can look back at it. That store is the `KV cache`, and it grows in a straight line;
see [the paper](https://example.org/{n}) for more.

```python
def cache_bytes(layers: int, heads: int, size: int, n_ctx: int) -> int:
    # two vectors a token

    return 2 * layers * heads * size * n_ctx * 2
```

1. Lower `n_ctx`.
2. Store the cache as `q8_0`: half the size.
   - nested, with **bold** words
   - nested again
3. Pick a model with fewer KV heads.

| setting | value | why |
|---|---:|---|
| n_ctx | 16,384 | fits |
| type_k | q8_0 | half of f16 |

> A quote that says
> that this is part {n}.

"""
SOURCES = {
    "mixed": "".join(PART.format(n=n) for n in range(60))[:30_000],
    "one code block": "```python\n" + "    value = compute(value, 12)\n" * 1_030,
    "one list": "".join(f"- item {n} of **many** with `code`\n" for n in range(900))[:30_000],
    "one paragraph": "word and word " * 2_140,
}


def milliseconds(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    shown = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
    return "median {:5.2f}  99 % {:5.2f}  longest {:5.2f} ms".format(*(s * 1000 for s in shown))


def measure(app: QApplication, theme: Theme, name: str, source: str) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    view = MarkdownView(theme)
    view.set_update_interval(0)  # every token is shown: many more updates than in the app
    column.addWidget(view)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.resize(700, 800)
    area.show()
    updates, events = [], []
    for at in range(0, len(source), TOKEN):
        began = time.perf_counter()
        view.append(source[at : at + TOKEN])
        written = time.perf_counter()
        updates.append(written - began)
        app.processEvents()
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        events.append(time.perf_counter() - written)
    began = time.perf_counter()
    view.finish()
    finished = time.perf_counter() - began
    began = time.perf_counter()
    view.set_text(source)
    whole = time.perf_counter() - began
    print(f"{name}, {len(source):,} characters, {len(updates):,} tokens")
    print(f"  append         {milliseconds(updates)}")
    print(f"  layout, paint  {milliseconds(events)}")
    print(f"  finish {finished * 1000:.2f} ms; the whole text at once {whole * 1000:.1f} ms")
    area.close()
    area.deleteLater()


def main() -> None:
    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    style = resource("style.qss").read_text(encoding="utf-8")
    theme = Theme(app, style, ThemeChoice.DARK)
    for name, source in SOURCES.items():
        measure(app, theme, name, source)


if __name__ == "__main__":
    main()
