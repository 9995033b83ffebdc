"""Who is in a tag, a form or a sequence: lists, adding and removing. One table for the three."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from plugin_server.sandbox.kit import fields, subscriber_records
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import DELETED, Call, Reply
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import moment, seconds_of
from plugin_server.sandbox.kit.pagination import BY_ID, Order, paginate
from plugin_server.sandbox.kit.rejection import Rejected, not_found
from plugin_server.sandbox.kit.resource import between, every, visible
from plugin_server.sandbox.kit.subscriber_records import find_subscriber, show_subscriber
from plugin_server.sandbox.kit.subscribers import status_match

_UTM = ("source", "medium", "campaign", "term", "content")


def _with_fraction(at: str) -> str:
    return f"{moment(seconds_of(at))[:-1]}.000Z"


@dataclass(frozen=True)
class Membership:
    """One of the three.

    Attributes:
        many: the collection, such as ``tags``.
        at: the member for the time of a link, and its prefix in queries.
        missing: Kit's sentence when a request names nobody.
        order: of its lists.
        added: the event of webhooks.
        removed: that for the other direction; ``""`` where nobody can be removed.
    """

    many: str
    at: str
    missing: str
    added: str
    order: Order = BY_ID
    removed: str = ""

    @property
    def one(self) -> str:
        """The singular."""
        return self.many.removesuffix("s")

    def list(self, call: Call) -> Reply:
        """Return one page of those who are in it."""
        account, parent = call.account, self._parent(call)
        status = status_match(call)
        created = between(call, "created", "created_at")
        subscriber_match = every(status, created)
        added = visible(call, between(call, self.at.removesuffix("_at"), "at"))

        def match(link: Record) -> bool:
            subscriber = account.subscribers.find(link["subscriber"])
            if subscriber is None or (added and not added(link)):
                return False
            return subscriber_match is None or subscriber_match(subscriber)

        links = account.links(self.many).members(parent["id"])
        page, pagination = paginate(links, call.query, match=match, order=self.order)
        keys = None if call.flag("slim") else subscriber_records.keys_of(account)
        shown = [
            {
                **show_subscriber(account, find_subscriber(account, link["subscriber"]), keys),
                **self._of(link),
            }
            for link in page
        ]
        return {"subscribers": shown, "pagination": pagination}, 200

    def add_by_email(self, call: Call) -> Reply:
        """Add the subscriber with an email address, who must exist."""
        return self._add(call, self._by_email(call, self.missing))

    def add(self, call: Call) -> Reply:
        """Add a subscriber."""
        self._parent(call)
        return self._add(call, find_subscriber(call.account, call.ids[1]))

    def remove_by_email(self, call: Call) -> Reply:
        """Remove the subscriber with an email address."""
        missing = self.missing.replace("to tag subscriber", "to remove tag from subscriber")
        return self._remove(call, self._by_email(call, missing))

    def remove(self, call: Call) -> Reply:
        """Remove a subscriber."""
        self._parent(call)
        return self._remove(call, find_subscriber(call.account, call.ids[1]))

    def put(self, account: Account, parent: Record, subscriber: Record, referrer: Any) -> bool:
        """Add a subscriber; returns whether that is new. The first time and referrer stay."""
        links = account.links(self.many)
        if links.find(parent["id"], subscriber["id"]) is not None:
            return False
        more = {"referrer": referrer} if self.many == "forms" else {}
        links.add(parent["id"], subscriber["id"], account.now(), **more)
        account.emit(self.added, subscriber=subscriber, **{self.one: parent})
        return True

    def take(self, account: Account, parent: Record, subscriber: Record) -> None:
        """Remove a subscriber, who need not be in it."""
        if account.links(self.many).find(parent["id"], subscriber["id"]) is not None:
            account.links(self.many).remove(parent["id"], subscriber["id"])
            account.emit(self.removed, subscriber=subscriber, **{self.one: parent})

    def shown(self, account: Account, parent: Record, subscriber: Record) -> Record:
        """Return the members that the link adds to a subscriber in responses."""
        return self._of(account.links(self.many).find(parent["id"], subscriber["id"]) or {})

    def _add(self, call: Call, subscriber: Record) -> Reply:
        account, parent = call.account, self._parent(call)
        if parent.get("active") is False:
            raise Rejected(422, "Sequence is inactive")
        try:
            referrer = fields.text(call.body.get("referrer"))
        except ValueError:
            raise Rejected(422, "Referrer is invalid") from None
        is_new = self.put(account, parent, subscriber, referrer)
        shown = show_subscriber(account, subscriber, subscriber_records.keys_of(account))
        return {
            "subscriber": {**shown, **self.shown(account, parent, subscriber)}
        }, 201 if is_new else 200

    def _remove(self, call: Call, subscriber: Record) -> Reply:
        self.take(call.account, self._parent(call), subscriber)
        return DELETED

    def _parent(self, call: Call) -> Record:
        found = call.account.collections[self.many].find(call.ids[0])
        if found is None:
            raise not_found()
        return found

    def _by_email(self, call: Call, missing: str) -> Record:
        self._parent(call)
        given = call.query.get("email_address") or call.body.get("email_address")
        if not given:
            raise Rejected(422, missing)
        found = call.account.subscriber_with(str(given).strip())
        if found is None:
            raise not_found()
        return found

    def _of(self, link: Mapping[str, Any]) -> Record:
        shown: Record = {self.at: link.get("at")}
        if self.many == "forms":
            shown["referrer"] = link.get("referrer")
            shown["referrer_utm_parameters"] = utm_parameters(link.get("referrer"))
        return shown


def utm_parameters(referrer: str | None) -> dict[str, str | None]:
    """Return the ``utm_`` parameters of a referrer's URL."""
    query = parse_qs(urlsplit(referrer or "").query)
    return {name: query.get(f"utm_{name}", [None])[0] for name in _UTM}


TAG_MEMBERS = Membership(
    "tags",
    "tagged_at",
    "Either subscriber id or email address is required to tag subscriber",
    "subscriber.tag_added",
    Order(lambda link: [_with_fraction(link["at"]), link["id"]], (str, int)),
    removed="subscriber.tag_removed",
)
FORM_MEMBERS = Membership(
    "forms",
    "added_at",
    "Either subscriber id or email address is required to add subscriber to form",
    "subscriber.subscribed_to_form",
)
SEQUENCE_MEMBERS = Membership(
    "sequences",
    "added_at",
    "Either subscriber id or email address is required to add subscriber to sequence",
    "subscriber.added_to_sequence",
)
