"""A dynamic block of the tests' own, with every form of Liquid that templates can have."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jinja2 import ChoiceLoader, DictLoader

from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.personal import engine
from plugin_server.rendering.personal.fields import DynamicBlock, EventPlugin, subscriber_field
from plugin_server.rendering.renderer import Renderer
from plugin_server.rendering.value_types import Url

CART = EventPlugin(
    "abandoned_cart",
    sample={
        "items": [{"title": "A lamp", "url": "https://shop.example/lamp", "tags": ["new"]}],
        "checkout_url": "https://shop.example/cart",
        "customer": {"city": "Haifa"},
    },
)
DYNAMIC = DynamicBlock("trial", CART, "our_app")
CONTEXT: Mapping[str, object] = {
    "field": subscriber_field("company"),
    "fallback": "friend",
    "expected": "ACME & Co",
    "words": "your notes",
    "url": Url("https://example.com/?a=1&b=2#top"),
    "nobody": None,
}
EVERYTHING = """{% call when(any_of(has("subscriber.first_name"), all_of(has(field), has("event.items")))) %}
<div class="{{ css_class }}">
<p>Hello {{ personal("subscriber.first_name", default=fallback) }}, {{ words
}}{{ personal(field, default="x") }}</p>
<p>{{ words }}{{ personal("subscriber.city", default="y") }}{{ words }}</p>
<img src="https://a.example/" alt="{{ words }}{{ personal(field, default="-") }}{{ words }}">
{% call when(equals(field, expected)) %}<p>one {{ words }}</p>{{ otherwise() }}<h2>other</h2>{% endcall %}
{% call when(lacks("subscriber.city")) %}{{ words }}{{ otherwise() }}
<b>{{ personal("subscriber.city") }}</b>{{ words }}{% endcall %}
{% call(item) each("event.items", limit=3) %}
<p>{{ words }}{{ personal(item.title, default=words) }}{{ words }}
{% call when(has_url(item.url)) %}<a href="{{ personal_url(item.url) }}" target="_blank">{{ words }}</a>
<img src="{{ personal_url(item.url) }}" alt="{{ personal(item.title, default="?") }}">{% endcall %}
{% call(tag) each(item.tags) %}<i>{{ personal(tag, default="none") }}</i>{% endcall %}</p>
{% endcall %}
<a href="{{ with_personal(url, "email", "subscriber.email_address", default=words) }}" target="_blank">go</a>
{% call when(has_url("event.checkout_url")) %}
<a href="{{ personal_url("event.checkout_url") }}" target="_blank">{{ words }}</a>{% endcall %}
</div>
{{ otherwise() }}
<div>{{ words }}{{ personal("event.customer.city", default=fallback) }}</div>
{% endcall %}
"""


@contextmanager
def templates(sources: Mapping[str, str]) -> Iterator[None]:
    """Have these templates, by their names, beside the project's."""
    env = jinja_environment()
    own = env.loader
    assert own is not None
    env.loader = ChoiceLoader([DictLoader(dict(sources)), own])
    env.cache.clear()
    try:
        yield
    finally:
        env.loader = own
        env.cache.clear()


def filled(renderer: Renderer | None = None, **values: object) -> str:
    """Return the Liquid of the block ``trial``; by default of a renderer that verifies it."""
    return (renderer or Renderer(megabytes=1, verifies=True)).render(
        "trial",
        {**CONTEXT, **values},
        EmailStyles,
        instance="a",
        email_digest=b"",
        dynamic=DYNAMIC,
    )


def sent(html: str, subscriber: object = None, event: object = None) -> str:
    """Return what Kit renders of Liquid for a subscriber, and an event of ``abandoned_cart``."""
    data: dict[str, Any] = {}
    if subscriber is not None:
        data["subscriber"] = subscriber
    if event is not None:
        data["automation"] = {"our_app": {"abandoned_cart": event}}
    return engine.render(engine.parse(html), data).strip()
