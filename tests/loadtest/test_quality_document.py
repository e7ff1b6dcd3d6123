from pathlib import Path

import pytest

from loadtest.quality_document import HEAD, write_section


def test_a_section_takes_its_place_and_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "quality.md"
    write_section("timings", "## Timings\n\nold\n", path)
    write_section("windows", "## Windows\n\n| a | b |\n", path)
    write_section("timings", "## Timings\n\nnew\n", path)
    assert path.read_text("utf-8") == (
        f"{HEAD}\n<!-- windows -->\n\n## Windows\n\n| a | b |\n\n<!-- /windows -->\n"
        "\n<!-- timings -->\n\n## Timings\n\nnew\n\n<!-- /timings -->\n"
    )


def test_a_section_that_the_document_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'tempo' is not one of windows, words, timings"):
        write_section("tempo", "## Tempo\n", tmp_path / "quality.md")
