"""Files that describe accounts: one JSON object for each, with Kit's own field names.

``{base_url}`` in a file stands for the sandbox's URL, and ``{now-400d}`` for a time counted from the
start. Posts and subscribers may be described by numbers instead of being listed. ``dump_account``
writes what ``read_account`` reads, so that a changed account can be stored and read again.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from plugin_server.sandbox.kit.account_checks import (
    ACCOUNT_MEMBERS,
    GENERATED,
    LINKS,
    RESOURCES,
    check_account,
    shared_values,
)
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.broadcasts import status_of
from plugin_server.sandbox.kit.generated_posts import GeneratedPosts, Record
from plugin_server.sandbox.kit.generated_subscribers import GeneratedSubscribers
from plugin_server.sandbox.kit.moments import resolve_moments
from plugin_server.sandbox.kit.resource import Resource
from plugin_server.sandbox.kit.resources import (
    CUSTOM_FIELDS,
    FORMS,
    SNIPPETS,
)
from plugin_server.sandbox.kit.subscriber_records import STATE_EVENTS, SUBSCRIBERS
from plugin_server.sandbox.kit.tables import Table
from plugin_server.sandbox.kit.texts import slug, words

_FOLDER = Path(__file__).parent / "accounts"


class BadAccount(ValueError):
    """A file does not describe accounts; the message says where, and what to change."""


def load_accounts(base_url: str, clock: Callable[[], float] = time.time) -> dict[int, Account]:
    """Return every shipped account by its id, the developer's first."""
    texts = [path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.json"))]
    return accounts_of((json.loads(_resolve(text, base_url, clock)) for text in texts), clock)


def read_accounts(
    file: Path, base_url: str, clock: Callable[[], float] = time.time
) -> dict[int, Account]:
    """Return the accounts of a file: an array of objects. Raises BadAccount."""
    try:
        bodies = json.loads(_resolve(file.read_text("utf-8"), base_url, clock))
    except ValueError as error:
        raise BadAccount(f"{file} is not JSON: {error}.") from None
    return accounts_in(bodies, file, clock)


def accounts_in(
    bodies: Any, file: Path, clock: Callable[[], float] = time.time
) -> dict[int, Account]:
    """Return the accounts of a file's parsed JSON, whose texts stay as they are. Raises BadAccount."""
    if isinstance(bodies, dict) and "accounts" in bodies:
        # A data file with OAuth clients.
        bodies = bodies["accounts"]
    if not isinstance(bodies, list) or not bodies:
        raise BadAccount(f"{file} must be an array with an object for each account.")
    findings = [text for n, body in enumerate(bodies) for text in check_account(body, f"[{n}]")]
    if findings := findings or [*shared_values(bodies)]:
        raise BadAccount("\n".join(f"{file}{each}" for each in findings))
    return accounts_of(bodies, clock)


def accounts_of(bodies: Iterable[Record], clock: Callable[[], float]) -> dict[int, Account]:
    """Return the accounts of valid descriptions by their ids; one must be the developer's."""
    accounts = [read_account(body, clock) for body in bodies]
    if not any(account.developer for account in accounts):
        accounts[0].developer = True
    accounts.sort(key=lambda account: (not account.developer, account.id))
    return {account.id: account for account in accounts}


def read_account(body: Record, clock: Callable[[], float] = time.time) -> Account:
    """Return the account of a valid description."""
    about = {"plan_type": "creator", "created_at": "2025-01-01T00:00:00Z", **body["account"]}
    key = body.get("api_key") or f"kit_sandbox_{about['id']}"
    subscribers = body.get("subscribers") or ()
    generated = GeneratedSubscribers(**subscribers) if isinstance(subscribers, dict) else None
    collections = {
        name: _table(name, body.get(name) or (), about["created_at"])
        for name in RESOURCES
        if name != "posts" or body.get("posts", ()) is not None
    }
    for post in body.get("post_changes", ()):
        collections["posts"].put(post)
    active = (
        0 if generated else sum(1 for s in collections["subscribers"] if s["state"] == "active")
    )
    members: Record = {
        "access_token": f"{key}_oauth",
        "growth": {"subscribers": active, "new_per_week": 0, "cancellations_per_week": 0},
        "email_stats": {
            **{"sent": 0, "clicked": 0, "opened": 0},
            **{"open_tracking_enabled": True, "click_tracking_enabled": True},
        },
        **{name: body[name] for name in ACCOUNT_MEMBERS if name in body},
        **{"account": about, "api_key": key},
    }
    account = Account(collections=collections, generated=generated, **members)
    account.clock = clock
    for name, links in LINKS.items():
        if name in body:
            account.set_links(links, sorted(body[name], key=lambda link: str(link["at"])))
    unsent = (e for e in account.broadcasts if status_of(account, e) in {"draft", "scheduled"})
    account.waiting = {*(each["id"] for each in unsent), *body.get("waiting", ())}
    return account


def dump_account(account: Account) -> Record:
    """Return the description of an account as it is now."""
    with account.lock:
        body: Record = {name: getattr(account, name) for name in ACCOUNT_MEMBERS}
        body["waiting"] = sorted(account.waiting)
        for name in RESOURCES:
            table = account.collections.get(name)
            body[name] = None if table is None else table.written()
            if table is not None and table.generated is not None:
                body.update({name: asdict(table.generated), "post_changes": table.written()})
        for name, links in LINKS.items():
            body[name] = account.links(links).all()
        written: Record = json.loads(json.dumps(body))
        return written


def put_record(account: Account, name: str, record: Record) -> Record:
    """Add a valid record to a collection or replace one, as the creator would; the account is locked."""
    table, resource = account.collections[name], RESOURCES[name]
    before = dict(table.find(record["id"]) or {})
    given = {"created_at": account.now(), **before, **record}
    stored = table.put(_fill(resource, given, given["created_at"]))
    if name == "subscribers":
        if before.get("state") != stored["state"]:
            account.emit(f"subscriber.{STATE_EVENTS[stored['state']]}", subscriber=stored)
    elif name == "posts":
        if stored["status"] == "published" and before.get("status") != "published":
            account.emit("post.published", post=stored)
    elif not before and resource.events:
        account.emit(f"{resource.one}.created", **{resource.one: stored})
    return stored


def _resolve(text: str, base_url: str, clock: Callable[[], float]) -> str:
    return resolve_moments(text.replace("{base_url}", base_url), clock())


def _table(name: str, records: Any, created_at: str) -> Table:
    if not isinstance(records, dict):
        return Table([_fill(RESOURCES[name], record, created_at) for record in records])
    made = GENERATED[name](**records)
    return Table(made if isinstance(made, GeneratedPosts) else made.records)


def _fill(resource: Resource, record: Record, created_at: str) -> Record:
    """Return a record with the members that its description leaves out."""
    members = {*resource.members, "created_at"}
    filled = {
        **dict.fromkeys(members - {*resource.computed}),
        "created_at": created_at,
        **{name: field.new() for name, field in resource.fields.items() if name in members},
        **resource.defaults,
        **record,
    }
    for name in resource.fields.keys() & {each for each in record if record[each] is not None}:
        filled[name] = resource.fields[name].rule(record[name])
    if "updated_at" in (*resource.members, *words(resource.internal)):
        filled["updated_at"] = filled.get("updated_at") or filled["created_at"]
    if "publication_id" in filled:
        filled["publication_id"] = filled["publication_id"] or filled["id"]
    if resource is FORMS:
        filled["uid"] = filled["uid"] or slug(filled["name"] or "", "-") or f"form-{filled['id']}"
    if resource is SNIPPETS:
        filled["key"] = filled["key"] or slug(filled["name"], "-")
    if resource is CUSTOM_FIELDS:
        filled["key"] = filled["key"] or slug(filled["label"], "_")
        filled["name"] = filled["name"] or f"ck_field_{filled['id']}_{filled['key']}"
    if resource is SUBSCRIBERS and filled["state"] == "cancelled":
        filled["canceled_at"] = filled.get("canceled_at") or filled["created_at"]
    return filled
