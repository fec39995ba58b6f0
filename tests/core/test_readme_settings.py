"""The README's table of settings is that of the app."""

from tools.settings_table import README, with_table


def test_the_readmes_table_of_settings_is_fresh() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text) == text, "run: python tests/tools/settings_table.py"
