"""Blocks that Kit renders for each subscriber: what their class says, and where the app's identifier goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.blocks.packages import QUOTE, import_path, write_package
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.blocks.base import Block, dynamic_block
from plugin_server.blocks.loading import load_block, load_blocks
from plugin_server.config.environment import ConfigError, load_config
from plugin_server.rendering.personal.fields import DynamicBlock, EventPlugin, subscriber_field
from plugin_server.store.base import Store
from plugin_server.testing import render

CLASS = '''"""A quotation."""

from plugin_server.blocks import Block, EventPlugin


class Quote(Block):
    """Show what somebody left behind."""

'''
CART = """    identifier = "quote_of_cart"
    event = EventPlugin("cart", sample={"title": "A lamp"})
"""
TEMPLATE = """{% call when(has("event.title")) %}
<div><p>{{ words }}: {{ personal("event.title") }}</p></div>
{% endcall %}
"""
PLAIN = """{% call when(has("subscriber.city")) %}
<div><p>{{ words }}: {{ personal("subscriber.city") }}</p></div>
{% endcall %}
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with import_path(tmp_path):
        yield tmp_path


def write(site: Path, attributes: str, template: str = TEMPLATE) -> None:
    files = {"quote.py": CLASS + attributes, "templates/blocks/quote.html": template}
    write_package(site, {**QUOTE, **files})


def problem(site: Path, attributes: str) -> str:
    """Return why the block is left out."""
    write(site, attributes)
    with import_path(site):
        [failure] = load_blocks(("quote",)).failures
    return str(failure.error)


def test_a_dynamic_block_says_what_it_is(site: Path) -> None:
    write(site, CART)
    with import_path(site):
        found = dynamic_block(load_block("quote"), "our_app")
    assert found == DynamicBlock(
        "quote_of_cart", EventPlugin("cart", {"title": "A lamp"}), "our_app"
    )
    assert found.event_path == "automation.our_app.cart"
    assert dynamic_block(Block()) is None


def test_a_tests_render_prints_its_liquid(site: Path) -> None:
    write(site, CART)
    with import_path(site):
        html = render("quote", {"words": "You left"})
    assert "automation.sample_app.cart.title" in html
    assert "You left: {{ kb_1 }}" in html


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ('    identifier = "Quote-1"', "\"identifier\" is 'Quote-1': write small letters, digits"),
        ("    identifier = 7", '"identifier" is 7: write small letters'),
        (
            '    event = EventPlugin("cart", sample={})',
            '"event" is for dynamic blocks: give the class an "identifier", too',
        ),
        ('    identifier = "q"\n    event = "cart"', "\"event\" is 'cart': make it EventPlugin("),
        (
            '    identifier = "q"\n    event = EventPlugin("Cart", sample={})',
            "\"event\" has the identifier 'Cart': write small letters",
        ),
        (
            '    identifier = "q"\n    event = EventPlugin("cart", sample=[])',
            '"event" has a sample that is no JSON object',
        ),
        (
            '    identifier = "q"\n    event = EventPlugin("cart", sample={"a b": 1})',
            "\"event\" has a field 'a b' in its sample",
        ),
        (
            '    identifier = "q"\n    event = EventPlugin("cart", sample={"a": {1}})',
            '"event" has a sample that is not JSON',
        ),
        (
            '    identifier = "q"\n    event = EventPlugin("q", sample={})',
            '"identifier" is "q", which the event of quote has, too',
        ),
    ],
)
def test_a_class_that_kit_would_refuse_is_left_out(
    site: Path, attributes: str, sentence: str
) -> None:
    assert sentence in problem(site, attributes)


def test_identifiers_are_unique_in_the_app(site: Path) -> None:
    more = {path.replace("quote", "saying"): text for path, text in QUOTE.items()}
    files = {
        "quote.py": CLASS + '    identifier = "q"',
        "saying.py": CLASS + '    identifier = "q"',
        "templates/blocks/quote.html": PLAIN,
        "templates/blocks/saying.html": PLAIN,
    }
    write_package(site, {**QUOTE, **more, **files})
    with import_path(site):
        [failure] = load_blocks().failures
    assert failure.block == "saying"
    assert '"identifier" is "q", which the block quote has, too' in str(failure.error)


def test_a_server_of_events_has_to_know_the_app(site: Path, store: Store) -> None:
    write(site, CART)
    with import_path(site):
        blocks = load_blocks(("quote",))
        with pytest.raises(ConfigError) as refusal:
            create_app(load_config(**SETTINGS), store=store, blocks=blocks)
    assert "KIT_APP_IDENTIFIER is not set. Kit has the data of events under it, for quote." in str(
        refusal.value
    )
    write(site, '    identifier = "q"', PLAIN)
    with import_path(site):
        assert create_app(load_config(**SETTINGS), store=store, blocks=load_blocks(("quote",)))


@pytest.mark.parametrize("identifier", ["Our App", "our-app", "{{"])
def test_the_apps_identifier_is_one_of_kits(identifier: str) -> None:
    with pytest.raises(ConfigError, match="KIT_APP_IDENTIFIER"):
        load_config(**SETTINGS, kit_app_identifier=identifier)


def test_kit_gets_liquid_with_the_apps_identifier(site: Path, store: Store) -> None:
    write(site, CART)
    settings = {**SETTINGS, "plugin_auth": "none", "kit_api_key": "kit_key"}
    with import_path(site):
        config = load_config(**settings, kit_app_identifier="our_app")
        app = create_app(config, store=store, blocks=load_blocks(("quote",)))
        body = {"settings": {"words": "You {{ left }}"}, "styles": {}}
        html = app.test_client().post("/blocks/quote/html", json=body).get_json()["html"]
    assert "{% assign kb_1 = automation.our_app.cart.title " in html
    assert "{{ left" not in html


@pytest.mark.parametrize(
    ("key", "is_field"),
    [
        ("first_name", True),
        ("f2", True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("First", False),
        ("a-b", False),
        ("a.b", False),
        ("a | b", False),
        ("", False),
        ("a\n", False),
        (None, False),
        (7, False),
    ],
)
def test_keys_of_fields_are_kits(key: object, is_field: bool) -> None:
    assert subscriber_field(key) == (key if is_field else None)
