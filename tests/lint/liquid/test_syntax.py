"""What Liquid cannot read is an error at its line, and hides what would follow from it."""

import pytest
from support.blocks.liquid_cases import codes, find, found

from plugin_server.findings.finding import Severity


@pytest.mark.parametrize(
    ("template", "line", "message", "advice"),
    [
        ("<p>\n{{ a }</p>", 2, "{{ is never closed", "Write }}"),
        ("{% if a }x{% endif %}", 1, "{% is never closed", "Write %}"),
        ("<p>\n\n{% if a %}x</p>", 3, "{% if %} is never closed", "{% endif %}"),
        ("a{% endif %}", 1, "{% endif %} closes nothing", "Remove it"),
        ("{% if a %}\n{% for b in a %}\n{% endif %}", 3, "{% for %} of line 2", "{% endfor %}"),
        ("{% for a in b %}{% elsif c %}{% endfor %}", 1, "has no place", "if or unless"),
        ("{% if a %}x{% else if b %}y{% endif %}", 1, "takes no condition", "{% elsif b %}"),
        ("{% raw %}{{ a }}", 1, "{% raw %} is never closed", "{% endraw %}"),
        ("{% %}", 1, "without a name", "if"),
        ("{{ }}", 1, "is empty", "Write what it prints"),
        ("{% if %}x{% endif %}", 1, "{% if %} is empty", "Write what it prints"),
        ("{{ a b }}", 1, "{{ a b }}", "https://shopify.github.io"),
        ("{{ a | }}", 1, "cannot read", "https://shopify.github.io"),
        ("{{ a | default: “b” }}", 1, "unexpected '“'", "straight quotes"),
        ("{{ a | default: &quot;b&quot; }}", 1, "unexpected '&'", "references"),
        ("{% if a && b %}x{% endif %}", 1, "unexpected '&'", "and, or"),
        ("{% if a = 'b' %}x{% endif %}", 1, "cannot read", "Write =="),
        ("{% if !a %}x{% endif %}", 1, "cannot read", "unless"),
        ("{% if (a or b) and c %}x{% endif %}", 1, "cannot read", "no parentheses"),
        ("{{ a ? 'b' : 'c' }}", 1, "cannot read", "write an if"),
        ("{% liquid\n if a b\n endif\n%}", 2, "cannot read", ""),
    ],
)
def test_what_cannot_be_read_is_an_error_at_its_line(
    template: str, line: int, message: str, advice: str
) -> None:
    finding = find(template, "liquid-syntax")
    assert finding.severity is Severity.ERROR
    assert finding.place.line == line
    assert message in finding.message
    assert advice in finding.advice


def test_every_mistake_is_found_at_once() -> None:
    template = "{% if a b %}\n{{ c d }}\n{% endif %}\n{{ e f }}"
    assert found(template) == [("liquid-syntax", 1), ("liquid-syntax", 4)]


@pytest.mark.parametrize(
    ("tag", "advice"),
    [
        ("include 'footer'", "your server"),
        ("render 'footer'", "your server"),
        ("layout 'theme'", "Remove"),
        ("section 'x'", "Remove"),
        ("schema", "Remove"),
        ("elif a", "elsif"),
        ("set a = b", "assign"),
        ("extends 'base'", "one template"),
        ("assigns a = b", '"assign"'),
        ("end", "endif"),
    ],
)
def test_tags_of_other_systems_do_not_exist(tag: str, advice: str) -> None:
    finding = find(f"{{% if subscriber.city != blank %}}{{% {tag} %}}x{{% endif %}}", "liquid-tag")
    assert finding.severity is Severity.ERROR
    assert advice in finding.advice


def test_tags_that_do_not_exist_do_not_hide_the_rest() -> None:
    template = (
        "{% if subscriber.city != blank %}\n{% section 'x' %}\n{{ subscriber.city }}{% endif %}"
    )
    assert found(template) == [("liquid-tag", 2), ("liquid-escape", 3)]


@pytest.mark.parametrize(
    "template",
    [
        "{% comment %}{{ {% if %}{% endcomment %}",
        "{% raw %}{{ a }{% endraw %}",
        "{%- comment -%} {% endif %} {%- endcomment -%}",
        "{# not Liquid #}",
        "{ {a} }",
    ],
)
def test_comments_and_raw_text_hold_anything(template: str) -> None:
    assert "liquid-syntax" not in codes(template)


def test_depth_is_limited_as_in_liquid() -> None:
    assert codes("{% if a %}" * 101 + "{% endif %}" * 101) == ["liquid-syntax"]
    assert "liquid-syntax" not in codes("{% if a %}" * 100 + "{% endif %}" * 100)


def test_expressions_that_never_end_are_not_parsed() -> None:
    assert codes("{{ a" + " | upcase" * 3_000 + " }}") == ["liquid-syntax"]
    assert codes("{% if " + "a and " * 3_000 + "a %}{% endif %}") == ["liquid-syntax"]
