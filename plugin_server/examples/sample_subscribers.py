"""Made-up subscribers who get our dynamic blocks: with all data, with none, and with data that strains.

For the lint and the tests of packages, which know the block and no account. The sandbox knows an account, and
of a plugin only its Liquid: it has readers of its own (``sandbox/liquid/readers.py``). What decides whether a
block is sent is judged for many more, made from its conditions (``rendering/personal/samples.py``).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from plugin_server.examples.stress_texts import (
    HOSTILE_URL,
    HOSTILE_VALUE,
    STRESS_TEXTS,
    with_texts,
)


def sample_subscribers(
    fields: Iterable[str],
    event: tuple[str, str] | None = None,
    sample: Mapping[str, Any] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return what Liquid knows of each subscriber, by what is special about its data.

    Args:
        fields: the keys of the subscriber's fields.
        event: the identifiers of the app and of its event plugin, where there is one.
        sample: the event plugin's sample data.
    """
    names = [*fields]

    def known(texts: Mapping[str, str | None], data: object) -> dict[str, Any]:
        automation = {"automation": {event[0]: {event[1]: data}}} if event else {}
        return {"subscriber": dict(texts), **automation}

    def everywhere(text: str, url: str | None = None) -> dict[str, Any]:
        return known(dict.fromkeys(names, text), with_texts(sample or {}, text, url))

    return {
        "all data": known({name: f"Sample of {name}" for name in names}, sample or {}),
        "no data": known(dict.fromkeys(names), {}),
        "empty texts": everywhere("", ""),
        "hostile data": everywhere(HOSTILE_VALUE, HOSTILE_URL),
        "right-to-left data": everywhere(STRESS_TEXTS["right_to_left"]),
    }
