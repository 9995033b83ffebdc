"""Several payloads in one request: each is tried, and a failure names the payload and its place."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.blocks import attacks, combined_attacks
from support.blocks.packages import QUOTE, import_path, write_package

from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import load_block
from plugin_server.examples.example_files import REQUIRED

pytestmark = pytest.mark.slow

NAMES = ("words", "title", "footer")
SETTINGS = json.dumps([{"type": "text", "name": name, "label": name.title()} for name in NAMES])
TEMPLATE = """{% import "macros/email.html" as email %}
{% call email.section(css_class, "ltr") %}
{% for text in texts %}
{{ email.paragraph(styles, text) }}
{% endfor %}
{% endcall %}
"""
CONTEXT = """
    def context(self, values, data):
        texts = [values[name] or "" for name in ("words", "title", "footer")]
        {line}
        return {{"texts": [text for text in texts if text != ""]}}
"""
# Each has texts of its own: what a text leads to is remembered for all blocks of a name.
FINE = "pass"
# The content is made, and printing it fails.
FAILS_FOR_ONE = 'texts += [None] * ("pebble" in texts[1])'
FAILS_FOR_TWO = 'texts += [None] * ("gull" in texts[1] and "tern" in texts[2])'
# The first text hides the others, of which one fails.
HIDES = 'texts = texts[:1] if "anchor" in texts[0] else texts + [None] * ("rope" in str(texts[1:]))'


@pytest.fixture
def quote(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Block]:
    example = json.dumps(dict.fromkeys(NAMES, "A text"))
    files = {
        "quote.py": QUOTE["quote.py"] + CONTEXT.format(line=request.param),
        "settings_json/quote.json": SETTINGS,
        "templates/blocks/quote.html": TEMPLATE,
        **{f"settings_json/examples/quote/{name}.json": example for name in REQUIRED},
    }
    write_package(tmp_path, files)
    with import_path(tmp_path):
        yield load_block("quote")


def failures(quote: Block, *payloads: str) -> dict[str, set[str]]:
    """Return the places of failures by payload."""
    reports = combined_attacks.attack(payloads, [quote])
    assert [each.payload for each in reports] == [*payloads]
    return {each.payload: {failure.field for failure in each.failures} for each in reports}


@pytest.mark.parametrize("quote", [FINE], indirect=True)
def test_each_payload_is_tried_in_each_place(quote: Block) -> None:
    payloads = ["shell", "weed", "sand"]
    reports = combined_attacks.attack(payloads, [quote])
    assert [each.failures for each in reports] == [[], [], []]
    assert [each.places for each in reports] == [
        len([*attacks.of_rich_text(payload), *attacks.of_block(quote, payload)])
        for payload in payloads
    ]


@pytest.mark.parametrize("quote", [FAILS_FOR_ONE], indirect=True)
def test_a_failure_names_its_payload_and_its_place(quote: Block) -> None:
    found = failures(quote, "pebble", "slate", "flint")
    assert found["slate"] == found["flint"] == set()
    assert "setting title" in found["pebble"]
    assert not found["pebble"] & {"setting words", "setting footer"}


@pytest.mark.parametrize("quote", [FAILS_FOR_TWO], indirect=True)
def test_what_fails_only_together_names_all_that_were_together(quote: Block) -> None:
    found = failures(quote, "gull", "tern", "crane")
    [fields] = {field for fields in found.values() for field in fields if " with " in field}
    assert "setting title ('gull')" in fields
    assert "setting footer ('tern')" in fields


@pytest.mark.parametrize("quote", [HIDES], indirect=True)
def test_a_payload_that_another_one_hides_is_tried_alone(quote: Block) -> None:
    found = failures(quote, "anchor", "rope")
    assert found["anchor"] == set()
    assert {"setting title", "setting footer"} <= found["rope"]
