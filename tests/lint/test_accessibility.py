"""Readers who listen, enlarge or read from the right."""

import pytest
from support.blocks.lint_cases import codes, find

from plugin_server.findings.finding import Severity


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a</li></ul><ol><li>a<ul><li>b</li></ul></li></ol>", []),
        ("<div><li>a</li></div>", ["list-item"]),
        ("<ul><p>a</p></ul>", ["list-content"]),
        ("<ol><li>a</li><ul><li>b</li></ul></ol>", ["list-content"]),
    ],
)
def test_lists_consist_of_items(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


def link(inside: str, attributes: str = "") -> str:
    return f'<a href="https://a.example/" target="_blank"{attributes}>{inside}</a>'


def image(alt: str | None) -> str:
    said = "" if alt is None else f' alt="{alt}"'
    return f'<img src="https://a.example/a.png" width="20"{said}>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (image(None), ["image-alt"]),
        (image(""), []),
        (image("A boat"), []),
        (image("IMG_1234.JPG"), ["image-alt-file"]),
        (image("A boat called a.png"), []),
        (link(image("")), ["image-alt-link"]),
        (link(image("A boat")), []),
        (link(image("") + "All boats"), []),
        (link(image(""), ' aria-label="All boats"'), []),
        (link(" "), ["link-empty"]),
        (link("<b>Click</b> here!"), ["link-vague"]),
        (link("Click here for boats"), []),
    ],
)
def test_images_and_links_say_something(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<table><tr><td>a</td></tr></table>", ["table-role"]),
        ("<table role=none><tr><td>a</td></tr></table>", []),
        ("<table><tr><th>a</th></tr></table>", []),
        ("<table role=presentation><tr><th>a</th></tr></table>", ["table-layout-data"]),
        ("<table role=presentation><caption>a</caption></table>", ["table-layout-data"]),
        ('<table role=presentation summary="a"></table>', ["table-layout-data"]),
        # The heading cell is the inner table's.
        (
            "<table role=presentation><tr><td><table><tr><th>a</th></tr></table></td></tr></table>",
            [],
        ),
    ],
)
def test_tables_say_what_they_are(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div><h1>a</h1></div>", ["heading-first"]),
        ("<div><h3>a</h3><h2>b</h2><h3>c</h3></div>", []),
        ("<div><h2>a</h2><h4>b</h4></div>", ["heading-skipped"]),
    ],
)
def test_headings_keep_the_outline(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>שלום, 12</p>", ["text-direction"]),
        ('<div dir="rtl"><p>שלום</p></div>', []),
        ('<div dir="rtl"><p dir="ltr">שלום</p></div>', ["text-direction"]),
        ("<p>Hello שלום</p>", []),
    ],
)
def test_right_to_left_text_is_marked(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


def test_a_whole_email_says_its_language() -> None:
    assert codes("<html><body><h1>a</h1></body></html>") == ["language", "direction"]


@pytest.mark.parametrize(
    ("style", "inside", "expected"),
    [
        ("color:#777777;background-color:#ffffff", "a", ["contrast"]),
        ("color:#767676;background-color:#ffffff", "a", []),
        ("color:#949494;background-color:#ffffff;font-size:24px", "a", []),
        ("color:#949494;background-color:#ffffff;font-size:18px", "a", ["contrast"]),
        ("color:#949494;background:#fff;font-size:19px;font-weight:700", "a", []),
        ("color:#949494;background:#fff;font-size:19px", "<b>a</b>", []),
        ("color:#777777", "a", []),  # on a background that is not known
        ("background-color:#ffffff", "a", []),
        ("background-color:#ffffff;color:#eeeeee;display:none", "a", []),
        ("background-color:#ffffff;color:#eeeeee", link("a b"), []),
        ("color:#eeeeee;background:linear-gradient(red, blue)", "a", []),
        ("color:#eeeeee;background:#ffffff;background-image:none", "a", ["contrast"]),
        ("font-size:13px", "a", ["font-size"]),
        ("font-size:10pt", "a", ["font-size"]),
        ("font-size:11pt", "a", []),
        ("font-size:x-small", "a", ["font-size"]),
        ("font-size:larger", "a", []),
        ("font:italic 700 12px/1.5 Georgia, serif", "a", ["font-size"]),
        ("font:16px/12px Georgia", "a", []),
        ("font:small-caps small Georgia", "a", ["font-size"]),
        ("font:inherit", "a", []),
        ("font-size:0", '<span style="font-size:16px">a</span>', []),
        ("font-size:20px", '<span style="font-size:0.5em">a</span>', ["font-size"]),
    ],
)
def test_type_can_be_read(style: str, inside: str, expected: list[str]) -> None:
    assert codes(f'<div><p style="{style}">{inside}</p></div>') == expected


def test_a_contrast_is_reported_with_its_colors() -> None:
    html = '<div><p bgcolor="white" style="color:rgb(200, 200, 200)">a</p></div>'
    finding = find(html, "contrast")
    assert finding.severity is Severity.WARNING
    assert finding.message == "#c8c8c8 on #ffffff has a contrast of 1.67:1"


@pytest.mark.parametrize(
    ("html", "severity"), [(image(None), Severity.ERROR), ("<h1>a</h1>", Severity.WARNING)]
)
def test_what_cannot_be_used_is_an_error(html: str, severity: Severity) -> None:
    [found] = [each for code in codes(html) for each in [find(html, code)]]
    assert found.severity is severity
