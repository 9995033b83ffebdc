"""Kit's own Liquid, Shopify's in Ruby, makes of dynamic blocks what python-liquid does, which judges them."""

import json
import re
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from support.blocks.personal import CONTEXT, DYNAMIC, EVERYTHING, filled, sent, templates

from plugin_server.rendering.context_shape import split_context
from plugin_server.rendering.personal.personal_block import PersonalBlock
from plugin_server.rendering.personal.samples import Uses
from plugin_server.rendering.renderer import prepare
from plugin_server.testing.html_judge import judge

pytestmark = pytest.mark.ruby_liquid

RUBY = """
require "json"
require "liquid"
template, contexts = JSON.parse(STDIN.read)
template = Liquid::Template.parse(template, error_mode: :strict)
puts JSON.generate(contexts.map { |each| template.render!(each, strict_filters: true) })
"""
HOSTILE = (
    "\"'><script>{{ 7 | times: 7 }}{% raw %}%}}}url(x)</td> \\0 %7B &lt; \x00\x1f\u202e\u2028\uffff"
)
ITEM = {"title": HOSTILE, "url": f"https://Shop.example/{HOSTILE}", "tags": ["new", None, " "]}
EXPECTED = "\u039f\u0394\u039f\u03a3 Stra\u00dfe \u0130"
TEXTS = [
    *("", " \n", "\u00a0", "\u202f \u3000", "\x00", "\x1c", "\u2009", "\ufeff", " Ada\t", "Ada\u00a0L"),
    *(HOSTILE, "W" * 299, "W" * 301, "e\u0301 \U0001f600 \u05e9", "url", "%0A+%", "7", 42, 4.5, None),
    *(EXPECTED, "\u00a0\u03bf\u03b4\u03bf\u03c2 stra\u00dfe i\u0307", "acme & CO", "{{ x }} %}"),
    *("https://shop.example/a?b=1&c=2#d", "\u00a0https://shop.example", "https://a@shop.example/"),
]  # fmt: skip
LISTS = [
    [],
    [ITEM],
    [ITEM] * 3,
    [ITEM] * 60,
    [{}, None, "x", 7, []],
    "x",
    "",
    7,
    0,
    {"a": 1},
    None,
    True,
]


def ruby(template: str, contexts: Sequence[Any]) -> list[str]:
    """Return what Shopify's Liquid makes of a template with each context."""
    done = subprocess.run(
        ["ruby", "-e", RUBY],
        input=json.dumps([template, contexts]).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [html.strip().replace("&#39;", "&#x27;") for html in json.loads(done.stdout)]


def context(subscriber: Any, event: Any) -> dict[str, Any]:
    return {"subscriber": subscriber, "automation": {"our_app": {"abandoned_cart": event}}}


def tags(html: str) -> str:
    """Return HTML without its values: both engines have their own words for truth, lists and objects."""
    return re.sub(r'(?<=>)[^<]+|(?<=alt=")[^"]*|(?<=email=)[^#]*', "", html)


@pytest.mark.parametrize("expected", ["ACME & Co", EXPECTED, '"}} {% x'])
def test_both_engines_print_the_same_texts(expected: str) -> None:
    with templates({"blocks/trial.html": EVERYTHING}):
        html = filled(expected=expected)
    data = [
        ({name: text for name in ("first_name", "company", "city", "email_address")},
         {"items": [{**ITEM, "title": text, "url": text}], "checkout_url": text, "customer": {"city": text}})
        for text in TEXTS
    ] + [({"company": "ACME & Co", "first_name": "Ada"}, {"items": items}) for items in LISTS]  # fmt: skip
    found = ruby(html, [context(*each) for each in data])
    for each, printed in zip(data, found, strict=True):
        assert printed == sent(html, *each)
        assert judge(printed) == []


def test_both_engines_choose_the_same_branches_for_all_made_up_subscribers() -> None:
    with templates({"blocks/trial.html": EVERYTHING}):
        prepared = prepare("trial", CONTEXT, DYNAMIC, colored=())
        html = filled()
    assert isinstance(prepared, PersonalBlock)
    data = [each.data for each in Uses(prepared.marks, split_context(CONTEXT)[1]).samples()]
    for each, printed in zip(data, ruby(html, data), strict=True):
        event = each.get("automation", {}).get("our_app", {}).get("abandoned_cart")
        assert tags(printed) == tags(sent(html, each.get("subscriber"), event))
        assert printed == "" or judge(printed) == []
