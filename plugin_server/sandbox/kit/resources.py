"""The table of Kit's resources. Source: https://developers.kit.com/api-reference

Subscribers and purchases, whose writes are more than their fields, have modules of their own.
"""

import re
import unicodedata
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account, sender
from plugin_server.sandbox.kit.broadcasts import BROADCASTS
from plugin_server.sandbox.kit.calls import Call
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record, content_of
from plugin_server.sandbox.kit.pagination import Match, Order
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Resource, chosen

_FORM_STATUSES = ("active", "archived", "trashed", "all")
_FORM_TYPES = ("embed", "hosted")
_SNIPPET_TYPES = ("inline", "block")
_EMAIL_STATS = ("recipients", "opens", "clicks", "email_unsubscribes", "bounces", "complaints")
_EMAIL_RATES = (
    *("open_rate", "click_rate", "click_to_open_rate"),
    *("unsubscribe_rate", "bounce_rate", "complaint_rate"),
)


def slug(text: str, separator: str) -> str:
    """Return a text in ASCII and lower case, with a separator between its words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", separator, plain).strip(separator)


def _subscriber_count(name: str) -> Any:
    def count(account: Account, record: Record) -> int:
        members = account.links(name).members(record["id"])
        subscribers = (account.subscribers.find(link["subscriber"]) for link in members)
        return sum(
            1 for subscriber in subscribers if subscriber and subscriber["state"] == "active"
        )

    return count


def _matches_forms(call: Call) -> Match:
    status = chosen(call, "status", _FORM_STATUSES, "active")
    type_ = chosen(call, "type", _FORM_TYPES)
    return lambda form: status in {"all", form["status"]} and type_ in {"", form["type"]}


def _matches_snippets(call: Call) -> Match:
    archived, type_ = call.flag("archived"), chosen(call, "snippet_type", _SNIPPET_TYPES)
    return lambda each: each["archived"] is archived and type_ in {"", each["snippet_type"]}


def _drop_links(name: str) -> Any:
    return lambda account, record: account.links(name).drop(record["id"])


def _name_field(account: Account, record: Record) -> None:
    record["key"] = _free_key(account, record)
    record["name"] = f"ck_field_{record['id']}_{record['key']}"


def _free_key(account: Account, record: Record) -> str:
    """Return the key of a field; a number tells apart labels that have the same one."""
    taken = {each.get("key") for each in account.collections["custom_fields"] if each is not record}
    key = first = slug(record["label"], "_") or "field"
    number = 2
    while key in taken:
        key, number = f"{first}_{number}", number + 1
    return key


def _check_field(account: Account, values: Record, before: Record | None) -> None:
    if before is not None and "label" in values:
        # The name stays what it was at the creation.
        values["key"] = _free_key(account, {**before, **values, "id": before["id"]})
        before["key"] = None


def _drop_values(account: Account, record: Record) -> None:
    for subscriber in account.subscribers:
        subscriber["values"].pop(record["id"], None)


def _check_sequence(account: Account, values: Record, before: Record | None) -> None:
    _find_template(account, values)
    values["updated_at"] = account.now()
    if before is None:
        values["time_zone"] = values["time_zone"] or (account.account.get("timezone") or {}).get(
            "name", "UTC"
        )
    for event, active in (("sequence.published", True), ("sequence.disabled", False)):
        if before is not None and before["active"] is not active and values.get("active") is active:
            account.emit(event, sequence={**before, **values})


def _drop_sequence(account: Account, record: Record) -> None:
    account.links("sequences").drop(record["id"])
    emails = account.collections["sequence_emails"]
    for email in [each for each in emails if each["sequence_id"] == record["id"]]:
        emails.remove(email["id"])


def _check_email(account: Account, values: Record, before: Record | None) -> None:
    _find_template(account, values)
    sequence = before["sequence_id"] if before else values["sequence_id"]
    others = [
        each["position"]
        for each in account.collections["sequence_emails"]
        if each["sequence_id"] == sequence and each is not before
    ]
    if before is None and values["position"] is None:
        values["position"] = max(others, default=-1) + 1
    if "position" in values and values["position"] in others:
        raise Rejected(422, "position has already been taken")
    if "send_days" in values and values["send_days"] is None:
        values["send_days"] = fields.all_days()
    email = {**(before or {}), **values}
    is_first = all(other > email["position"] for other in others)
    if email["delay_unit"] == "days" and not email["delay_value"] and not is_first:
        raise Rejected(422, "delay_value must be greater than 0 days after the first email")


def _find_template(account: Account, values: Record) -> None:
    id_ = values.get("email_template_id")
    if id_ is not None and account.collections["email_templates"].find(id_) is None:
        raise Rejected(422, "Email template not found")


def _sequence_stats(account: Account, record: Record) -> Record:
    unsubscribers = sum(
        1
        for link in account.links("sequences").members(record["id"])
        if (subscriber := account.subscribers.find(link["subscriber"]))
        and subscriber["state"] == "cancelled"
    )
    return {
        "unsubscribers": unsubscribers,
        **dict.fromkeys((*_EMAIL_STATS, *_EMAIL_RATES)),
        **record.get("stats", {}),
    }


def _email_stats(_account: Account, record: Record) -> Record:
    zeros = {**dict.fromkeys(_EMAIL_STATS, 0), **dict.fromkeys(_EMAIL_RATES, 0.0)}
    return {**zeros, **record.get("stats", {})}


def _check_snippet(account: Account, values: Record, before: Record | None) -> None:
    type_ = before["snippet_type"] if before else values["snippet_type"]
    other = "content" if type_ == "block" else "document_attributes"
    if before and (values.get("snippet_type", type_) != type_ or values.get(other) is not None):
        raise Rejected(422, "snippet_type cannot be changed")
    document = values.pop("document_attributes", None)
    if document is not None:
        if not isinstance(document, dict) or not isinstance(document.get("value_html"), str):
            raise Rejected(422, "document_attributes must have a value_html")
        values["content"] = document["value_html"]
    elif before is None and values["content"] is None:
        raise Rejected(
            422, "content can't be blank" if type_ == "inline" else "document can't be blank"
        )
    if before is None:
        values["key"] = slug(values["name"], "-")
    key = re.escape(before["key"] if before else values["key"])
    if re.search(rf"\bsnippets?\.{key}\b", values.get("content") or ""):
        raise Rejected(422, "content contains a circular reference")
    values["updated_at"] = account.now()
    values["version"] = (before or {}).get("version", 0) + 1


def _document(_account: Account, record: Record) -> Record:
    is_block = record["snippet_type"] == "block"
    html = record["content"] or ""
    return {
        "id": record["id"],
        "value": None,
        "value_html": html if is_block else None,
        "value_plain": re.sub(r"<[^>]*>", "", html),
        "version": record.get("version", 1),
    }


EMAIL_TEMPLATES = Resource(
    "email_template", "email_templates", ("id", "name", "is_default", "category")
)
SEGMENTS = Resource("segment", "segments", ("id", "name", "created_at"))
TAGS = Resource(
    *("tag", "tags", ("id", "name", "created_at")),
    fields={"name": Field(fields.trimmed, required="Name can't be blank")},
    includes={"subscriber_count": _subscriber_count("tags")},
    unique="name",
    deleted=_drop_links("tags"),
    events=True,
)
CUSTOM_FIELDS = Resource(
    *("custom_field", "custom_fields", ("id", "name", "key", "label")),
    fields={"label": Field(fields.trimmed, required="Label can't be blank")},
    unique="label",
    check=_check_field,
    created=_name_field,
    deleted=_drop_values,
    events=True,
    internal=("created_at",),
)
FORMS = Resource(
    *("form", "forms"),
    (
        *("id", "name", "created_at", "type", "format"),
        *("embed_js", "embed_url", "archived", "uid"),
    ),
    includes={"subscriber_count": _subscriber_count("forms")},
    matches=_matches_forms,
    internal=("status",),
)
POSTS = Resource(
    *("post", "posts"),
    (
        *("id", "publication_id", "created_at", "title", "slug", "description"),
        *("meta_description", "status", "published_at", "sent_at", "thumbnail_alt"),
        *("thumbnail_url", "is_paid", "public_url", "product_id", "content"),
    ),
    computed={
        "content": lambda _account, post: post["content"] if "content" in post else content_of(post)
    },
    by_id=("content",),
)
SEQUENCES = Resource(
    *("sequence", "sequences"),
    (
        *("id", "name", "hold", "repeat", "created_at", "updated_at", "email_address"),
        *("email_template_id", "send_days", "send_hour", "time_zone", "active"),
        "exclude_subscriber_sources",
    ),
    fields={
        "name": Field(fields.text, required="name can't be blank"),
        "hold": Field(fields.boolean, default=False),
        "repeat": Field(fields.boolean, default=False),
        "email_address": Field(fields.email_or_none),
        "email_template_id": Field(fields.id_or_none),
        "send_days": Field(fields.send_days, default=fields.all_days),
        "send_hour": Field(fields.between("send_hour", 0, 23), default=11),
        "time_zone": Field(fields.time_zone),
        "active": Field(fields.boolean, default=True),
        "exclude_subscriber_sources": Field(fields.as_is, default=list),
    },
    includes={"stats": _sequence_stats},
    check=_check_sequence,
    deleted=_drop_sequence,
    events=True,
    internal=("stats",),
)
SEQUENCE_EMAILS = Resource(
    *("email", "emails"),
    (
        *("id", "sequence_id", "subject", "preview_text", "email_address", "email_template_id"),
        *("published", "position", "delay_value", "delay_unit", "send_days", "content"),
    ),
    fields={
        "subject": Field(fields.text, required="subject can't be blank"),
        "delay_value": Field(
            fields.between("delay_value", 0, 10_000), required="delay_value can't be blank"
        ),
        "delay_unit": Field(
            fields.one_of("delay_unit", "days", "hours"), required="delay_unit can't be blank"
        ),
        "preview_text": Field(fields.text),
        "content": Field(fields.text),
        "email_template_id": Field(fields.id_or_none),
        "published": Field(fields.boolean, default=False),
        "send_days": Field(fields.send_days, default=fields.all_days),
        "position": Field(fields.id_or_none),
    },
    computed={
        "email_address": lambda account, email: (
            email.get("email_address")
            or (account.collections["sequences"].find(email["sequence_id"]) or {}).get(
                "email_address"
            )
            or sender(account)
        )
    },
    by_id=("content",),
    includes={"stats": _email_stats},
    check=_check_email,
    order=Order(lambda email: [email["position"], email["id"]], (int, int), descending=False),
    parent="sequences",
    collection="sequence_emails",
    internal=("created_at", "stats"),
)
SNIPPETS = Resource(
    *("snippet", "snippets"),
    (
        *("id", "name", "snippet_type", "archived", "key", "created_at", "updated_at"),
        *("content", "document"),
    ),
    fields={
        "name": Field(fields.text, required="name can't be blank"),
        "snippet_type": Field(
            fields.one_of("snippet_type", *_SNIPPET_TYPES), required="snippet_type can't be blank"
        ),
        "content": Field(fields.text),
        "document_attributes": Field(fields.as_is),
        "archived": Field(fields.boolean, default=False),
    },
    computed={"document": _document},
    by_id=("content", "document"),
    matches=_matches_snippets,
    check=_check_snippet,
    internal=("version",),
)

RESOURCES = (
    *(BROADCASTS, CUSTOM_FIELDS, EMAIL_TEMPLATES, FORMS, POSTS, SEGMENTS),
    *(SEQUENCES, SEQUENCE_EMAILS, SNIPPETS, TAGS),
)
