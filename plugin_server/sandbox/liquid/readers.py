"""Who a dynamic block is shown to: Kit's editor, and sample subscribers of the signed-in creator's account.

The sample subscribers have the account's custom fields, and the event plugin's sample data, in full, not at
all, hostile, and right to left. Those of ``examples/sample_subscribers.py`` are made without an account.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from plugin_server.examples.stress_texts import (
    HOSTILE_URL,
    HOSTILE_VALUE,
    STRESS_TEXTS,
    with_texts,
)
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.subscriber_records import shown_fields
from plugin_server.sandbox.records import EventPlugin

# How many subscribers are looked at for a value of each custom field.
_LOOKED_AT = 100


@dataclass(frozen=True)
class Reader:
    """Kit's editor or a sample subscriber, as whom a dynamic block is shown.

    Attributes:
        name: in URLs and names of pictures, so it stays.
        option: in a menu with the heading *As sent to*.
        words: within a sentence.
        explanation: what Liquid knows for them.
    """

    name: str
    option: str
    words: str
    explanation: str

    @property
    def label(self) -> str:
        """As the title of a view."""
        return self.option if self == KIT else f"As sent: {self.option.lower()}"


KIT = Reader("kit", "Kit’s preview", "Kit’s preview", "The event’s sample data, no subscriber")
FULL = Reader("full", "All data", "a subscriber with all data", "All custom fields and the event")
_READERS = (
    KIT,
    FULL,
    Reader("none", "No data", "a subscriber without data", "No custom field and no event"),
    Reader("hostile", "Hostile data", "hostile data", "Tags, quotes, Liquid, very long texts"),
    Reader("rtl", "Right to left", "a reader from right to left", "Every text is Hebrew"),
)
READERS = {reader.name: reader for reader in _READERS}


def contexts(
    account: Account, app_identifier: str, event: EventPlugin | None
) -> dict[str, dict[str, Any]]:
    """Return what Liquid knows for each reader, by its name.

    Source: https://developers.kit.com/plugins/content-blocks/dynamic-blocks/liquid-templates.
    """
    sample = json.loads(event.sample_data) if event else {}

    def automation(data: Mapping[str, Any]) -> dict[str, Any]:
        return {"automation": {app_identifier: {event.identifier: data}}} if event else {}

    def everywhere(text: str, url: str | None = None) -> dict[str, Any]:
        fields = dict.fromkeys(_keys(account), text)
        subscriber = _subscriber(text, fields, [text])
        return {"subscriber": subscriber, **automation(with_texts(sample, text, url))}

    return {
        "kit": automation(sample),
        "full": {
            "subscriber": _subscriber("Ada", _sample_fields(account), _tags(account)),
            **automation(sample),
        },
        "none": {
            "subscriber": _subscriber(None, dict.fromkeys(_keys(account)), []),
            **automation({}),
        },
        "hostile": everywhere(HOSTILE_VALUE, HOSTILE_URL),
        "rtl": everywhere(STRESS_TEXTS["right_to_left"]),
    }


def _subscriber(
    first_name: str | None, fields: Mapping[str, str | None], tags: list[str]
) -> dict[str, Any]:
    about = {"id": 1, "email_address": "reader@example.com", "first_name": first_name}
    # A custom field with one of these names hides it in Kit, too.
    return {**about, "tags": tags, **fields}


def _keys(account: Account) -> list[str]:
    with account.lock:
        return [field["key"] for field in account.collections["custom_fields"].written()]


def _sample_fields(account: Account) -> dict[str, str]:
    """Return a value of each custom field: a subscriber's, or else one that is made of its label."""
    with account.lock:
        labels = {each["key"]: each["label"] for each in account.collections["custom_fields"]}
        looked_at = [
            shown_fields(account, each) for each in islice(account.subscribers, _LOOKED_AT)
        ]
    return {
        key: next((each[key] for each in looked_at if each.get(key)), None) or f"Sample of {label}"
        for key, label in labels.items()
    }


def _tags(account: Account) -> list[str]:
    with account.lock:
        return [str(tag["name"]) for tag in islice(account.collections["tags"], 3)]
