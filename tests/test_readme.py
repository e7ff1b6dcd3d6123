"""The README says what is true. Its examples run against a real service in ``tests/serve/test_readme.py``."""

from pathlib import Path

from app.settings import table

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_its_table_of_settings_is_the_one_that_the_settings_print() -> None:
    shown = README.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()
    assert shown == table()
