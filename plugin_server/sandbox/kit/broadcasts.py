"""Broadcasts: their states over time, and their numbers. Source: https://developers.kit.com/api-reference

A public broadcast becomes a post as soon as its time has come.
"""

from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call, Reply
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import moment
from plugin_server.sandbox.kit.pagination import Match, Order, paginate
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.resource import Resource, between, chosen, every, visible
from plugin_server.sandbox.kit.texts import slug, words

_STATUSES = words("draft scheduled sending completed aborted")
_STARTED = frozenset({"sending", "completed"})
_SENDING_SECONDS = 60
_STATS_SECONDS = 5 * 365.25 * 24 * 3600
_BY_POSITION = Order(lambda click: [click["id"]], descending=False)
_NUMBERS = {
    **dict.fromkeys(words("recipients emails_opened unsubscribes total_clicks"), 0),
    **dict.fromkeys(words("open_rate click_rate unsubscribe_rate"), 0.0),
    "show_total_clicks": False,
}


def status_of(account: Account, broadcast: Record) -> str:
    """Return in which state a broadcast is now."""
    if broadcast.get("aborted"):
        return "aborted"
    if broadcast["send_at"] is None:
        return "draft"
    if broadcast["send_at"] > account.now():
        return "scheduled"
    started = max(broadcast["send_at"], broadcast.get("changed_at") or "")
    sent = moment(account.clock() - _SENDING_SECONDS) >= started
    return "completed" if sent else "sending"


def settle(account: Account) -> None:
    """Let what is due happen: broadcasts are sent, and the public ones published as posts."""
    now = account.now()
    for id_ in [*account.waiting]:
        broadcast = account.broadcasts.find(id_)
        if broadcast is None:
            account.waiting.discard(id_)
            continue
        published_at = broadcast["published_at"]
        if broadcast["public"] and published_at and published_at <= now:
            _publish(account, broadcast)
        is_sent = broadcast["send_at"] is not None and broadcast["send_at"] <= now
        if is_sent and not broadcast.get("is_sent"):
            broadcast["is_sent"] = True
            account.emit("broadcast.sent", broadcast=broadcast)
        is_published = bool(broadcast.get("post_slug")) or not broadcast["public"]
        if is_sent and (is_published or not published_at):
            account.waiting.discard(id_)


def _publish(account: Account, broadcast: Record) -> None:
    posts = account.collections.get("posts")
    if posts is None or broadcast.get("post_slug"):
        return
    broadcast["post_slug"] = _slug(broadcast)
    same = words("publication_id description published_at thumbnail_alt thumbnail_url")
    post = posts.add(
        {
            **{name: broadcast[name] for name in same},
            "created_at": account.now(),
            "title": broadcast["subject"] or "Untitled",
            "slug": broadcast["post_slug"],
            "status": "published",
            "sent_at": broadcast["send_at"],
            "is_paid": False,
            "public_url": f"{account.site}/posts/{broadcast['post_slug']}",
            "content": broadcast["content"] or "",
        }
    )
    account.emit("post.published", post=post)


def _slug(broadcast: Record) -> str:
    return slug(broadcast["subject"] or "Untitled", "-") or f"post-{broadcast['id']}"


def _public_url(account: Account, broadcast: Record) -> Any:
    if not broadcast["public"]:
        return None
    if broadcast.get("public_url"):
        return broadcast["public_url"]
    name = broadcast.get("post_slug")
    if not name:
        for post in (account.posts or ())[:200]:
            if post["publication_id"] == broadcast["publication_id"]:
                return post["public_url"]
        if account.posts is None and status_of(account, broadcast) == "completed":
            name = _slug(broadcast)  # published where the account shows apps no posts
    return f"{account.site}/posts/{name or ''}"


def _template(account: Account, broadcast: Record) -> Record:
    templates = account.collections["email_templates"]
    found = templates.find(broadcast.get("email_template_id") or 0)
    found = found or next((each for each in templates if each["is_default"]), None)
    return {"id": found["id"], "name": found["name"]} if found else {"id": 1, "name": "Text Only"}


def _check(account: Account, values: Record, before: Record | None) -> None:
    if before is not None:
        _refuse_if_started(account, before)
    allowed = values.pop("allow_starting_point", False)
    template = values.get("email_template_id")
    if template is not None:
        found = account.collections["email_templates"].find(template)
        if found is None or (found["category"] == "Starting point" and not allowed):
            raise Rejected(422, "Email template not found")
    values["changed_at"] = account.now()
    if before is None:
        newest = [*account.broadcasts[:1], *(account.posts or ())[:1]]
        last = max((each["publication_id"] for each in newest), default=0)
        values["publication_id"] = last + 1


def _wait(account: Account, broadcast: Record) -> None:
    account.waiting.add(broadcast["id"])
    settle(account)


def _refuse_if_started(account: Account, broadcast: Record) -> None:
    if status_of(account, broadcast) in _STARTED:
        raise Rejected(422, "Broadcast is already sending.")


def _matches(call: Call) -> Match | None:
    account, status = call.account, chosen(call, "status", _STATUSES)
    in_period = between(call, "sent", "send_at")
    if not status and not in_period:
        return None
    states = {status} if status else _STARTED
    return every(in_period, lambda each: status_of(account, each) in states)


BROADCASTS = Resource(
    "broadcast",
    "id publication_id created_at subject preview_text description content public published_at"
    " send_at thumbnail_alt thumbnail_url public_url email_address email_template"
    " subscriber_filter status",
    fields={
        **dict.fromkeys(words("subject preview_text description content"), Field(fields.text)),
        "public": Field(fields.boolean, default=False),
        "published_at": Field(fields.moment_or_none("published_at")),
        "send_at": Field(fields.moment_or_none("send_at")),
        **dict.fromkeys(("thumbnail_alt", "thumbnail_url"), Field(fields.text)),
        "email_address": Field(fields.email_or_none),
        "email_template_id": Field(fields.id_or_none),
        "allow_starting_point": Field(fields.boolean),
        "subscriber_filter": Field(fields.subscriber_filter, default=fields.everybody),
    },
    computed={
        "status": status_of,
        "public_url": _public_url,
        "email_address": lambda account, each: each.get("email_address") or account.email,
        "email_template": _template,
        "subscriber_filter": lambda _account, each: (
            each.get("subscriber_filter") or fields.everybody()
        ),
    },
    not_slim=words("content public_url email_address email_template subscriber_filter"),
    matches=_matches,
    check=_check,
    created=_wait,
    changed=_wait,
    deleted=_refuse_if_started,
    events=True,
    internal="aborted changed_at is_sent post_slug clicks stats",
)


def _stats(account: Account, broadcast: Record) -> Record:
    status = status_of(account, broadcast)
    numbers = {**_NUMBERS, **broadcast.get("stats", {})}
    if "stats" not in broadcast and status in _STARTED:
        numbers["recipients"] = account.subscribers.count_until("created_at", broadcast["send_at"])
    return {
        **numbers,
        "status": status,
        "progress": 100.0 if status == "completed" else 0.0,
        "open_tracking_disabled": not account.email_stats.get("open_tracking_enabled", True),
        "click_tracking_disabled": not account.email_stats.get("click_tracking_enabled", True),
    }


def _recent(call: Call) -> Record:
    """Return the broadcast of a path, unless it was sent too long ago for statistics."""
    broadcast = call.account.broadcasts.get(call.ids[0])
    _require_recent(call, broadcast["send_at"])
    return broadcast


def _require_recent(call: Call, at: str | None) -> None:
    """Reject (400) statistics of more than five years ago, as Kit does since October 2026."""
    earliest = moment(call.account.clock() - _STATS_SECONDS)
    if at and at < earliest:
        raise Rejected(400, f"Stats are available from {earliest[:10]} on.")


def show_stats(call: Call) -> Reply:
    """Return the numbers of one broadcast."""
    broadcast = _recent(call)
    stats = _stats(call.account, broadcast)
    return {"broadcast": {"id": broadcast["id"], "stats": stats}}, 200


def list_stats(call: Call) -> Reply:
    """Return the numbers of one page of broadcasts; plans below *pro* are refused, as at Kit."""
    if call.account.account["plan_type"] == "free":
        return {}, 403
    match = visible(call, _matches(call))
    for name in ("sent_after", "sent_before"):
        _require_recent(call, call.query.get(name))
    page, pagination = paginate(call.account.broadcasts, call.query, match=match)
    shown = [
        {
            **{name: each[name] for name in ("id", "subject", "send_at")},
            "stats": _stats(call.account, each),
        }
        for each in page
    ]
    return {"broadcasts": shown, "pagination": pagination}, 200


def list_clicks(call: Call) -> Reply:
    """Return one page of the links in a broadcast, with how often they were clicked."""
    broadcast = _recent(call)
    numbered = [{"id": n, **each} for n, each in enumerate(broadcast.get("clicks", ()), 1)]
    page, pagination = paginate(numbered, call.query, order=_BY_POSITION)
    return {"broadcast": {"id": broadcast["id"], "clicks": page}, "pagination": pagination}, 200
