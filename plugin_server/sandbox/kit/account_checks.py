"""What is wrong in a file of accounts beside its records: types, numbers instead of records, equal ids."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from plugin_server.sandbox.kit.generated_posts import Record

_TYPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("api_key", "access_token"), (str, "a text")),
    **dict.fromkeys(("profile", "growth", "email_stats", "pages"), (dict, "an object")),
    **dict.fromkeys(("colors", "gained", "waiting"), (list, "an array")),
    **dict.fromkeys(("developer", "has_api_access"), (bool, "true or false")),
    "user_id": (int, "a number"),
}
_ACCOUNT: dict[str, tuple[type, str]] = {"id": (int, "a number"), "name": (str, "a text")}
_ACCOUNT["primary_email_address"] = _ACCOUNT["name"]


def account_findings(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the members of an account, each with its place in it."""
    about = body.get("account")
    if not isinstance(about, dict):
        yield f".account: an object with {', '.join(_ACCOUNT)} is needed."
    else:
        for name, (kind, words) in _ACCOUNT.items():
            if not isinstance(about.get(name), kind):
                yield f".account.{name}: {words} is needed."
    for name, (kind, words) in _TYPES.items():
        if body.get(name) is not None and not isinstance(body[name], kind):
            yield f".{name}: {words} was expected."


def repeated_ids(records: Iterable[Any]) -> Iterator[str]:
    """Yield a sentence for each id that several records of a collection have."""
    ids = Counter(each.get("id") for each in records if isinstance(each, dict))
    for id_, count in ids.items():
        if count > 1 and id_ is not None:
            yield f": {count} records have the id {id_}."


def generated_findings(made: type[Any], described: Record) -> Iterator[str]:
    """Yield what is wrong with a description of records by numbers."""
    known = {each.name: each for each in fields(made)}
    for name in sorted({*described} - {*known}):
        yield f".{name}: unknown; known are {', '.join(known)}."
    for name, field in known.items():
        value = described.get(name)
        if name not in described:
            if field.default is MISSING:
                yield f".{name}: is missing."
        elif field.type is int and (type(value) is not int or value < 0):
            yield f".{name}: a whole number, 0 or more, was expected."
        elif field.type is str and not isinstance(value, str):
            yield f".{name}: a text was expected."


def shared_values(bodies: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each id, key or token that several accounts have."""
    found = Counter(
        value
        for body in bodies
        for value in (
            ("account.id", body["account"]["id"]),
            *((name, body[name]) for name in ("api_key", "access_token") if body.get(name)),
        )
    )
    for (name, value), count in found.items():
        if count > 1:
            yield f": {count} accounts have the {name} {value!r}."
