"""The fields that a dynamic block can show: of subscribers, and of the event that sends the email."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from plugin_server.findings.wording import listed, suggestion
from plugin_server.rendering.placeholders import PlaceholderMisuse
from plugin_server.rendering.value_types import SubscriberField

_IDENTIFIER = re.compile("[a-z0-9_]+")
# Stands for the app where none is known: in tests and commands.
SAMPLE_APP = "sample_app"
_KEY = re.compile("[a-z0-9_]{1,100}")
_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,99}", re.ASCII)
# What Liquid finds in any text or list, and its own words.
_OF_LIQUID = {"first", "last", "size"} | {
    *(
        "and",
        "as",
        "blank",
        "cols",
        "contains",
        "continue",
        "else",
        "empty",
        "false",
        "for",
        "if",
        "in",
    ),
    *("limit", "nil", "null", "offset", "or", "required", "reversed", "true", "with"),
}
# The sample of a value of which nothing is known.
UNKNOWN: Any = object()


def subscriber_field(key: object) -> SubscriberField | None:
    """Return the field of subscribers with a key, such as ``first_name``; ``None`` if it is not a key.

    Args:
        key: as ``GET /v4/custom_fields`` returns it.
    """
    return SubscriberField(key) if isinstance(key, str) and _KEY.fullmatch(key) else None


def is_identifier(text: object) -> bool:
    """Return whether Kit's dashboard takes a text as the identifier of a block, event plugin or app."""
    return isinstance(text, str) and bool(_IDENTIFIER.fullmatch(text))


def step(name: str) -> str:
    """Return a step of a path as Liquid writes it, such as ``.title``.

    In brackets where names may not begin with a digit, or stand for something else: the size of a text.
    """
    is_plain = not name[0].isdigit() and name not in _OF_LIQUID
    return f".{name}" if is_plain else f'["{name}"]'


@dataclass(frozen=True)
class EventPlugin:
    """An automation event plugin of the app: its events are what a block's emails are sent for.

    Attributes:
        identifier: in Kit's dashboard: small letters, digits and underscores.
        sample: the plugin's sample data, a JSON object; its keys are the names of the fields.

    Source: https://developers.kit.com/plugins/automation-nodes/plugin-configuration
    """

    identifier: str
    sample: Mapping[str, Any] = field(hash=False)


def event_problems(event: EventPlugin) -> Iterator[str]:
    """Yield what is wrong with an event plugin; each sentence continues its name."""
    if not is_identifier(event.identifier):
        yield f"has the identifier {event.identifier!r}: write small letters, digits and underscores"
    if not isinstance(event.sample, Mapping):
        yield "has a sample that is no JSON object: make it a dictionary, whose keys are the fields' names"
        return
    if wrong := next((name for name in event.sample if not _is_name(name)), None):
        yield f"has a field {wrong!r} in its sample: names have letters, digits and underscores"
    try:
        json.dumps(event.sample, allow_nan=False)
    except (TypeError, ValueError) as error:
        yield f"has a sample that is not JSON: {error}"


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(_NAME.fullmatch(name))


@dataclass(frozen=True)
class DynamicBlock:
    """What the renderer has to know of a dynamic block.

    Attributes:
        identifier: the block's in Kit's dashboard.
        event: the event plugin that it belongs to, if any.
        app: the identifier of the app.
    """

    identifier: str
    event: EventPlugin | None = None
    app: str = SAMPLE_APP

    @property
    def event_path(self) -> str:
        """Where Liquid has the event's data; ``""`` without an event."""
        return f"automation{step(self.app)}{step(self.event.identifier)}" if self.event else ""


@dataclass(frozen=True)
class Loop:
    """A loop over the items of a list in an event.

    Attributes:
        number: unique in the block.
        items: the list.
        limit: the most items that are shown.
    """

    number: int
    items: "Field"
    limit: int

    @property
    def variable(self) -> str:
        """The Liquid variable that holds an item."""
        return f"kb_item{self.number}"


@dataclass(frozen=True)
class Field:
    """A value that Liquid finds at a path.

    Attributes:
        name: as templates write it, such as ``subscriber.first_name`` or ``item.title``.
        path: as Liquid writes it.
        loop: around it, whose item has it; ``None`` for the data of the subscriber or event.
        sample: an example of it, ``UNKNOWN`` if there is none.
    """

    name: str
    path: str
    loop: Loop | None = None
    sample: Any = field(default=UNKNOWN, compare=False)

    @property
    def is_list(self) -> bool:
        """Whether the sample data has a list there."""
        return isinstance(self.sample, list | tuple)

    def part(self, name: str) -> "Field":
        """Return a field of it, which its sample must have, too.

        Raises:
            PlaceholderMisuse: there is none.
        """
        full = f"{self.name}.{name}"
        if not _is_name(name):
            raise PlaceholderMisuse(f"“{full}” is not the name of a field. {_NAMES}")
        if self.sample is UNKNOWN:
            return Field(full, f"{self.path}{step(name)}", self.loop)
        if not isinstance(self.sample, Mapping):
            raise PlaceholderMisuse(
                f"“{full}” does not exist: the event's sample data has no object in “{self.name}”. "
                "Change the sample of the block's EventPlugin, which says what Kit will have."
            )
        if name not in self.sample:
            raise PlaceholderMisuse(_no_field(full, name, self.sample))
        return Field(full, f"{self.path}{step(name)}", self.loop, self.sample[name])

    def item(self, loop: Loop, name: str) -> "Field":
        """Return the item of a loop over this list, which templates call ``name``."""
        return Field(name, loop.variable, loop, _united(self.sample))


_NAMES = "Names begin with a letter and have letters, digits and underscores."


def _no_field(full: str, name: str, sample: Mapping[str, Any]) -> str:
    known = sorted(map(str, sample))
    has = f"It has {listed(known, 'and')}." if known else "It is empty."
    advice = f"{suggestion(name, known)} {has}".strip()
    return f"“{full}” is not in the event's sample data. {advice}"


def _united(items: Any) -> Any:
    """Return one sample for all items of a list: of objects, one with the fields of all."""
    samples = [*items] if isinstance(items, list | tuple) else []
    if not samples:
        return UNKNOWN
    if not all(isinstance(each, Mapping) for each in samples):
        return samples[0]
    united: dict[str, Any] = {}
    for each in samples:
        united = {**each, **united}
    return united


class EventValue:
    """A value of an item in a template, such as ``item.title``: only helpers can use it."""

    # No name that a field may have: attributes are fields.
    __slots__ = ("_field",)

    def __init__(self, of: Field) -> None:
        """Create it for a field."""
        self._field = of

    def __getattr__(self, name: str) -> "EventValue":
        # Python and Jinja look for optional protocols, such as __html_format__.
        if name.startswith("_") or name == "jinja_pass_arg":
            raise AttributeError(name)
        return EventValue(self._field.part(name))

    def _misused(self, what: str, instead: str) -> NoReturn:
        name = self._field.name
        raise PlaceholderMisuse(
            f"“{name}” is known only when Kit sends the email, and a template cannot {what} it. "
            f"Write {instead.format(name)}."
        )

    def __html__(self) -> NoReturn:
        self._misused("print", "{{{{ personal({0}) }}}}")

    def __str__(self) -> str:
        self._misused("change", "{{{{ personal({0}) }}}}")

    def __bool__(self) -> bool:
        self._misused("test", "{{% call when(has({0})) %}}")

    def __eq__(self, other: object) -> bool:
        self._misused("compare", '{{% call when(equals({0}, "…")) %}}')

    def __iter__(self) -> Iterator[NoReturn]:
        self._misused("loop over", "{{% call(each_item) each({0}) %}}")

    def __getitem__(self, key: object) -> NoReturn:
        self._misused("take a part of", "{{% call(each_item) each({0}) %}}")


def find_field(given: object, dynamic: DynamicBlock) -> Field:
    """Return the field that a template gives a helper.

    Args:
        given: ``"subscriber.first_name"``, ``"event.items"``, a ``SubscriberField``, or an item's value.
        dynamic: the block.

    Raises:
        PlaceholderMisuse: it is none of these, or the event does not have it.
    """
    if isinstance(given, EventValue):
        return given._field
    if isinstance(given, SubscriberField):
        return _subscriber_field(str(given))
    if isinstance(given, str):
        source, _, name = given.partition(".")
        if source == "subscriber":
            return _subscriber_field(name)
        if source == "event":
            return _event_field(name, dynamic)
    shown = f"“{given}”" if isinstance(given, str) else f"a value of type {type(given).__name__}"
    raise PlaceholderMisuse(
        f'{shown} is not a field. Write "subscriber." and the key of a custom field, "event." and a name of '
        "the event's sample data, or let context() return subscriber_field(key)."
    )


def _subscriber_field(key: str) -> Field:
    if not _KEY.fullmatch(key):
        raise PlaceholderMisuse(
            f"“subscriber.{key}” is not a field. Keys of custom fields have small letters, digits and "
            "underscores."
        )
    return Field(f"subscriber.{key}", f"subscriber{step(key)}")


def _event_field(name: str, dynamic: DynamicBlock) -> Field:
    if dynamic.event is None:
        raise PlaceholderMisuse(
            f"“event.{name}” needs an event. Give the block's class an event = EventPlugin(…)."
        )
    found = Field("event", dynamic.event_path, sample=dynamic.event.sample)
    for each in name.split("."):
        found = found.part(each)
    return found
