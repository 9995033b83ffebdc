"""The view options in the editor's URL: how the email is shown, and one block with its settings.

All of them are in the query, so that a link shows another person the same. The page's scripts
(static/sandbox/view.js) write the query that this module reads.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin_server.sandbox.client.simulations import SIMULATIONS
from plugin_server.sandbox.liquid.readers import KIT, READERS

# The emails around the blocks, by the name of their template in ``hosts``.
HOSTS = {"letter": "Letter", "bulletin": "Bulletin", "evening": "Evening"}
PANELS = {"checks": "Checks", "inspector": "Inspector", "source": "Source", "json": "JSON"}
WIDTHS = {"desktop": 600, "phone": 375}
# Offsets of every kind: far behind and ahead of UTC, not whole hours, with and without summer time.
ZONES = (
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Tongatapu",
    "Pacific/Kiritimati",
)
NARROWEST, WIDEST = 320, 1200


@dataclass(frozen=True)
class Switch:
    """One way in which mail clients change the emails that they show, and the clients that do so."""

    name: str
    label: str
    clients: str


# Source: https://www.caniemail.com/features/css-at-media-prefers-color-scheme/ and …/html-style/.
SWITCHES = (
    Switch("dark", "Dark, forced", "Gmail on iOS, Outlook apps: colors inverted"),
    Switch("scheme", "Dark, by the email", "Apple Mail, Outlook.com: prefers-color-scheme"),
    Switch("nostyle", "No <style>", "Gmail drops it in the body"),
    Switch("nocomments", "No comments", "Kit may drop them"),
    Switch("noimages", "No images", "Outlook, until allowed"),
)


@dataclass(frozen=True)
class ViewOptions:
    """How the email is shown, and which block with which settings.

    Attributes:
        widths: of the two views, in CSS pixels.
        switches: the names of the switches that are on.
        simulate: one of ``SIMULATIONS``, or nothing.
        reader: one of ``READERS``, whom dynamic blocks are shown to.
        is_unmarked: whether what Liquid leaves empty is not marked.
        panel: the open one of ``PANELS``.
        zone: the creator's time zone, one of ``ZONES``; empty for the browser's.
        plugin: the name of the block's plugin, for a reader of the link who does not have the draft.
        settings: the block's settings, ``None`` for those in the draft.
    """

    host: str
    widths: dict[str, int]
    switches: frozenset[str]
    simulate: str
    reader: str
    is_unmarked: bool
    panel: str
    zone: str
    block: int
    plugin: str
    settings: dict[str, Any] | None


def read_view_options(query: Mapping[str, str]) -> ViewOptions:
    """Read the editor's query; missing and invalid values become the defaults."""
    return ViewOptions(
        host=host_of(query),
        widths={name: _width(query.get(name, ""), default) for name, default in WIDTHS.items()},
        switches=frozenset(switch.name for switch in SWITCHES if query.get(switch.name)),
        simulate=query.get("simulate", "") if query.get("simulate") in SIMULATIONS else "",
        reader=query["for"] if query.get("for") in READERS else KIT.name,
        is_unmarked=bool(query.get("nomarks")),
        panel=query["panel"] if query.get("panel") in PANELS else next(iter(PANELS)),
        zone=query["zone"] if query.get("zone") in ZONES else "",
        block=int(query["block"]) if query.get("block", "").isdecimal() else 0,
        plugin=query.get("plugin", ""),
        settings=_settings(query.get("settings", "")),
    )


def host_of(query: Mapping[str, str]) -> str:
    """Return the name of the email around the blocks."""
    return query["host"] if query.get("host") in HOSTS else next(iter(HOSTS))


def _width(text: str, default: int) -> int:
    number = int(text) if text.isdecimal() and len(text) < 6 else default
    return min(max(number, NARROWEST), WIDEST)


def _settings(text: str) -> dict[str, Any] | None:
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return settings if isinstance(settings, dict) else None
