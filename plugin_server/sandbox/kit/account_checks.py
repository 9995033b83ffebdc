"""What a file of accounts may hold, and what is wrong in one, each finding with its place."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from plugin_server.sandbox.kit.accounts import LINKED
from plugin_server.sandbox.kit.broadcasts import BROADCASTS
from plugin_server.sandbox.kit.generated_posts import GeneratedPosts, Record
from plugin_server.sandbox.kit.generated_subscribers import GeneratedSubscribers
from plugin_server.sandbox.kit.moments import read_moment
from plugin_server.sandbox.kit.purchases import PURCHASES
from plugin_server.sandbox.kit.resources import (
    CUSTOM_FIELDS,
    EMAIL_TEMPLATES,
    FORMS,
    POSTS,
    SEGMENTS,
    SEQUENCE_EMAILS,
    SEQUENCES,
    SNIPPETS,
    TAGS,
)
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS
from plugin_server.sandbox.kit.texts import words
from plugin_server.sandbox.kit.webhooks import DELIVERIES, WEBHOOK_ENDPOINTS, WEBHOOKS

_TYPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("api_key", "access_token"), (str, "a text")),
    **dict.fromkeys(("profile", "growth", "email_stats", "pages"), (dict, "an object")),
    **dict.fromkeys(("colors", "gained", "waiting"), (list, "an array")),
    **dict.fromkeys(("developer", "has_api_access"), (bool, "true or false")),
    "user_id": (int, "a number"),
}
_ACCOUNT: dict[str, tuple[type, str]] = {"id": (int, "a number"), "name": (str, "a text")}
_ACCOUNT["primary_email_address"] = _ACCOUNT["name"]
RESOURCES = {
    resource.stored: resource
    for resource in (
        *(BROADCASTS, CUSTOM_FIELDS, EMAIL_TEMPLATES, FORMS, POSTS, SEGMENTS, SEQUENCES),
        *(SEQUENCE_EMAILS, SNIPPETS, TAGS, SUBSCRIBERS, PURCHASES),
        *(WEBHOOKS, WEBHOOK_ENDPOINTS, DELIVERIES),
    )
}
LINKS = {f"{name.removesuffix('s')}_subscribers": name for name in LINKED}
# Members of a file that an account has under the same name.
ACCOUNT_MEMBERS = words(
    "account developer api_key access_token colors profile growth email_stats pages user_id"
    " has_api_access gained"
)
GENERATED = {"posts": GeneratedPosts, "subscribers": GeneratedSubscribers}


def check_account(body: Any, place: str) -> list[str]:
    """Return what is wrong with a description, each with the place in the file."""
    if not isinstance(body, dict):
        return [f"{place}: an object was expected."]
    findings = [f"{place}{each}" for each in _account_findings(body)]
    known = {*ACCOUNT_MEMBERS, *RESOURCES, *LINKS, "waiting", "post_changes"}
    findings += _unknown({*body}, known, f"{place}.")
    for name in (*RESOURCES, *LINKS):
        findings += _check_records(name, body.get(name), f"{place}.{name}")
    return findings


def check_record(name: str, record: Any) -> list[str]:
    """Return what is wrong with the description of one record."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), int):
        return [": an object with a number as its id was expected."]
    resource = RESOURCES[name]
    members = {*resource.members, *resource.fields, *words(resource.internal), "created_at"}
    needed = {each for each, field in resource.fields.items() if field.required}
    findings = _unknown({*record}, members, ".")
    findings += [f".{each}: is missing." for each in sorted(needed - {*record})]
    for each, value in record.items():
        field = resource.fields.get(each)
        rule = field.rule if field else read_moment if each.endswith("_at") else None
        if rule is not None and value is not None:
            try:
                rule(value)
            except ValueError as error:
                findings.append(f".{each}: {error}.")
    return findings


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


def _account_findings(body: Mapping[str, Any]) -> Iterator[str]:
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


def _repeated_ids(records: Iterable[Any]) -> Iterator[str]:
    """Yield a sentence for each id that several records of a collection have."""
    ids = Counter(each.get("id") for each in records if isinstance(each, dict))
    for id_, count in ids.items():
        if count > 1 and id_ is not None:
            yield f": {count} records have the id {id_}."


def _generated_findings(made: type[Any], described: Record) -> Iterator[str]:
    """Yield what is wrong with a description of records by numbers."""
    known = {each.name: each for each in fields(made)}
    for name in sorted({*described} - {*known}):
        yield f".{name}: unknown; known are {', '.join(known)}."
    for name, field in known.items():
        value = described.get(name)
        if name not in described:
            if field.default is MISSING and field.default_factory is MISSING:
                yield f".{name}: is missing."
        elif field.type is int and (type(value) is not int or value < 0):
            yield f".{name}: a whole number, 0 or more, was expected."
        elif field.type is str and not isinstance(value, str):
            yield f".{name}: a text was expected."


def _unknown(names: set[str], known: set[str], place: str) -> list[str]:
    list_ = ", ".join(sorted(known))
    return [f"{place}{name}: unknown; known are {list_}." for name in sorted(names - known)]


def _check_records(name: str, records: Any, place: str) -> Iterable[str]:
    if isinstance(records, dict) and name in GENERATED:
        findings = [*_generated_findings(GENERATED[name], records)]
        try:
            findings or GENERATED[name](**records)
        except ValueError as error:
            findings = [f": {error}."]
        yield from (f"{place}{each}" for each in findings)
    elif isinstance(records, list):
        check_each = _check_link if name in LINKS else check_record
        for number, record in enumerate(records):
            yield from (f"{place}[{number}]{each}" for each in check_each(name, record))
        yield from (f"{place}{each}" for each in _repeated_ids(records))
    elif records is not None:
        yield f"{place}: an array was expected."


def _check_link(name: str, link: Any) -> list[str]:
    ids = (f"{LINKS[name].removesuffix('s')}_id", "subscriber_id")
    try:
        read_moment(link["at"])
        if all(isinstance(link[each], int) for each in ids):
            return []
    except (KeyError, TypeError, ValueError):
        pass
    return [f": {', '.join(ids)} and at, which is a time, are needed."]
