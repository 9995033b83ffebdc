"""Made-up subscribers who get dynamic blocks: with all data, with none, and with data that strains."""

from collections.abc import Iterable, Mapping
from typing import Any

from plugin_server.examples.stress_texts import STRESS_TEXTS

_HOSTILE = f"{STRESS_TEXTS['hostile']} {STRESS_TEXTS['very_long']}"
_HOSTILE_URL = f"javascript:alert(1)//{STRESS_TEXTS['hostile']}"


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
        "hostile data": everywhere(_HOSTILE, _HOSTILE_URL),
        "right-to-left data": everywhere(STRESS_TEXTS["right_to_left"]),
    }


def with_texts(value: Any, text: str, url: str | None = None) -> Any:
    """Return an event's data with another text in place of every text; URLs stay without ``url``."""
    match value:
        case dict():
            return {key: with_texts(each, text, url) for key, each in value.items()}
        case list() | tuple():
            return [with_texts(each, text, url) for each in value]
        case str() if value.startswith(("https://", "http://")):
            return value if url is None else url
        case str():
            return text
    return value
