"""The features that mail clients support: caniemail's data, as ``make_compat`` trims it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from plugin_server.lint.make_compat import COMPAT

DEFAULT_CLIENTS = ("gmail", "outlook", "apple-mail", "yahoo")


@dataclass(frozen=True)
class Support:
    """The support of a feature by one platform of a client.

    ``level`` is ``n`` for not supported, ``a`` for supported in part, ``y`` for supported with
    something to know, which is in ``notes``.
    """

    platform: str
    level: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Feature:
    """A feature of CSS or HTML, and the clients that do not fully support it."""

    slug: str
    title: str
    tested: str
    support: Mapping[str, tuple[Support, ...]]

    @property
    def url(self) -> str:
        """The page with the tests."""
        return f"https://www.caniemail.com/features/{self.slug}/"


@dataclass(frozen=True)
class Compat:
    """All features by slug; clients by the name that people write."""

    date: str
    clients: Mapping[str, str]
    features: Mapping[str, Feature]


@lru_cache(maxsize=1)
def compat() -> Compat:
    """Return the data, read once."""
    raw = json.loads(COMPAT.read_text(encoding="utf-8"))
    features = {
        slug: Feature(slug, each["title"], each["tested"], _support(each, raw["platforms"]))
        for slug, each in raw["features"].items()
    }
    return Compat(raw["date"], raw["clients"], features)


def _support(
    feature: Mapping[str, Any], platforms: Mapping[str, str]
) -> Mapping[str, tuple[Support, ...]]:
    notes = feature["notes"]

    def read(platform: str, said: str) -> Support:
        level, *marks = said.split()
        numbers = (mark.removeprefix("#") for mark in marks)
        known = tuple(notes[number] for number in numbers if number in notes)
        return Support(platforms[platform], level, known)

    return {
        client: tuple(read(platform, said) for platform, said in of_client.items())
        for client, of_client in feature["support"].items()
    }
