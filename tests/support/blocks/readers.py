"""What readers get of a block: of a dynamic one, what Kit makes of its Liquid for a subscriber.

Its subscribers have names and words that a test can expect; those of ``plugin_server.examples`` are made for
any block, and ``all_sent`` renders for them, too.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from liquid import BoundTemplate

from plugin_server.blocks.base import Block, dynamic_block
from plugin_server.examples.example_lint import sent_html
from plugin_server.examples.stress_texts import STRESS_TEXTS
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
# Others, by what is special about them.
OTHERS: Mapping[str, Mapping[str, object]] = {
    "without a name": {name: value for name, value in ADA.items() if name != "first_name"},
    "without data": {},
    "with hostile texts": dict.fromkeys(ADA, STRESS_TEXTS["hostile"]),
    "right to left": dict.fromkeys(ADA, STRESS_TEXTS["right_to_left"]),
}


def as_sent(block: Block, html: str, subscriber: Mapping[str, object] = ADA) -> str:
    """Return what a subscriber gets of a finished block; ``""`` where it is hidden."""
    if not block.identifier:
        return html
    return engine.render(_parsed(html), {"subscriber": dict(subscriber)}).strip()


@lru_cache(maxsize=4)
def _parsed(html: str) -> BoundTemplate:
    # Several subscribers get it, one after the other.
    return engine.parse(html)


def all_sent(
    block: Block, html: str, of: str | Mapping[str, object] | None = None
) -> Iterator[str]:
    """Yield everything different that subscribers get.

    Args:
        block: it.
        html: finished.
        of: also a subscriber who has this text in each field, or these fields.
    """
    dynamic = dynamic_block(block)
    if dynamic is None:
        yield html
        return
    sent = {"Ada": as_sent(block, html), **sent_html(html, dynamic)}
    if isinstance(of, str):
        of = _with_text(of)
    if of is not None:
        sent["one more"] = as_sent(block, html, of)
    yield from dict.fromkeys(each.strip() for each in sent.values() if each.strip())


def judge_attacked(block: Block, html: str, text: str) -> list[str]:
    """Return what is wrong for a subscriber with data, without data, and with a text in each field.

    Other values were judged where the block was rendered.
    """
    if not block.identifier:
        return judge(html)
    sent = [as_sent(block, html, each) for each in (ADA, {}, _with_text(text))]
    return [problem for each in dict.fromkeys(sent) if each for problem in judge(each)]


def judge_sent(block: Block, html: str, of: str | Mapping[str, object] | None = None) -> list[str]:
    """Return what a mail client or Kit would object to in ``all_sent``."""
    return [problem for sent in all_sent(block, html, of) for problem in judge(sent)]


def _with_text(text: str) -> Mapping[str, object]:
    """Return a subscriber who has a text in each field, as Kit stores it: without half a character."""
    return dict.fromkeys(ADA, text.encode("utf-8", "replace").decode())
