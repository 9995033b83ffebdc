"""Controls of forms from the fields of Kit's resources: what they show, and what was typed in them.

A typed value is a text, a boolean, a list of chosen words, or rows of texts; a form with errors shows it
again as it was typed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict

from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.fields import DAYS, Field, OneOf, Rule, read_fields
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.webhooks import EVENTS

PRODUCT_COLUMNS = ("name", "pid", "unit_price", "quantity", "sku", "lid")

_BY_RULE: dict[Rule, str] = {
    fields.boolean: "check",
    fields.send_days: "words",
    fields.as_is: "json",
    fields.subscriber_filter: "json",
    fields.whole_number: "number",
    fields.id_or_none: "number",
    fields.time_zone: "zone",
}
_BY_NAME = {"products": "rows", "colors": "lines", "timezone": "zone", "events": "words"}
_LONG = {"bio", "content", "description", "meta_description"}
# The collections whose records an id is chosen from.
_RECORDS = {"email_template_id": "email_templates", "sequence_id": "sequences"}
_MOST_CHOICES = 500
_WORDS = {"send_days": DAYS, "events": EVENTS}


@dataclass(frozen=True)
class Control:
    """One control.

    Attributes:
        kind: ``text``, ``area``, ``number``, ``check``, ``choice``, ``words``, ``zone``, ``json``, ``lines``
            or ``rows``.
        value: the typed value.
        choices: pairs of a value and its text.
    """

    name: str
    label: str
    kind: str
    value: Any
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


def controls_of(
    account: Account, of: Mapping[str, Field], typed: Mapping[str, Any], labels: Mapping[str, str]
) -> list[Control]:
    """Return the controls of fields with what is typed in them; ``labels`` are those of the account's own."""
    return [
        Control(
            name,
            labels.get(name) or label_of(name),
            _kind(name, each),
            typed.get(name),
            _choices(account, name, each),
            _hint(account, name, each),
        )
        for name, each in of.items()
    ]


def label_of(name: str) -> str:
    """Return a member of Kit's API in words: *Email template* for ``email_template_id``."""
    return name.removesuffix("_id").replace("_", " ").capitalize().replace("url", "URL")


def typed_from_record(of: Mapping[str, Field], record: Record) -> dict[str, Any]:
    """Return what a form shows of a record."""
    return {name: _typed(_kind(name, each), record.get(name)) for name, each in of.items()}


def typed_from_defaults(of: Mapping[str, Field]) -> dict[str, Any]:
    """Return what the form of a new record shows."""
    return typed_from_record(of, {name: each.new() for name, each in of.items()})


def typed_from_form(of: Mapping[str, Field], form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed in a submitted form."""
    typed: dict[str, Any] = {}
    for name, each in of.items():
        kind = _kind(name, each)
        if kind == "check":
            typed[name] = name in form
        elif kind == "words":
            typed[name] = form.getlist(name)
        elif kind == "rows":
            typed[name] = _rows(name, form)
        else:
            # Browsers send line ends as in emails.
            typed[name] = form.get(name, "").replace("\r\n", "\n")
    return typed


def body_of(
    of: Mapping[str, Field], typed: Mapping[str, Any], before: Mapping[str, Any] | None
) -> tuple[Record, FormErrors]:
    """Return the body of the request that a form stands for, and what cannot be one, by field.

    Args:
        of: the form's fields.
        typed: in it.
        before: what the form of the record showed: a request names what has changed. ``None`` for a new
            record, whose request leaves out what is empty.
    """
    body: Record = {}
    errors: FormErrors = {}
    for name, each in of.items():
        if before is None and typed[name] in ("", []) and not each.required:
            continue
        if before is not None and typed[name] == before[name]:
            continue
        try:
            value = _value(_kind(name, each), typed[name])
        except ValueError:
            errors[name] = [f"{label_of(name)} is not valid JSON"]
            continue
        _put(body, name, value)
    return body, errors


def place(
    of: Mapping[str, Field], body: Record, messages: Iterable[str], *, new: bool
) -> FormErrors:
    """Return Kit's sentences by the field that each is about, the others under ``""``."""
    found: FormErrors = {}
    for message in messages:
        names = [name for name in of if _is_about(message, name, of[name], body, new)]
        if not names:
            starts = ((name, (name, label_of(name).lower())) for name in of)
            names = [name for name, words in starts if message.lower().startswith(words)]
        for name in names or [""]:
            found.setdefault(name, []).append(message)
    return found


def _is_about(message: str, name: str, of: Field, body: Record, new: bool) -> bool:
    try:
        read_fields({name: of}, body, partial=not new)
    except Rejected as error:
        return message in error.messages
    return False


def _kind(name: str, of: Field) -> str:
    if isinstance(of.rule, OneOf) or name in _RECORDS:
        return "choice"
    known = _BY_RULE.get(of.rule) or _BY_NAME.get(name)
    return known or ("area" if name in _LONG else "text")


def _choices(account: Account, name: str, of: Field) -> tuple[tuple[str, str], ...]:
    if isinstance(of.rule, OneOf):
        return tuple((each, label_of(each)) for each in of.rule.choices)
    if name in _RECORDS:
        records = account.collections[_RECORDS[name]][:_MOST_CHOICES]
        named = tuple((str(each["id"]), str(each["name"])) for each in records)
        return (("", "None"), *named)
    if name in _WORDS:
        return tuple((each, each if "." in each else each.capitalize()) for each in _WORDS[name])
    if _kind(name, of) == "zone":
        return tuple((each, each) for each in sorted(available_timezones()))
    return ()


def _hint(account: Account, name: str, of: Field) -> str:
    if name.endswith(("_at", "_time")):
        return f"In UTC: now it is {account.now()}."
    kind = _kind(name, of)
    if kind == "lines":
        return "One on each line, such as #1F4E5F."
    return "JSON, as in Kit’s API." if kind == "json" else ""


def _typed(kind: str, value: Any) -> Any:
    if kind == "check":
        return bool(value)
    if kind == "words":
        return list(value or ())
    if kind == "rows":
        return [
            {each: "" if row.get(each) is None else str(row[each]) for each in PRODUCT_COLUMNS}
            for row in value or ()
        ]
    if kind == "lines":
        return "\n".join(value or ())
    if value is None or (kind == "json" and value == []):
        return ""
    return json.dumps(value, indent=2, ensure_ascii=False) if kind == "json" else str(value)


def _value(kind: str, typed: Any) -> Any:
    """Return a typed value as a request has it; raises ValueError for JSON that is none."""
    if kind == "rows":
        return [{name: text for name, text in row.items() if text} for row in typed]
    if kind == "lines":
        return typed.split()
    if kind == "json":
        return json.loads(typed) if typed.strip() else None
    return None if typed == "" else typed


def _rows(name: str, form: MultiDict[str, str]) -> list[dict[str, str]]:
    columns = [form.getlist(f"{name}.{each}") for each in PRODUCT_COLUMNS]
    rows = [dict(zip(PRODUCT_COLUMNS, texts, strict=True)) for texts in zip(*columns, strict=False)]
    return [row for row in rows if any(map(str.strip, row.values()))]


def _put(body: Record, name: str, value: Any) -> None:
    """Set a member of a body; ``fields.town`` is one of the object ``fields``."""
    above, _, below = name.partition(".")
    if below:
        body.setdefault(above, {})[below] = value
    else:
        body[name] = value
