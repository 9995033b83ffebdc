"""Places in a text, and how a finding reads."""

from dataclasses import replace

import pytest

from plugin_server.findings.finding import NOWHERE, Finding, Place, error, warning
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


WRITTEN = replace(
    error("code", Place(4, 3, file="templates/blocks/a.html"), "is odd", "Write it."),
    source_line="  <b>{{ text }}</b>",
    rendered="<b>Words</b>",
)


def test_what_a_template_wrote_is_shown_with_its_line_and_what_was_rendered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(WRITTEN, "the page", err=True)
    assert capsys.readouterr().err.splitlines() == [
        "templates/blocks/a.html:4:3: error [code]",
        "  is odd",
        "  4 |   <b>{{ text }}</b>",
        "    |   ^",
        "  Rendered: <b>Words</b>",
        "  Write it.",
        "",
    ]


def test_what_is_rendered_as_it_is_written_is_shown_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(replace(WRITTEN, rendered="<b>{{ text }}</b>"), "the page")
    assert "Rendered" not in capsys.readouterr().out


def test_a_finding_without_a_line_has_the_file_only(capsys: pytest.CaptureFixture[str]) -> None:
    show(error("code", NOWHERE, "is odd"), "a.html")
    assert capsys.readouterr().out.splitlines() == ["a.html: error [code]", "  is odd", ""]


def test_tools_get_the_template_and_what_was_rendered() -> None:
    found = as_json(WRITTEN)
    assert (found["file"], found["rendered"]) == ("templates/blocks/a.html", "<b>Words</b>")


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (WRITTEN, "templates/blocks/a.html, line 4: is odd. Write it."),
        (error("code", Place(file="a.html"), "is odd"), "a.html: is odd"),
        (error("code", NOWHERE, "is odd", "Write it."), "is odd. Write it."),
    ],
)
def test_an_explanation_is_one_line(finding: Finding, text: str) -> None:
    assert finding.explanation == text


def test_a_line_and_a_column_have_an_offset() -> None:
    assert [Lines(TEXT).offset(*Lines(TEXT).position(each)) for each in range(9)] == [*range(9)]
