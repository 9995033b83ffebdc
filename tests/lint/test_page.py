"""Any text can be linted, and findings say where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.lint_cases import codes, find

from plugin_server.findings.finding import Place
from plugin_server.lint.linter import lint
from plugin_server.lint.page import read


@pytest.mark.parametrize(
    ("html", "place"),
    [
        ("<p>\n  <img src='https://a.example/a.png' width=1>", Place(2, 3)),
        ("<!-- <img> -->\n<img src='https://a.example/a.png' width=1>", Place(2, 1)),
        ("<p title='<img>'><img src='https://a.example/a.png' width=1>", Place(1, 18)),
        ('<p title="a>b"\r\n><IMG src="https://a.example/a.png" width=1>', Place(2, 2)),
        ("<style>/*<img>*/</style><img src='https://a.example/a.png' width=1>", Place(1, 25)),
        ("</nothing><img src='https://a.example/a.png' width=1>", Place(1, 11)),
    ],
)
def test_a_finding_has_its_line_and_column(html: str, place: Place) -> None:
    assert find(html, "image-alt").place == place


def test_an_element_that_parsers_add_is_where_its_parent_is() -> None:
    [table, body, *_] = read("\n<table><tr><td>").elements
    assert (body.tag, body.place) == ("tbody", table.place)


def test_a_rule_has_its_line() -> None:
    html = "<div>\n<style>\n\n.x { color:red }\n@media print {\n.x { opacity:1 } }\n</style></div>"
    lines = {each.feature: each.place.line for each in lint(html, ["outlook"]) if each.feature}
    assert (lines["css-at-media"], lines["css-opacity"]) == (5, 6)


def test_findings_come_in_the_order_of_the_source() -> None:
    found = lint("<p onclick>\n<img>\n<a href=''>\n<b onclick>")
    places = [(finding.place.line, finding.place.column) for finding in found]
    assert places == sorted(places)


def test_a_whole_email_is_distinguished_from_a_block() -> None:
    assert read("<!DOCTYPE html><HTML><body><p>a").is_whole
    assert read("<!doctype html><p>a</p>").is_whole
    assert not read("<p>a</p>").is_whole
    assert not read("<p>a</p></body></html>").is_whole
    assert not read("<!-- <html> --><p>a</p>").is_whole


PIECES = ["<", ">", "</", "<!--", "-->", "<p", "style=", '"', "'", "url(", "{", "}", "@media", ";"]
PIECES += ["<style>", "</style>", "<table>", "<td>", "<a href=", "<svg>", "&#0;", "\0", "\ud800"]
PIECES += ["<![CDATA[", "<?", "<html>", "(", "[", ":", "\\", "<template>", "<title>", "color:rgb("]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join))
@settings(max_examples=400)
def test_nothing_is_too_broken_to_be_linted(html: str) -> None:
    for finding in lint(html):
        assert finding.place.line >= 1
        assert finding.place.column >= 1


@pytest.mark.parametrize(
    "html",
    [
        *("<" * 100_000, "<p " * 30_000, "<p a='" * 30_000, "<!--" * 30_000, "<a>" * 3_000),
        *('<p style="' + "a(" * 50_000 + '">', '<p style="' + "a:b;" * 20_000 + '">'),
        *("<style>" + "@media x{" * 1_000, "<style>" + "a{" * 1_000, "<p =" * 30_000),
        *("&lt;" * 30_000, "<style>" * 20_000, "\n" * 200_000, "<title>" * 20_000),
    ],
    ids=lambda html: html[:12],
)
def test_hostile_input_is_read_to_its_end(html: str) -> None:
    assert all(finding.place.line >= 1 for finding in lint(html))


def test_too_many_elements_inside_each_other_are_one_finding() -> None:
    assert "too-deep" in codes("<div>\n" * 1_100)
    assert "too-deep" not in codes("<div>\n</div>" * 1_100)
