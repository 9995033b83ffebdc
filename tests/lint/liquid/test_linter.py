"""The condition around the block, filters and tags, and templates of any kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.liquid_cases import CART, KNOWN, codes, find, found, guarded, infos

from plugin_server.findings.finding import Severity
from plugin_server.lint.liquid.linter import lint_liquid
from plugin_server.lint.liquid.vocabulary import (
    RECENT_FILTERS,
    STANDARD_FILTERS,
    STOREFRONT_FILTERS,
)

NAME = "{{ subscriber.first_name | default: 'friend' | escape }}"


@pytest.mark.parametrize(
    ("template", "line"),
    [
        (f"<p>{NAME}</p>", 1),
        (f"\n\n<div>{guarded(NAME)}</div>", 3),
        (f"{guarded(NAME)}\n<p>Bye</p>", 2),
        (f"{{% assign a = 1 %}}\n{{{{ a }}}}{guarded(NAME)}", 2),
    ],
)
def test_a_block_stands_in_a_condition(template: str, line: int) -> None:
    assert found(template) == [("liquid-unguarded", line)]


@pytest.mark.parametrize(
    "template",
    [
        f" \n{guarded(NAME)}\n",
        f"<!-- a -->{guarded(NAME)}",
        f"{{% assign a = 'b' %}}{{% comment %}}c{{% endcomment %}}{guarded(NAME)}",
        f"{guarded(NAME)}{guarded(NAME)}",
        f"{{% case subscriber.city %}}{{% when 'a' %}}b{{% else %}}{NAME}{{% endcase %}}",
        f"{{% unless subscriber.city == blank %}}{NAME}{{% else %}}b{{% endunless %}}",
        f"{{% for item in {CART}.items %}}<p>{{{{ item.title | escape }}}}</p>{{% endfor %}}",
    ],
)
def test_a_block_in_a_condition_is_clean(template: str) -> None:
    assert codes(template) == []


def test_html_without_liquid_is_an_info() -> None:
    assert [each.code for each in lint_liquid("<p>Hello</p>")] == ["liquid-none"]
    assert [each.code for each in lint_liquid("")] == ["liquid-none"]


@pytest.mark.parametrize(
    ("name", "message", "advice"),
    [
        ("money", "Shopify's storefront", "Format the value before"),
        ("asset_url", "Shopify's storefront", "whole https URL"),
        ("img_url: '100x'", "Shopify's storefront", "whole https URL"),
        ("t", "Shopify's storefront", "Write the text itself"),
        ("json", "Shopify's storefront", "Format the value before"),
        ("upcas", 'no filter "upcas"', '"upcase"'),
        ("lower", 'no filter "lower"', "downcase"),
        ("html_escape", 'no filter "html_escape"', "Write escape."),
        ("xyzzy", 'no filter "xyzzy"', "Remove it"),
    ],
)
def test_filters_that_kit_does_not_have_are_errors(name: str, message: str, advice: str) -> None:
    template = guarded(f"\n{{{{ subscriber.city | default: 'x' | {name} | escape }}}}")
    finding = find(template, "liquid-filter")
    assert finding.severity is Severity.ERROR
    assert finding.place.line == 2
    assert message in finding.message
    assert advice in finding.advice


@pytest.mark.parametrize("name", sorted(STANDARD_FILTERS))
def test_standard_filters_are_not_errors(name: str) -> None:
    template = guarded(f"{{{{ 'a' | {name} }}}}")
    assert codes(template) == []
    assert infos(template) == (["liquid-recent"] if name in RECENT_FILTERS else [])


def test_no_filter_is_both_standard_and_the_storefronts() -> None:
    assert not STANDARD_FILTERS & STOREFRONT_FILTERS


def test_the_time_of_rendering_is_found() -> None:
    assert codes(guarded("{{ 'now' | date: '%Y' }}")) == ["liquid-now"]
    assert codes(guarded("{{ \"Today\" | date: '%Y' }}")) == ["liquid-now"]
    assert codes(guarded("{{ '2026-10-08' | date: '%Y' }}")) == []


def test_young_tags_are_infos() -> None:
    assert infos(guarded("{% # a comment %}{% doc %}b{% enddoc %}")) == ["liquid-recent"] * 2


def test_the_tag_liquid_is_read_too() -> None:
    template = "{% liquid\n assign a = subscriber.city | default: 'x'\n%}" + guarded("{{ a }}")
    assert codes(template) == ["liquid-escape"]
    echoed = guarded("{% liquid\n echo subscriber.city | escape\n%}")
    assert found(echoed) == [("liquid-default", 2)]


PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{%-", "-%}", "if ", "elsif ", "else", "endif", "for i in ", "endfor"]
    + [
        "assign a = ",
        "capture a",
        "endcapture",
        "case ",
        "when ",
        "endcase",
        "unless ",
        "raw",
        "endraw",
    ]
    + ["comment", "endcomment", "liquid ", "cycle ", "tablerow i in ", "endtablerow", "echo ", "\n"]
    + ["a", "i.title", "subscriber.city", f"{CART}.items", "(1..3)", "'b'", '"', " | escape", " | "]
    + [
        " | map: 'a'",
        "default: ",
        "==",
        " and ",
        "[",
        "]",
        ".",
        "<p class=",
        "<table>",
        "<style>",
        ">",
    ]
)


@given(st.lists(PIECES).map("".join) | st.text())
@settings(max_examples=400, deadline=None)
def test_any_text_has_findings_with_lines(template: str) -> None:
    lines = template.count("\n") + template.count("\r") + 1
    for finding in lint_liquid(template, KNOWN):
        assert 1 <= finding.place.line <= lines
        assert finding.place.column >= 1
        assert finding.message
        assert finding.code.startswith("liquid-")


@pytest.mark.parametrize(
    "template",
    [
        "{%if a%}{%endif%}" * 5_000,
        "{{" * 50_000,
        "{{" + " " * 15_000 + "}}",
        "{{ a b }}" * 5_000,
        "<a " + "{{ x }} " * 5_000 + ">",
        "{% if a %}" + "{% elsif b %}c" * 4_000 + "{% endif %}",
    ],
)
def test_long_templates_are_read(template: str) -> None:
    assert lint_liquid(template, KNOWN)
