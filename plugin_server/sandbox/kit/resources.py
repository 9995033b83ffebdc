"""The table of Kit's resources. Source: https://developers.kit.com/api-reference

Subscribers, broadcasts and purchases, whose writes are more than their fields, have modules of their own.
"""

import re
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record, content_of
from plugin_server.sandbox.kit.pagination import Order
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Change, Choice, Resource, Show
from plugin_server.sandbox.kit.texts import slug, words

_SNIPPET_TYPES = ("inline", "block")
_EMAIL_STATS = words("recipients opens clicks email_unsubscribes bounces complaints")
_EMAIL_RATES = words(
    "open_rate click_rate click_to_open_rate unsubscribe_rate bounce_rate complaint_rate"
)


def _count(account: Account, name: str, record: Record, state: str) -> int:
    """Return how many subscribers in a state are in a tag, form or sequence."""
    members = account.links(name).members(record["id"])
    subscribers = (account.subscribers.find(link["subscriber_id"]) for link in members)
    return sum(1 for each in subscribers if each and each["state"] == state)


def _drop_links(name: str) -> Change:
    return lambda account, record: account.links(name).drop(record["id"])


def _name_field(account: Account, record: Record) -> None:
    record["key"] = _free_key(account, record)
    record["name"] = f"ck_field_{record['id']}_{record['key']}"


def _free_key(account: Account, record: Record) -> str:
    """Return the key of a field; a number tells apart labels that have the same one."""
    others = (e for e in account.collections["custom_fields"] if e["id"] != record["id"])
    taken = {each.get("key") for each in others}
    key = first = slug(record["label"], "_") or "field"
    number = 2
    while key in taken:
        key, number = f"{first}_{number}", number + 1
    return key


def _check_field(account: Account, values: Record, before: Record | None) -> None:
    if before is not None and "label" in values:
        # The name stays what it was at the creation.
        values["key"] = _free_key(account, {**before, **values})
        for subscriber in account.subscribers:
            if before["key"] in subscriber["fields"]:
                subscriber["fields"][values["key"]] = subscriber["fields"].pop(before["key"])


def _drop_values(account: Account, record: Record) -> None:
    for subscriber in account.subscribers:
        subscriber["fields"].pop(record["key"], None)


def _check_sequence(account: Account, values: Record, before: Record | None) -> None:
    _find_template(account, values)
    values["updated_at"] = account.now()
    if before is None:
        zone = account.account.get("timezone") or {"name": "UTC"}
        values["time_zone"] = values["time_zone"] or zone["name"]
    elif values.get("active", before["active"]) is not before["active"]:
        event = "sequence.published" if values["active"] else "sequence.disabled"
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
    nothing = dict.fromkeys((*_EMAIL_STATS, *_EMAIL_RATES))
    unsubscribers = _count(account, "sequences", record, "cancelled")
    return {"unsubscribers": unsubscribers, **nothing, **record.get("stats", {})}


def _email_stats(_account: Account, record: Record) -> Record:
    zeros = {**dict.fromkeys(_EMAIL_STATS, 0), **dict.fromkeys(_EMAIL_RATES, 0.0)}
    return {**zeros, **record.get("stats", {})}


def _email_address(account: Account, email: Record) -> Any:
    sequence = account.collections["sequences"].find(email["sequence_id"]) or {}
    return email.get("email_address") or sequence.get("email_address") or account.email


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
        raise Rejected(422, f"{'content' if type_ == 'inline' else 'document'} can't be blank")
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


def _form_page(suffix: str, member: str) -> Show:
    """Return how a URL of a form is shown where the form's description leaves it out."""

    def show(account: Account, form: Record) -> str:
        return form.get(member) or f"{account.site}/{form['uid']}{suffix}"

    return show


EMAIL_TEMPLATES = Resource("email_template", "id name is_default category")
SEGMENTS = Resource("segment", "id name created_at")
TAGS = Resource(
    "tag",
    "id name created_at",
    fields={"name": Field(fields.trimmed, required="Name can't be blank")},
    unique="name",
    includes={"subscriber_count": lambda account, tag: _count(account, "tags", tag, "active")},
    deleted=_drop_links("tags"),
    events=True,
)
CUSTOM_FIELDS = Resource(
    "custom_field",
    "id name key label",
    fields={"label": Field(fields.trimmed, required="Label can't be blank")},
    unique="label",
    check=_check_field,
    created=_name_field,
    deleted=_drop_values,
    events=True,
)
FORMS = Resource(
    "form",
    "id name created_at type format embed_js embed_url archived uid",
    computed={
        "embed_url": _form_page("", "embed_url"),
        "embed_js": _form_page("/index.js", "embed_js"),
    },
    includes={"subscriber_count": lambda account, form: _count(account, "forms", form, "active")},
    choices={
        "status": Choice(("active", "archived", "trashed", "all"), "active"),
        "type": Choice(("embed", "hosted")),
    },
    deleted=_drop_links("forms"),
    internal="status",
    defaults={"type": "embed", "status": "active", "archived": False},
)
POSTS = Resource(
    "post",
    "id publication_id created_at title slug description meta_description status published_at"
    " sent_at thumbnail_alt thumbnail_url is_paid public_url product_id content",
    computed={
        "content": lambda _account, post: post["content"] if "content" in post else content_of(post)
    },
    by_id=("content",),
    defaults={"status": "published", "is_paid": False},
)
SEQUENCES = Resource(
    "sequence",
    "id name hold repeat created_at updated_at email_address email_template_id send_days"
    " send_hour time_zone active exclude_subscriber_sources",
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
    internal="stats",
    defaults={"time_zone": "UTC"},
)
SEQUENCE_EMAILS = Resource(
    "email",
    "id sequence_id subject preview_text email_address email_template_id published position"
    " delay_value delay_unit send_days content",
    collection="sequence_emails",
    parent="sequences",
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
    computed={"email_address": _email_address},
    includes={"stats": _email_stats},
    by_id=("content",),
    order=Order(lambda email: [email["position"], email["id"]], (int, int), descending=False),
    check=_check_email,
    internal="stats",
)
SNIPPETS = Resource(
    "snippet",
    "id name snippet_type archived key created_at updated_at content document",
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
    choices={"archived": Choice(), "snippet_type": Choice(_SNIPPET_TYPES)},
    check=_check_snippet,
    internal="version",
)
