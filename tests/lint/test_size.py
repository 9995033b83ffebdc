"""Sizes, lines and URLs."""

import pytest
from support.blocks.lint_cases import codes, find

from plugin_server.findings.finding import Place, Severity

LINE = "<p>" + "word " * 100 + "</p>\n"


def block(size: int) -> str:
    return LINE * (size // len(LINE) + 1)


@pytest.mark.parametrize(
    ("size", "severity"),
    [(11_000, Severity.INFO), (21_000, Severity.WARNING), (41_000, Severity.ERROR)],
)
def test_a_large_block_is_reported(size: int, severity: Severity) -> None:
    assert find(block(size), "size").severity is severity


def test_a_usual_block_is_not() -> None:
    assert codes(block(8_000)) == []


def test_letters_of_several_bytes_count_as_such() -> None:
    assert codes('<p dir="rtl">' + "שלום " * 1_300 + "</p>") == ["size", "long-line"]


def test_an_email_may_be_larger_until_gmail_cuts_it_off() -> None:
    around = '<html lang="en" dir="ltr"><body>{}</body></html>'
    assert codes(around.format(block(100_000))) == []
    assert codes(around.format(block(105_000))) == ["gmail-clips"]


def test_a_line_longer_than_smtp_allows_is_reported_with_its_number() -> None:
    html = f"<p>\n{'x' * 998}\n{'x' * 999}\r\n</p>"
    assert codes(html) == ["long-line"]
    assert find(html, "long-line").place == Place(3, 1)


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("@media (max-width:9px) { .x { color:red } }", []),
        ("@media (max-width:9px) { @media print { .x { color:red } } }", ["style-nested"]),
        ("@media (max-width:9px) {" + "\n.x { color:red }" * 70 + "}", ["style-size"]),
    ],
)
def test_what_costs_all_styles_is_reported(sheet: str, expected: list[str]) -> None:
    assert codes(f"<style>{sheet}</style>") == expected


def link(url: str) -> str:
    return f'<a href="{url}" target="_blank">A page</a>'


def image(url: str, more: str = ' width="20"') -> str:
    return f'<img src="{url}" alt="A boat"{more}>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (link("https://a.example/#x"), []),
        (link("HTTP://a.example"), []),
        (link("mailto:a@a.example"), []),
        (link("tel:+123"), []),
        (link("{{ unsubscribe_url }}"), []),
        (link("*|UNSUB|*"), []),
        (link(""), ["link-address"]),
        (link("/page"), ["link-address"]),
        (link("//a.example/page"), ["link-address"]),
        (link("https:a.example"), ["link-address"]),
        (link("https://[a"), ["link-address"]),
        (link("ftp://a.example/"), ["link-address"]),
        (link("#x"), ["link-fragment"]),
        (image("https://a.example/a.png"), []),
        (image("http://a.example/a.png"), ["image-http"]),
        (image("a.png"), ["image-address"]),
        (image("cid:a"), ["image-address"]),
        (image("https://a.example/a.png", ""), ["image-width"]),
    ],
)
def test_addresses_work_from_an_email(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("color:rgb(0 0 0)", ["color-rgb-spaces"]),
        ("color:rgb(0, 0, 0)", []),
        ("color:HSL(0, 0%, 0%)", ["color-hsl"]),
    ],
)
def test_colors_that_cost_more_than_themselves(style: str, expected: list[str]) -> None:
    assert codes(f'<p style="{style}">a</p>') == expected
