"""The fields that requests to Kit's API may write: how each is read, and what Kit says of a bad one.

A rule takes the value of a request and returns it as it is stored, or raises ``ValueError`` with Kit's
sentence. Texts that Kit does not document are in the words of those that it does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from plugin_server.sandbox.kit.moments import read_moment
from plugin_server.sandbox.kit.pagination import is_true
from plugin_server.sandbox.kit.rejection import Rejected

Rule = Callable[[Any], Any]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SUBSCRIBER_STATES = ("active", "cancelled", "bounced", "complained", "inactive")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
_HEX_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Field:
    """One writable member: its rule, its default in a new record, and Kit's sentence when it is blank.

    Attributes:
        default: a value, or a function that returns one.
        required: Kit's sentence for a missing or blank value; ``None`` when it may be missing.
    """

    rule: Rule
    default: Any = None
    required: str | None = None


def read_fields(
    fields: Mapping[str, Field], body: Mapping[str, Any], *, partial: bool
) -> dict[str, Any]:
    """Return the members that a request writes; ``partial`` leaves out those that it does not name.

    Raises Rejected (422) with every sentence that applies.
    """
    values: dict[str, Any] = {}
    errors: list[str] = []
    for name, field in fields.items():
        if name not in body:
            if partial:
                continue
            if field.required:
                errors.append(field.required)
            default = field.default
            values[name] = default() if callable(default) else default
        elif field.required and str(body[name] if body[name] is not None else "").strip() == "":
            errors.append(field.required)
        else:
            try:
                values[name] = field.rule(body[name])
            except ValueError as error:
                errors.append(str(error))
    if errors:
        raise Rejected(422, *dict.fromkeys(errors))
    return values


def text(value: Any) -> str | None:
    """Read a text; numbers are taken as they are written."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError("A text was expected")


def trimmed(value: Any) -> str | None:
    """Read a text without the spaces around it."""
    found = text(value)
    return found.strip() if found is not None else None


def boolean(value: Any) -> bool:
    """Read a boolean as Kit takes it."""
    return is_true(value)


def id_or_none(value: Any) -> int | None:
    """Read an id, which may come as text."""
    if value is None or value == "":
        return None
    return whole_number(value)


def whole_number(value: Any) -> int:
    """Read a whole number, which may come as text; raises ValueError."""
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", str(value)):
        raise ValueError("A whole number was expected")
    return int(value)


def between(name: str, low: int, high: int) -> Rule:
    """Return a rule for a whole number in a range."""

    def rule(value: Any) -> int:
        try:
            number = whole_number(value)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(f"{name} must be an integer between {low} and {high}")
        return number

    return rule


@dataclass(frozen=True)
class OneOf:
    """A rule for one of several words."""

    name: str
    choices: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        """Return the word; raises ValueError for another one."""
        if value not in self.choices:
            raise ValueError(f"{self.name} must be one of: {', '.join(self.choices)}")
        return str(value)


def one_of(name: str, *choices: str) -> OneOf:
    """Return a rule for one of several words."""
    return OneOf(name, choices)


def moment_or_none(name: str) -> Rule:
    """Return a rule for a time, which may be absent."""

    def rule(value: Any) -> str | None:
        if value is None or value == "":
            return None
        try:
            return read_moment(value)
        except ValueError:
            raise ValueError(f"{name} is not a valid ISO8601 timestamp") from None

    return rule


def send_days(value: Any) -> list[str] | None:
    """Read days of the week, in their order; ``None`` stays so."""
    if value is None:
        return None
    if not isinstance(value, list) or not {*map(str, value)} <= {*DAYS}:
        raise ValueError(f"send_days must be an array of: {', '.join(DAYS)}")
    return [day for day in DAYS if day in value]


def all_days() -> list[str]:
    """Return every day of the week."""
    return list(DAYS)


def time_zone(value: Any) -> str:
    """Read an IANA time zone."""
    if value not in available_timezones():
        raise ValueError("time_zone is not a valid time zone")
    return str(value)


def email(value: Any) -> str:
    """Read an email address."""
    if not isinstance(value, str) or not _EMAIL.fullmatch(value.strip()):
        raise ValueError("Email address is invalid")
    return value.strip()


def email_or_none(value: Any) -> str | None:
    """Read the email address of a sender; ``None`` is the account's own."""
    return None if value in (None, "") else email(value)


def hex_color(value: Any) -> str:
    """Read a colour such as ``#FF0000``."""
    if not isinstance(value, str) or not _HEX_COLOR.fullmatch(value):
        raise ValueError(f"Colors {value} is not a valid hex color code.")
    return value


def url(name: str) -> Rule:
    """Return a rule for an http(s) URL."""

    def rule(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", value):
            raise ValueError(f"{name} is not a valid URL")
        return value

    return rule


def as_is(value: Any) -> Any:
    """Read any JSON value."""
    return value


def subscriber_filter(value: Any) -> list[dict[str, Any]]:
    """Read the filter of a broadcast: one group of conditions."""
    if value in (None, []):
        return everybody()
    groups = value if isinstance(value, list) else [value]
    group = {name: each for name, each in groups[0].items() if each} if groups[0:1] else {}
    if len(groups) > 1 or len(group) != 1 or not {*group} <= {"all", "any", "none"}:
        raise ValueError(
            "Only a single filter group is supported. Use one of `all`, `any`, or `none`."
        )
    return [group]


def everybody() -> list[dict[str, Any]]:
    """Return the filter that every subscriber passes."""
    return [{"all": [{"type": "all_subscribers"}]}]
