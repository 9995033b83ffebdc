"""Rendered HTML knows the lines of the templates that wrote it."""

import pytest
from jinja2 import DictLoader, Environment

from plugin_server.rendering.template_trace import TracedHtml

MACROS = """{% macro box() %}
<div>
{{ caller() }}
</div>
{% endmacro %}
{% macro word(text) %}<em>{{ text }}</em>{% endmacro %}
"""
PAGE = """{% import "macros" as m %}
{% set kept %}
<i>kept</i>
{% endset %}
{% call m.box() %}
  <p>{{ m.word("a") }}b

{{ kept }}
{% include "part" %}
{% for n in [1, 2] %}
<u>{{ n }}</u>
{% endfor %}
{% endcall %}
"""


def traced(**templates: str) -> TracedHtml:
    env = Environment(
        loader=DictLoader(templates), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return TracedHtml(env, lambda marking: marking.get_template("page").render())


@pytest.fixture(scope="module")
def html() -> TracedHtml:
    return traced(macros=MACROS, page=PAGE, part="<s>\npart</s>\n")


def test_the_marks_leave_nothing_behind(html: TracedHtml) -> None:
    assert html.html == (
        "<div>\n<p><em>a</em>b\n<i>kept</i>\n<s>\npart</s><u>1</u>\n<u>2</u>\n</div>"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("<div>", ["page:5", "macros:2"]),
        ("<p>", ["page:5", "macros:3", "page:6"]),
        ("<em>", ["page:5", "macros:3", "page:6", "macros:6"]),
        ("a</em>", ["page:5", "macros:3", "page:6", "macros:6"]),
        ("b\n", ["page:5", "macros:3", "page:6"]),
        ("<i>", ["page:5", "macros:3", "page:8", "page:3"]),
        ("part</s>", ["page:5", "macros:3", "page:9", "part:2"]),
        ("2</u>", ["page:5", "macros:3", "page:11"]),
        ("</div>", ["page:5", "macros:4"]),
    ],
)
def test_every_place_has_its_line_and_the_calls_that_led_there(
    text: str, lines: list[str], html: TracedHtml
) -> None:
    found = html.lines_at(html.html.index(text))
    assert [f"{each.name}:{each.line}" for each in found] == lines


def test_nothing_has_no_lines() -> None:
    assert traced(page="{# nothing #}").lines_at(0) == ()


def test_a_template_that_changes_what_it_has_printed_loses_the_marks_only() -> None:
    html = traced(page="{% set a %}\nb\n{% endset %}{{ a|replace('\ufdd1', '')|length > 1 }}")
    assert html.html == "True"
