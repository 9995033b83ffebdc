"""A settings JSON as a sidebar: its settings in order, within their groups, with their conditions.

Reads whatever it is given: what has the wrong shape is left out, for the schema reports it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plugin_server.findings.finding import JsonPath


class _Anything:
    def __repr__(self) -> str:
        return "ANYTHING"


# A condition that any value fulfils; null is taken, it stands for no value at all.
ANYTHING: Final = _Anything()


@dataclass(frozen=True)
class Condition:
    """One entry of ``dependencies``: ``field`` has any value, ``value`` exactly, or none (``None``)."""

    field: str
    value: object = ANYTHING
    path: JsonPath = dataclasses.field(default=(), compare=False)


def meant(value: object, type_: str) -> object:
    """Return what a condition on a setting of that type compares with.

    Kit's pages write that a toggle is on both as ``true`` and as ``"true"``.
    """
    return True if type_ == "toggle" and value == "true" else value


@dataclass(frozen=True)
class Node:
    """One setting or group: where it stands, what the JSON says of it, and the groups around it."""

    path: JsonPath
    members: Mapping[str, Any]
    groups: tuple["Node", ...] = ()

    @property
    def name(self) -> str | None:
        """The key of its value in a request, ``None`` when it has none."""
        name = self.members.get("name")
        return name if isinstance(name, str) else None

    @property
    def type(self) -> str:
        """Kit's word for its component, ``""`` when it is missing."""
        return str(self.members.get("type", ""))

    @property
    def is_group(self) -> bool:
        """Whether it holds settings instead of a value."""
        return self.type == "group"

    def number(self, name: str) -> float | int | None:
        """Return a property that is a number, else ``None``."""
        value = self.members.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def objects(self, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the objects in a property that is an array, with their indexes."""
        value = self.members.get(name)
        for index, each in enumerate(value if isinstance(value, list) else []):
            if isinstance(each, dict):
                yield index, each

    def option_values(self) -> list[str]:
        """Return what its options send."""
        values = (option.get("value") for _, option in self.objects("options"))
        return [value for value in values if isinstance(value, str)]

    def own_conditions(self) -> list[Condition]:
        """Return the conditions in its own ``dependencies``, in either form."""
        entries = self.members.get("dependencies")
        found = []
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            path = (*self.path, "dependencies", index)
            if isinstance(entry, str):
                found.append(Condition(entry, path=path))
            elif isinstance(entry, dict) and isinstance(entry.get("field"), str):
                found.append(Condition(entry["field"], entry.get("value", ANYTHING), path))
        return found

    def conditions(self) -> list[Condition]:
        """Return everything that must hold for it to be shown: its groups' conditions, and its own."""
        return [each for node in (*self.groups, self) for each in node.own_conditions()]


def nodes(definition: object, path: JsonPath = (), groups: tuple[Node, ...] = ()) -> Iterator[Node]:
    """Yield every setting and group from top to bottom; a group comes before what it holds."""
    for index, members in enumerate(definition if isinstance(definition, list) else []):
        if isinstance(members, dict):
            node = Node((*path, index), members, groups)
            yield node
            if node.is_group:
                inner = (*node.path, "settings")
                yield from nodes(members.get("settings"), inner, (*groups, node))
