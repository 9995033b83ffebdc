"""What Kit rejects is an error, whoever wrote it; what Kit recommends is a warning or less."""

import pytest
from support.blocks.lint_cases import codes, find

from plugin_server.findings.finding import Severity
from plugin_server.rendering.limits import KIT_REJECTED_ELEMENTS

LINK = '<a href="https://a.example/" target="_blank">A page</a>'


def media(rules: str) -> str:
    return f"<style>@media (max-width:600px) {{ {rules} }}</style>"


@pytest.mark.parametrize("tag", sorted(KIT_REJECTED_ELEMENTS))
def test_every_element_on_kits_list_is_an_error(tag: str) -> None:
    end = "" if tag == "input" else f"</{tag}>"
    assert codes(f"<template><div><{tag}>{end}</div></template>") == ["kit-element"]
    finding = find(f"<div><{tag}></{tag}></div>", "kit-element")
    assert finding.severity is Severity.ERROR
    assert f"<{tag}>" in finding.message


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p onclick="x()">a</p>', "kit-event-handler"),
        ("<p ONLOAD>a</p>", "kit-event-handler"),
        ('<a href="javascript:x()" target="_blank">Page</a>', "kit-address"),
        ('<a href=" java&#9;script:x()" target="_blank">Page</a>', "kit-address"),
        ('<img src="data:image/png;base64,AA" alt="" width="1">', "kit-address"),
        ('<link rel="stylesheet" href="https://a.example/a.css">', "kit-external-css"),
        ("<style>@import 'https://a.example/a.css';</style>", "kit-external-css"),
        ('<p style="background:url(https://a.example/a.png)">a</p>', "kit-css-url"),
        ("<p style=\"background:URL('a b')\">a</p>", "kit-css-url"),
        ('<p style="background:u\\72l(x)">a</p>', "kit-css-url"),
        ('<p style="background:url(a b)">a</p>', "kit-css-url"),
        ('<p style="background:image-set(url(x) 1x)">a</p>', "kit-css-url"),
        (media(".x { background:url(x) }"), "kit-css-url"),
    ],
)
def test_what_kit_rejects_is_an_error(html: str, expected: str) -> None:
    assert codes(f"<div>{html}</div>") == [expected]
    assert find(html, expected).severity is Severity.ERROR


@pytest.mark.parametrize(
    "html",
    [
        "<p>onclick javascript: url(x) &lt;script></p>",
        "<!-- <script></script> -->",
        "<p style=\"font-family:'url(x)'\">a</p>",
        '<link rel="icon" href="https://a.example/i.png">',
        LINK,
    ],
)
def test_words_about_it_are_not(html: str) -> None:
    assert codes(html) == []


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<style>.x { color:#111111 }</style>", ["style-not-inline"]),
        (media(".x { color:#111111 !important }"), []),
        (media("p { color:#111111 }"), ["selector-not-own"]),
        (media(".x, p { color:#111111 }"), ["selector-not-own"]),
        (media("p.x, .y b { color:#111111 }"), []),
        ('<a href="https://a.example/">A page</a>', ["link-target"]),
        ('<a name="x"></a>', []),
        ('<div width="601">a</div>', ["too-wide"]),
        ('<div width="600">a</div>', []),
        ('<div width="100%" style="width:100%;max-width:900px">a</div>', []),
        ('<div style="min-width:700px">a</div>', ["too-wide"]),
        ('<div style="background-color:#ffffff">a</div>', ["root-background"]),
        ('<div bgcolor="#ffffff">a</div>', ["root-background"]),
        ('<div><p style="background:#ffffff">a</p></div>', []),
        ('<div id="x">a</div>', ["id"]),
    ],
)
def test_what_kit_recommends(html: str, expected: list[str]) -> None:
    assert codes(html) == expected


def test_a_whole_email_may_style_all_of_itself() -> None:
    html = '<html lang="en" dir="ltr"><body id="b" bgcolor="#ffffff"></body></html>'
    assert codes(html.replace("<body", f"<head>{media('p { margin:0 }')}</head><body")) == []
