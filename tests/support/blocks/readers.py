"""What readers get of a block: of a dynamic one, what Kit makes of its Liquid for a subscriber."""

from collections.abc import Iterator, Mapping

from plugin_server.blocks.base import Block, dynamic_block
from plugin_server.lint.dynamic import sent_html
from plugin_server.rendering.personal import engine
from plugin_server.testing import judge

# A subscriber who has all fields of the made-up accounts.
ADA: Mapping[str, object] = {
    "first_name": "Ada",
    "last_name": "Moor",
    "boat": "Curlew",
    "home_port_2": "Stromness",
    "membership": "Crew",
}


def as_sent(block: Block, html: str, subscriber: Mapping[str, object] = ADA) -> str:
    """Return what a subscriber gets of a finished block; ``""`` where it is hidden."""
    if not block.identifier:
        return html
    return engine.render(engine.parse(html), {"subscriber": dict(subscriber)}).strip()


def all_sent(block: Block, html: str, payload: str | None = None) -> Iterator[str]:
    """Yield everything different that subscribers get: also one who has a payload in each field."""
    dynamic = dynamic_block(block)
    if dynamic is None:
        yield html
        return
    sent = {"Ada": as_sent(block, html), **sent_html(html, dynamic)}
    if payload is not None:
        sent["payload"] = as_sent(block, html, dict.fromkeys(ADA, payload))
    yield from dict.fromkeys(each.strip() for each in sent.values() if each.strip())


def judge_sent(block: Block, html: str, payload: str | None = None) -> list[str]:
    """Return what a mail client or Kit would object to in what subscribers get."""
    return [problem for sent in all_sent(block, html, payload) for problem in judge(sent)]
