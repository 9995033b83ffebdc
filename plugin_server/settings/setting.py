"""The record of one setting, for parsing requests; made from the settings JSON."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plugin_server.settings.sidebar import Condition, Node
from plugin_server.settings.text_formats import TextFormat

# What the other properties of a component say is for Kit's sidebar alone.
FOR_THE_SIDEBAR = frozenset({"placeholder", "help", "suffix", "prepend", "append", "request_url"})


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting that sends a value; properties that its type does not have keep their defaults.

    ``conditions`` are all that must hold for it to be shown, those of the groups around it
    included; ``group`` is the label of the nearest group, ``options`` are the values of its
    options. ``format`` is what the block's class says of a text. The rest is named as in the
    settings JSON.
    """

    type: str
    name: str
    label: str
    group: str = ""
    required: bool = False
    conditions: tuple[Condition, ...] = ()
    default: Any = None
    options: tuple[str, ...] = ()
    multiselect: bool = False
    allow_transparent: bool = False
    max_length: int | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    step: Decimal | None = None
    format: TextFormat | None = None


def setting_of(node: Node) -> Setting:
    """Return the record of a node that is not a group; what has the wrong shape is left out."""
    limit = node.number("max_length")
    return Setting(
        type=node.type,
        name=node.name or "",
        label=str(node.members.get("label", "")).strip(),
        group=str(node.groups[-1].members.get("label", "")).strip() if node.groups else "",
        required=node.members.get("required") is True,
        conditions=tuple(node.conditions()),
        default=node.members.get("default"),
        options=tuple(node.option_values()),
        multiselect=node.members.get("multiselect") is True,
        allow_transparent=node.members.get("allow_transparent") is True,
        max_length=None if limit is None else int(limit),
        min=_decimal(node.number("min")),
        max=_decimal(node.number("max")),
        step=_decimal(node.number("step")),
    )


def _decimal(number: float | None) -> Decimal | None:
    # By way of text, so that 0.1 is what the developer wrote.
    return None if number is None else Decimal(str(number))
