"""The settings JSON of a plugin: its validation in the dashboard, and how the editor reads it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugin_server.settings.checker import Report, check
from plugin_server.settings.rules import Context
from plugin_server.settings.sidebar import ANYTHING, Condition, Node, meant, nodes

Setting = Mapping[str, Any]


def check_settings(text: str) -> list[str]:
    """Return why the dashboard refuses a settings JSON, ``[]`` when it accepts it."""
    # Half a surrogate pair is JSON, but not text that a page can hold.
    return [
        f"Settings JSON, line {each.place.line}: "
        + each.sentence.encode(errors="backslashreplace").decode()
        for each in _report(text).errors
    ]


def count_published(text: str) -> int:
    """Return the number of findings that only the schema in Kit's reference has."""
    return len(_report(text).published)


def _report(text: str) -> Report:
    # A byte-order mark that a paste brought along is not a mistake.
    return check(text.removeprefix("\ufeff"), Context(loopback=True))


def read_settings(text: str) -> list[Setting]:
    """Return the settings in a settings JSON that ``check_settings`` accepts, every group named.

    Kit does not require a name of a group; one without gets its place as its name, such as ``[2]``.
    """
    return _named(json.loads(text.removeprefix("\ufeff")))


def _named(settings: Sequence[Setting], place: str = "") -> list[Setting]:
    named: list[Setting] = []
    for index, setting in enumerate(settings):
        here = f"{place}[{index}]"
        inner = {"settings": _named(setting["settings"], here)} if "settings" in setting else {}
        named.append({"name": here, **setting, **inner})
    return named


def leaves(settings: Sequence[Setting]) -> Iterator[Setting]:
    """Yield the settings that have a value, in the sidebar's order: a group's in its place."""
    return (node.members for node in nodes(settings) if not node.is_group)


def defaults(settings: Sequence[Setting]) -> dict[str, Any]:
    """Return what a new block starts with. A toggle is never empty: without a default it is off."""
    values = {s["name"]: False for s in leaves(settings) if s["type"] == "toggle"}
    return values | {s["name"]: s["default"] for s in leaves(settings) if "default" in s}


def outline(settings: Sequence[Setting]) -> list[dict[str, Any]]:
    """Return every setting and group in one list, with what decides whether it is seen and sent.

    ``conditions`` have one form: ``{"field"}`` for any value, or ``{"field", "value"}``; a toggle is
    on when it is ``True``, which Kit's pages also write as ``"true"``.
    """
    every = list(nodes(settings))
    types = {node.name: node.type for node in every}
    return [
        {
            "name": node.name,
            "label": node.members["label"],
            "required": node.members.get("required", False) and not node.is_group,
            "group": node.groups[-1].name if node.groups else None,
            "holds": not node.is_group,
            "conditions": [
                _condition(each, types.get(each.field, "")) for each in node.own_conditions()
            ],
        }
        for node in every
    ]


def _condition(condition: Condition, type_: str) -> dict[str, Any]:
    if condition.value is ANYTHING:
        return {"field": condition.field}
    return {"field": condition.field, "value": meant(condition.value, type_)}


def dependencies(setting: Setting) -> list[str]:
    """Return the names that a setting depends on, whichever form they are written in."""
    return [condition.field for condition in Node((), setting).own_conditions()]
