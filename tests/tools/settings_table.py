"""Writes the table of all settings into the README, from the rows the app itself uses.

python tests/tools/settings_table.py
"""

from pathlib import Path

from lollma_gui.core.settings_table import as_markdown

README = Path(__file__).parents[2] / "README.md"
BEGIN = "<!-- settings table: written by tests/tools/settings_table.py -->"
END = "<!-- end of the settings table -->"


def with_table(text: str) -> str:
    """The README with today's table between its marks."""
    before, rest = text.split(BEGIN)
    _old, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{as_markdown().strip()}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
