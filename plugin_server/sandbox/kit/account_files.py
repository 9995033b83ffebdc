"""Files that describe accounts: one JSON object for each, with Kit's own field names.

``{base_url}`` in a file stands for the sandbox's URL, and ``{now-400d}`` for a time counted from the
start. Posts and subscribers may be described by numbers instead of being listed. ``dump_account``
writes what ``read_account`` reads, so that a changed account can be stored and read again.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from plugin_server.sandbox.kit.accounts import LINKED, Account
from plugin_server.sandbox.kit.broadcasts import status_of
from plugin_server.sandbox.kit.fields import DAYS, SUBSCRIBER_STATES, Rule, email, one_of
from plugin_server.sandbox.kit.generated_posts import GeneratedPosts, Record
from plugin_server.sandbox.kit.generated_subscribers import GeneratedSubscribers, subscribers_of
from plugin_server.sandbox.kit.moments import read_moment, resolve_moments
from plugin_server.sandbox.kit.purchases import PURCHASES
from plugin_server.sandbox.kit.resources import RESOURCES, slug
from plugin_server.sandbox.kit.subscriber_records import STATE_EVENTS
from plugin_server.sandbox.kit.tables import Table
from plugin_server.sandbox.kit.webhooks import DELIVERIES, WEBHOOK_ENDPOINTS, WEBHOOKS

_FOLDER = Path(__file__).parent / "accounts"
_LISTED = {
    each.stored: each for each in (*RESOURCES, PURCHASES, WEBHOOKS, WEBHOOK_ENDPOINTS, DELIVERIES)
}
_LINKS = {f"{name.removesuffix('s')}_subscribers": name for name in LINKED}
_SUBSCRIBER = {
    *("id", "first_name", "email_address", "state", "created_at", "updated_at", "canceled_at"),
    *("values", "attribution", "location", "inferred_location", "stats"),
}
_PLAIN = {
    *("account", "developer", "api_key", "access_token", "colors", "profile", "growth"),
    *("email_stats", "pages", "user_id", "has_api_access", "gained", "waiting", "subscribers"),
    "post_changes",
}
_SUBSCRIBER_RULES: dict[str, Rule] = {
    "email_address": email,
    "state": one_of("state", *SUBSCRIBER_STATES),
}
_NO_GROWTH = {"subscribers": 0, "new_per_week": 0, "cancellations_per_week": 0}
_NO_EMAILS = {
    **{"sent": 0, "clicked": 0, "opened": 0},
    **{"open_tracking_enabled": True, "click_tracking_enabled": True},
}
_DEFAULTS: dict[str, Record] = {
    "forms": {"status": "active", "archived": False, "format": None},
    "sequences": {
        **{"hold": False, "repeat": False, "email_address": None, "email_template_id": None},
        **{"send_days": list(DAYS), "send_hour": 11, "time_zone": "UTC", "active": True},
        "exclude_subscriber_sources": [],
    },
    "snippets": {"archived": False},
    "posts": {"status": "published", "is_paid": False, "description": None},
}


class BadAccount(ValueError):
    """A file does not describe accounts; the message says where, and what to change."""


def load_accounts(base_url: str, clock: Callable[[], float] | None = None) -> dict[int, Account]:
    """Return every shipped account by its id, the developer's first."""
    texts = [path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.json"))]
    return accounts_of((json.loads(_resolve(text, base_url, clock)) for text in texts), clock)


def read_accounts(
    file: Path, base_url: str, clock: Callable[[], float] | None = None
) -> dict[int, Account]:
    """Return the accounts of a file: an array of objects. Raises BadAccount."""
    try:
        bodies = json.loads(_resolve(file.read_text("utf-8"), base_url, clock))
    except ValueError as error:
        raise BadAccount(f"{file} is not JSON: {error}.") from None
    if isinstance(bodies, dict) and "accounts" in bodies:
        # A data file with OAuth clients.
        bodies = bodies["accounts"]
    if not isinstance(bodies, list) or not bodies:
        raise BadAccount(f"{file} must be an array with an object for each account.")
    if findings := [text for n, body in enumerate(bodies) for text in check(body, f"[{n}]")]:
        raise BadAccount("\n".join(f"{file}{each}" for each in findings))
    return accounts_of(bodies, clock)


def accounts_of(bodies: Iterable[Record], clock: Callable[[], float] | None) -> dict[int, Account]:
    """Return the accounts of valid descriptions by their ids; one must be the developer's."""
    accounts = [read_account(body, clock) for body in bodies]
    if not any(account.developer for account in accounts):
        accounts[0].developer = True
    accounts.sort(key=lambda account: (not account.developer, account.id))
    return {account.id: account for account in accounts}


def read_account(body: Record, clock: Callable[[], float] | None = None) -> Account:
    """Return the account of a valid description."""
    about = {"plan_type": "creator", "created_at": "2025-01-01T00:00:00Z", **body["account"]}
    generated = subscribers_of(body.get("subscribers"))
    fields = _table("custom_fields", body.get("custom_fields", ()), about)
    listed = () if generated else body.get("subscribers", ())
    subscribers = generated.records if generated else [_subscriber(each, fields) for each in listed]
    key = body.get("api_key") or f"kit_sandbox_{about['id']}"
    account = Account(
        id=about["id"],
        name=about["name"],
        email=about["primary_email_address"],
        developer=body.get("developer", False),
        api_key=key,
        access_token=body.get("access_token") or f"{key}_oauth",
        account=about,
        colors=body.get("colors", []),
        profile=body.get("profile"),
        growth=body.get("growth") or {**_NO_GROWTH, "subscribers": _active(subscribers)},
        email_stats=body.get("email_stats", _NO_EMAILS),
        collections={
            **{
                name: _table(name, body.get(name, ()), about) for name in _LISTED if name != "posts"
            },
            "subscribers": Table(subscribers),
        },
        pages=body.get("pages", {}),
        user_id=body.get("user_id"),
        has_api_access=body.get("has_api_access", True),
        generated=generated,
        gained=[tuple(each) for each in body.get("gained", ())],
    )
    if clock is not None:
        account.clock = clock
    if body.get("posts", ()) is not None:
        account.collections["posts"] = _table("posts", body.get("posts", ()), about)
    for record in body.get("post_changes", ()):
        account.collections["posts"].put(record)
    for name, links in _LINKS.items():
        _link(account, links, body.get(name))
    account.waiting = {
        each["id"]
        for each in account.broadcasts
        if status_of(account, each) in {"draft", "scheduled"}
    } | {*body.get("waiting", ())}
    return account


def dump_account(account: Account) -> Record:
    """Return the description of an account as it is now."""
    with account.lock:
        posts = account.collections.get("posts")
        body = {
            "account": account.account,
            **{
                name: getattr(account, name)
                for name in _PLAIN - {"account", "post_changes", "waiting", "subscribers"}
            },
            "waiting": sorted(account.waiting),
            **{name: account.collections[name].written() for name in _LISTED if name != "posts"},
            "posts": None if posts is None else posts.described or posts.written(),
            "post_changes": posts.written() if posts is not None and posts.described else [],
            "subscribers": account.subscribers.written(),
        }
        for name, links in _LINKS.items():
            body[name] = [_described(link, links) for link in account.links(links).all()]
        written: dict[str, Any] = json.loads(json.dumps(body))
        return written


def put_record(account: Account, name: str, record: Record) -> Record:
    """Add a valid record to a collection or replace one, as the creator would; the account is locked."""
    table = account.collections[name]
    before = table.find(record["id"])
    given = {**(before or {"created_at": account.now()}), **record}
    if name == "subscribers":
        stored = _subscriber(given, account.collections["custom_fields"])
    else:
        stored = _fill(name, given, account.account)
    table.put(stored)
    one = name.removesuffix("s")
    if name == "subscribers":
        account.know_email(stored, before["email_address"] if before else None)
        if before is None or before["state"] != stored["state"]:
            account.emit(f"subscriber.{STATE_EVENTS[stored['state']]}", subscriber=stored)
    elif name == "posts":
        if stored["status"] == "published" and (before or {}).get("status") != "published":
            account.emit("post.published", post=stored)
    elif before is None and _LISTED[name].events:
        account.emit(f"{one}.created", **{one: stored})
    return stored


def check(body: Any, place: str) -> list[str]:
    """Return what is wrong with a description, each with the place in the file."""
    if not isinstance(body, dict):
        return [f"{place}: an object was expected."]
    about = body.get("account")
    needed = {"id": int, "name": str, "primary_email_address": str}
    if not isinstance(about, dict):
        return [f"{place}.account: an object with {', '.join(needed)} is needed."]
    findings = [
        f"{place}.account.{name}: {kind.__name__} is needed."
        for name, kind in needed.items()
        if not isinstance(about.get(name), kind)
    ]
    known = {*_PLAIN, *_LISTED, *_LINKS}
    findings += [
        f"{place}.{name}: unknown; known are {', '.join(sorted(known))}."
        for name in {*body} - known
    ]
    for name in (*_LISTED, "subscribers", *_LINKS):
        findings += _check_records(name, body.get(name), f"{place}.{name}")
    return findings


def _check_records(name: str, records: Any, place: str) -> Iterable[str]:
    made = {"posts": GeneratedPosts, "subscribers": GeneratedSubscribers}.get(name)
    if isinstance(records, dict) and made is not None:
        try:
            made(**records)
        except (TypeError, ValueError) as error:
            yield f"{place}: {error}."
    elif isinstance(records, list):
        for number, record in enumerate(records):
            wrong = _check_link if name in _LINKS else check_record
            yield from (f"{place}[{number}]{each}" for each in wrong(name, record))
    elif records is not None:
        yield f"{place}: an array was expected."


def _check_link(name: str, link: Any) -> list[str]:
    ids = (f"{_LINKS[name].removesuffix('s')}_id", "subscriber_id")
    try:
        read_moment(link["at"])
        if all(isinstance(link[each], int) for each in ids):
            return []
    except (KeyError, TypeError, ValueError):
        pass
    return [f": {', '.join(ids)} and at, which is a time, are needed."]


def check_record(name: str, record: Any) -> list[str]:
    """Return what is wrong with the description of one record."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), int):
        return [": an object with a number as its id was expected."]
    if name == "subscribers":
        members, rules, needed = _SUBSCRIBER | {"fields"}, _SUBSCRIBER_RULES, {"email_address"}
    else:
        resource = _LISTED[name]
        members = {*resource.members, *resource.fields, *resource.internal, "created_at"}
        rules = {each: field.rule for each, field in resource.fields.items()}
        needed = {each for each, field in resource.fields.items() if field.required}
    findings = [
        f".{each}: unknown; known are {', '.join(sorted(members))}."
        for each in sorted({*record} - members)
    ]
    findings += [f".{each}: is missing." for each in sorted(needed - {*record})]
    for each, value in record.items():
        rule = rules.get(each, read_moment if each.endswith("_at") else None)
        if rule is not None and value is not None:
            try:
                rule(value)
            except ValueError as error:
                findings.append(f".{each}: {error}.")
    return findings


def _resolve(text: str, base_url: str, clock: Callable[[], float] | None) -> str:
    text = text.replace("{base_url}", base_url)
    return resolve_moments(text, clock()) if clock is not None else text


def _table(name: str, records: Any, about: Record) -> Table:
    if name == "posts" and isinstance(records, dict):
        return Table(GeneratedPosts(**records), records)
    return Table([_fill(name, record, about) for record in records or ()])


def _fill(name: str, record: Record, about: Record) -> Record:
    """Return a record with the members that its description leaves out."""
    resource = _LISTED[name]
    members = {*resource.members, *resource.fields, "created_at"} - {*resource.computed, "content"}
    filled = {
        **dict.fromkeys(members - {"public_url", "email_template", "document_attributes"}),
        "created_at": about["created_at"],
        **_DEFAULTS.get(name, {}),
        **record,
    }
    if "updated_at" in filled:
        filled["updated_at"] = filled["updated_at"] or filled["created_at"]
    if name == "custom_fields":
        filled["key"] = filled["key"] or slug(filled["label"], "_")
        filled["name"] = filled["name"] or f"ck_field_{filled['id']}_{filled['key']}"
    return filled


def _subscriber(record: Record, fields: Iterable[Record]) -> Record:
    by_key = {each["key"]: each["id"] for each in fields}
    given = {by_key[key]: value for key, value in record.get("fields", {}).items() if key in by_key}
    created = record.get("created_at") or "2025-01-01T00:00:00Z"
    state = record.get("state", "active")
    return {
        **{"first_name": None, "state": state, "created_at": created, "updated_at": created},
        "canceled_at": created if state == "cancelled" else None,
        **{name: value for name, value in record.items() if name != "fields"},
        "values": {**given, **{int(id_): each for id_, each in record.get("values", {}).items()}},
    }


def _active(subscribers: Any) -> int:
    return (
        0 if callable(subscribers) else sum(1 for each in subscribers if each["state"] == "active")
    )


def _link(account: Account, name: str, links: Any) -> None:
    """Link subscribers to what a file says; each link has the ids of both, and its time."""
    one = name.removesuffix("s")
    if links is None:
        return
    account.set_links(
        name,
        sorted(
            (
                {
                    "parent": each[f"{one}_id"],
                    "subscriber": each["subscriber_id"],
                    "at": each["at"],
                    **({"referrer": each.get("referrer")} if name == "forms" else {}),
                }
                for each in links
            ),
            key=lambda link: str(link["at"]),
        ),
    )


def _described(link: Mapping[str, Any], name: str) -> Record:
    more = {"referrer": link.get("referrer")} if name == "forms" else {}
    one = name.removesuffix("s")
    return {
        f"{one}_id": link["parent"],
        "subscriber_id": link["subscriber"],
        "at": link["at"],
        **more,
    }
