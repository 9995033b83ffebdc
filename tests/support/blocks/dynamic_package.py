"""A package with two dynamic blocks: one with subscribers' fields, one with the data of an event."""

import json
from pathlib import Path

from support.blocks.packages import QUOTE, write_package

_GREETING = '''"""A greeting."""

from plugin_server.blocks import Block


class Greeting(Block):
    """Greet subscribers by their names."""

    identifier = "greeting"
'''
_BASKET = '''"""A basket."""

from plugin_server.blocks import Block, EventPlugin


class Basket(Block):
    """Show what somebody has left in a basket."""

    identifier = "basket_block"
    event = EventPlugin(
        "abandoned_cart",
        sample={
            "items": [{"title": "A lamp", "url": "https://shop.example/lamp"}],
            "checkout_url": "https://shop.example/cart",
        },
    )
'''
_WORDS = json.dumps([{"type": "text", "name": "words", "label": "Words", "required": True}])
_IN_SECTION = """{% import "macros/email.html" as email %}
{% call when(@) %}{% call email.section(css_class, "ltr") %}
#
{% endcall %}{% endcall %}
"""
_GREETING_HTML = _IN_SECTION.replace("@", 'has("subscriber.company")').replace(
    "#",
    '<p style="margin:0">Hi {{ personal("subscriber.first_name", default="friend") }}'
    ' of {{ personal("subscriber.company") }}</p>\n'
    "{{ email.paragraph(styles, words) }}",
)
_BASKET_HTML = _IN_SECTION.replace("@", 'has("event.items")').replace(
    "#",
    '{% call(item) each("event.items") %}'
    '<p style="margin:0">{{ personal(item.title, default="A product") }}</p>{% endcall %}\n'
    "{{ email.paragraph(styles, words) }}",
)


def write_dynamic_blocks(site: Path) -> None:
    """Install the package below a folder of the import path, beside the block ``quote``."""
    files = {
        **QUOTE,
        "greeting.py": _GREETING,
        "basket.py": _BASKET,
        "templates/blocks/greeting.html": _GREETING_HTML,
        "templates/blocks/basket.html": _BASKET_HTML,
    }
    for block in ("quote", "greeting", "basket"):
        files[f"settings_json/{block}.json"] = _WORDS
        for example in ("typical", "minimal", "everything_on"):
            files[f"settings_json/examples/{block}/{example}.json"] = json.dumps(
                {"words": "Fog on the quay"}
            )
    write_package(site, files)
