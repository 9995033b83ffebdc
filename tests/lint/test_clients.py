"""caniemail's data, and what of it a page uses."""

import json
from functools import cache

import pytest

from plugin_server.findings.finding import Finding, Severity
from plugin_server.lint import advice, features
from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.lint.features import uses
from plugin_server.lint.linter import lint
from plugin_server.lint.make_compat import COMPAT, FAMILIES
from plugin_server.lint.page import read

# Features that no parse of a page shows, or that are about other things than blocks.
NOT_LOOKED_FOR = {
    "css-comments",
    "html-comments",
    "html-doctype",
    "image-base64",
    "image-hdr",
}


def slugs(html: str) -> set[str]:
    return {slug for slug, _ in uses(read(html))}


def styled(style: str) -> set[str]:
    return slugs(f'<p style="{style}">a</p>') - {"html-p"}


def sheet(text: str) -> set[str]:
    return slugs(f"<style>{text}</style>") - {"html-style"}


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("padding-left:2px", {"css-padding", "css-unit-px"}),
        ("PADDING:0", {"css-padding"}),
        ("border-top-left-radius:1%", {"css-border-radius", "css-unit-percent"}),
        ("border-left-color:red", {"css-border"}),
        ("display:flex", {"css-display", "css-display-flex"}),
        ("display:block", {"css-display"}),
        ("height:auto", set()),
        ("height:2px", {"css-height", "css-unit-px"}),
        ("flex-direction:row", set()),
        ("flex-direction:column", {"css-flex-direction"}),
        ("width:calc(1rem + var(--x))", {"css-width", "css-unit-calc", "css-unit-rem"}
         | {"css-variables"}),
        ("--x:1", {"css-variables"}),
        ("color:rgba(0,0,0,.5) !important", {"css-color", "css-rgba", "css-important"}),
        ("font-family:system-ui", {"css-font-family", "css-sytem-ui"}),
        ("background:linear-gradient(red,blue)", {"css-background", "css-linear-gradient"}),
        ("inset-inline-start:0", {"css-inset"}),
        ("font-family:'display:flex'", {"css-font-family"}),
    ],
)  # fmt: skip
def test_declarations_are_parsed(style: str, expected: set[str]) -> None:
    assert styled(style) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".a{}", {"css-selector-class"}),
        ("a{}", {"css-selector-type"}),
        ("#a{}", {"css-selector-id"}),
        ("*{}", {"css-selector-universal"}),
        ("[a]{}", {"css-selector-attribute"}),
        (".a.b{}", {"css-selector-class", "css-selector-chaining"}),
        ("a , b{}", {"css-selector-type", "css-selector-grouping"}),
        ("a b{}", {"css-selector-type", "css-selector-descendant"}),
        ("a > b{}", {"css-selector-type", "css-selector-child"}),
        ("a+b ~ c{}", {"css-selector-type", "css-selector-adjacent-sibling"}
         | {"css-selector-general-sibling"}),
        ("a::before{}", {"css-selector-type", "css-pseudo-element-before"}),
        ("@font-face{}", {"css-at-font-face"}),
        ("@media (prefers-color-scheme:dark){}", {"css-at-media"}
         | {"css-at-media-prefers-color-scheme"}),
        (".a{ .b{} }", {"css-selector-class", "css-nesting"}),
    ],
)  # fmt: skip
def test_rules_are_parsed(text: str, expected: set[str]) -> None:
    assert sheet(text) == expected


def test_pseudo_classes_are_found_in_functions_too() -> None:
    assert "css-pseudo-class-hover" in sheet("a:hover{}")
    assert "css-pseudo-class-nth-child" in sheet("a:nth-child(2){}")
    assert "css-pseudo-element-before" in sheet("a:before{}")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="https://a.example/a.WEBP?x=.png" alt="" width="1">', "image-webp"),
        ('<img src="data:image/png;base64,AA" alt="">', "image-base64"),
        ('<a href="#x">a</a>', "html-anchor-links"),
        ('<a href="mailto:a@a.example">a</a>', "html-mailto-links"),
        ("<button>a</button>", "html-button-submit"),
        ("<input type=checkbox>", "html-input-checkbox"),
        ("<ul><li>a</li></ul>", "html-lists"),
        ("<article>a</article>", "html-semantics"),
        ('<p aria-label="a">a</p>', "html-aria-label"),
        ('<meta name="color-scheme" content="dark">', "html-meta-color-scheme"),
        ("<p inert>a</p>", "css-inert-attribute"),
    ],
)
def test_elements_and_attributes_are_found(html: str, expected: str) -> None:
    assert expected in slugs(html)


def test_an_attribute_is_no_element_of_that_name() -> None:
    assert slugs('<td style="" span="2">a</td><dir>a</dir>') <= {"html-dir", "html-td"}
    assert "html-style" not in slugs('<p style="color:red">a</p>')
    assert "html-dir" not in slugs("<dir>a</dir>")


def about(html: str, slug: str, *clients: str) -> list[Finding]:
    return [each for each in lint(html, clients or DEFAULT_CLIENTS) if each.feature == slug]


def test_what_a_client_does_not_support_is_a_warning_with_the_test_date() -> None:
    [finding] = about('<p style="border-radius:2px">a</p>', "css-border-radius", "outlook")
    assert (finding.code, finding.severity) == ("client-unsupported", Severity.WARNING)
    assert "Outlook (Windows, Windows Mail) does not support border-radius" in finding.message
    assert "2021-03-09" in finding.message
    assert finding.advice.endswith("Let square corners look right too.")
    assert finding.url == "https://www.caniemail.com/features/css-border-radius/"


def test_what_it_supports_in_part_is_an_info_with_the_note() -> None:
    [finding] = about('<p style="max-width:2px">a</p>', "css-max-width", "outlook")
    assert (finding.code, finding.severity) == ("client-partial", Severity.INFO)
    assert "Only works on `<table>` elements." in finding.advice


def test_what_it_supports_with_a_caveat_is_an_info_too() -> None:
    found = about('<p role="none">a</p>', "html-role", "outlook")
    assert [each.code for each in found] == ["client-unsupported", "client-note"]


def test_what_is_right_anyway_is_an_info_where_it_is_ignored() -> None:
    html = '<a href="https://a.example/" target="_blank">boats</a>'
    found = about(html, "html-target")
    assert {each.client for each in found} >= {"gmail", "yahoo"}
    assert {each.severity for each in found} == {Severity.INFO}


@pytest.mark.parametrize(
    ("html", "ignored"),
    [
        ('<ul style="padding:0 0 0 24px"><li>a</li></ul>', "padding on <ul>"),
        ('<blockquote style="padding-left:2px">a</blockquote>', "padding on <blockquote>"),
        ('<p style="border-left:1px solid red">a</p>', "some borders on <p>"),
        ('<div style="border-top-width:1px">a</div>', "some borders on <div>"),
        ('<table><tr><td style="border-left:9px solid red">a</td></tr></table>', "over 8 px"),
        ('<a href="https://a.example/" style="padding:2px">a</a>', "padding on <a>"),
        ('<ul style="padding:0;margin:0 0 0 24px"><li>a</li></ul>', ""),
        ('<td style="padding:2px;border-left:4px solid red">a</td>', ""),
        ('<p style="border:0">a</p>', ""),
        ('<hr style="border-top:1px solid red">', ""),
        ('<table><tr><td style="mso-padding-alt:2px"><a style="padding:2px">a</a></td></tr></table>', ""),
    ],
)  # fmt: skip
def test_what_word_ignores_where_it_stands_is_a_warning(html: str, ignored: str) -> None:
    found = [each for each in lint(html) if each.code == "client-ignores"]
    assert [ignored in each.message for each in found] == [True] * bool(ignored)
    assert all(each.severity is Severity.WARNING and each.client == "outlook" for each in found)
    assert not [each for each in lint(html, ("gmail",)) if each.code == "client-ignores"]


# The support of everything that blocks may use, where it does not hold: feature, and clients by level.
@pytest.mark.parametrize(
    ("html", "slug", "levels"),
    [
        ("<ul><li>a</li></ul>", "html-lists", {"gmail": "partial", "outlook": "partial"}),
        ("<ol><li>a</li></ol>", "html-lists", {"yahoo": "partial"}),
        ("<blockquote>a</blockquote>", "html-blockquote", {"hey": "partial"}),
        ("<strike>a</strike>", "html-strike", {"hey": "unsupported", "gmail": "partial"}),
        ('<p style="text-indent:2px">a</p>', "css-text-indent", {"gmail": "partial"}),
        ('<p style="white-space:nowrap">a</p>', "css-white-space", {"outlook": "unsupported"}),
        ('<p style="list-style:square">a</p>', "css-list-style", {"outlook": "partial"}),
        ('<p style="margin-left:2px">a</p>', "css-margin", {"gmail": "partial"}),
        ('<p style="padding-left:2px">a</p>', "css-padding", {"outlook": "partial"}),
        ('<p style="border-bottom:1px solid red">a</p>', "css-border", {"outlook": "partial"}),
        ('<p style="text-decoration:line-through">a</p>', "css-text-decoration",
         {"gmail": "partial", "protonmail": "unsupported"}),
    ],
)  # fmt: skip
def test_limited_support_of_what_blocks_may_use_is_reported(
    html: str, slug: str, levels: dict[str, str]
) -> None:
    found = {(each.client, each.code) for each in about(html, slug, *FAMILIES)}
    assert {(client, f"client-{level}") for client, level in levels.items()} <= found


@pytest.mark.parametrize(
    "html",
    [
        "<b>a</b><i>a</i><u>a</u><s>a</s><hr><h4>a</h4>",
        '<p style="font-style:italic;list-style-type:square">a</p>',
    ],
)
def test_what_every_client_supports_is_no_finding(html: str) -> None:
    assert [each for each in lint(html, FAMILIES) if each.client] == []


def test_a_feature_is_reported_once_for_each_client() -> None:
    html = '<p style="border-radius:1px">a</p>' * 3
    [finding] = about(html, "css-border-radius", "outlook")
    assert "used 3 times" in finding.message
    assert about(html, "css-border-radius", "apple-mail") == []


@pytest.mark.parametrize("slug", sorted(compat().features))
def test_every_feature_of_the_data_can_be_found(slug: str) -> None:
    assert slug in NOT_LOOKED_FOR or slug in _findable()


@cache
def _findable() -> set[str]:
    """Return the slugs that tables name, and those that stand for anything of their own name."""
    named = set()
    for table in (
        *(features._PROPERTIES, features._FUNCTIONS, features._WORDS, features._VALUES),
        *(features._MEDIA, features._COMBINATORS, features._ELEMENTS, features._ATTRIBUTES),
        features._IMAGES,
    ):
        named |= set(table.values())
    for slug in compat().features:
        kind, _, name = slug.partition("-")
        example = {
            "html": f"<{name}></{name}><input type={name.removeprefix('input-')}>"
            f"<button type={name.removeprefix('button-')}>"
            '<meta name="color-scheme"><a href="#"></a><a href="mailto:a@a.example"></a>',
            "css": f'<p style="{name}:1{name.removeprefix("unit-")} !important;--x:1%">'
            f"<style>@{name.removeprefix('at-')} {{}}"
            f"a:{name.removeprefix('pseudo-class-')} .b.c, b[c] {{ d {{}} }}"
            f"#d::{name.removeprefix('pseudo-element-')} {{}}</style>",
        }.get(kind, "")
        named |= slugs(example)
    return named


def test_advice_is_about_known_features() -> None:
    assert set(advice.ADVICE) <= set(compat().features)
    assert all(each.endswith(".") for each in advice.ADVICE.values())


def test_the_data_is_small_sorted_and_dated() -> None:
    text = COMPAT.read_text("utf-8")
    data = json.loads(text)
    assert len(text.encode()) < 250_000
    assert text == json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert compat().date == "2026-05-13"
    assert set(data["clients"]) == set(FAMILIES) >= set(DEFAULT_CLIENTS)


def test_both_notices_are_kept_beside_the_data() -> None:
    notices = COMPAT.with_name("NOTICES.txt").read_text("utf-8")
    assert "Rémi Parmentier" in notices
    assert "Andrew Powell" in notices
    assert notices.count("Permission is hereby granted, free of charge") == 2
