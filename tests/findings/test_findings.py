"""Places in a text, and how a finding reads."""

import pytest

from plugin_server.findings.finding import NOWHERE, Place, error, warning
from plugin_server.findings.lines import Lines
from plugin_server.findings.reporter import as_json, show

TEXT = "a\nbc\r\nd\re\n"


@pytest.mark.parametrize(
    ("offset", "position"),
    [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (3, (2, 2)), (6, (3, 1)), (8, (4, 1)), (10, (5, 1))],
)
def test_an_offset_has_a_line_and_a_column(offset: int, position: tuple[int, int]) -> None:
    assert Lines(TEXT).position(offset) == position


def test_lines_are_without_their_breaks() -> None:
    assert [Lines(TEXT)[line] for line in range(1, 6)] == ["a", "bc", "d", "e", ""]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(path=(2, "options", 0)), "code at [2].options[0]: is empty"),
        (Place(elements=("div", "p")), "code at div > p: is empty"),
        (Place(3, 7), "code at line 3: is empty"),
        (NOWHERE, "code: is empty"),
    ],
)
def test_a_finding_says_where_it_is(place: Place, text: str) -> None:
    assert str(error("code", place, "is empty")) == text


def test_a_sentence_has_the_path_and_what_to_do() -> None:
    empty = error("empty", Place(2, 5, path=(0, "label")), "is empty", "Write it.")
    assert empty.sentence == "[0].label: is empty. Write it."
    assert error("empty", Place(2, 5), "is empty", "Write it.").sentence == "is empty. Write it."


def test_only_findings_in_json_have_a_path_for_tools() -> None:
    found = warning("code", Place(1, 2), "is odd", "Write it.")
    assert as_json(found) == {
        "severity": "warning",
        "code": "code",
        "line": 1,
        "column": 2,
        "message": "is odd",
        "hint": "Write it.",
    }
    assert as_json(warning("code", Place(1, 2, path=()), "is odd"))["path"] == "$"


def test_old_line_breaks_do_not_move_the_caret(capsys: pytest.CaptureFixture[str]) -> None:
    show(error("code", Place(4, 1), "is odd", "Write it."), "a.json", TEXT)
    assert capsys.readouterr().out.splitlines() == [
        "a.json:4:1: error [code]",
        "  is odd",
        "  4 | e",
        "    | ^",
        "  Write it.",
        "",
    ]
