"""The documentation's table of variables is the one that the code describes."""

from pathlib import Path

import pytest

from plugin_server.config import docs_table as table
from plugin_server.config.environment import Config

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_documentation_has_the_table_of_the_code() -> None:
    written = DOCUMENT.read_text()
    remedy = f"run `python -m plugin_server.config.docs_table {DOCUMENT}`"
    assert table.replace_table(written) == written, remedy


def test_the_table_has_a_described_row_for_every_variable() -> None:
    rows = [line.strip("| ").split(" | ") for line in table.markdown().splitlines()[2:]]
    assert {name.strip("`").lower() for name, *_ in rows} == set(Config.model_fields)
    assert all(len(row) == 3 and all(row) and row[2] != "None" for row in rows)


def test_the_table_is_written_between_the_markers(tmp_path: Path) -> None:
    document = tmp_path / "configuration.md"
    document.write_text("Before\n\n<!-- variables -->\nold\n<!-- end -->\n\nAfter\n")
    table.main([str(document)])
    text = document.read_text()
    assert text == f"Before\n\n{table.START}{table.markdown()}{table.END}\n\nAfter\n"


def test_it_is_printed_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    table.main([])
    assert capsys.readouterr().out == table.markdown()


def test_a_document_without_markers_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "other.md"
    document.write_text("Nothing here\n")
    with pytest.raises(ValueError, match="substring not found"):
        table.main([str(document)])
    assert document.read_text() == "Nothing here\n"
