"""Who is in a tag, a form or a sequence: lists, adding and removing. One table for the three."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import DELETED, Call, Reply
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import with_milliseconds
from plugin_server.sandbox.kit.pagination import BY_ID, Order, paginate
from plugin_server.sandbox.kit.rejection import Rejected, not_found
from plugin_server.sandbox.kit.resource import between, visible
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS


@dataclass(frozen=True)
class Membership:
    """One of the three.

    Attributes:
        many: the collection, such as ``tags``.
        at: the member for the time of a link, and its prefix in queries.
        added: the event of webhooks.
        add_verb: what Kit's sentence says of adding, when a request names nobody.
        removed: the event for the other direction; ``""`` where nobody can be removed.
        order: of its lists.
    """

    many: str
    at: str
    added: str
    add_verb: str
    removed: str = ""
    order: Order = BY_ID

    @property
    def one(self) -> str:
        """The singular."""
        return self.many.removesuffix("s")

    def list(self, call: Call) -> Reply:
        """Return one page of those who are in it."""
        account, parent = call.account, self._parent(call)
        selected = SUBSCRIBERS.selected(call)
        added = visible(call, between(call, self.at.removesuffix("_at"), "at"))

        def match(link: Record) -> bool:
            subscriber = account.subscribers.find(link["subscriber_id"])
            if subscriber is None or (added and not added(link)):
                return False
            return selected is None or selected(subscriber)

        links = account.links(self.many).members(parent["id"])
        page, pagination = paginate(links, call.query, match=match, order=self.order)
        slim = call.flag("slim")
        shown = [
            {
                **SUBSCRIBERS.show(
                    account, account.subscribers.get(link["subscriber_id"]), slim=slim
                ),
                **self._of(link),
            }
            for link in page
        ]
        return {"subscribers": shown, "pagination": pagination}, 200

    def add(self, call: Call) -> Reply:
        """Add a subscriber, who must exist: the one in the path, or that with an email address."""
        account, parent = call.account, self._parent(call)
        subscriber = self._subscriber(call, self.add_verb)
        if parent.get("active") is False:
            raise Rejected(422, "Sequence is inactive")
        try:
            referrer = fields.text(call.body.get("referrer"))
        except ValueError:
            raise Rejected(422, "Referrer is invalid") from None
        is_new = self.put(account, parent, subscriber, referrer)
        shown = SUBSCRIBERS.show(account, subscriber)
        shown |= self.shown(account, parent, subscriber)
        return {"subscriber": shown}, 201 if is_new else 200

    def remove(self, call: Call) -> Reply:
        """Remove a subscriber: the one in the path, or that with an email address."""
        parent = self._parent(call)
        self.take(call.account, parent, self._subscriber(call, "remove tag from subscriber"))
        return DELETED

    def put(self, account: Account, parent: Record, subscriber: Record, referrer: Any) -> bool:
        """Add a subscriber; returns whether that is new. The first time and referrer stay."""
        links = account.links(self.many)
        if links.find(parent["id"], subscriber["id"]) is not None:
            return False
        ids = {f"{self.one}_id": parent["id"], "subscriber_id": subscriber["id"]}
        more = {"referrer": referrer} if self.many == "forms" else {}
        links.add({**ids, "at": account.now(), **more})
        account.emit(self.added, subscriber=subscriber, **{self.one: parent})
        return True

    def take(self, account: Account, parent: Record, subscriber: Record) -> None:
        """Remove a subscriber, who need not be in it."""
        links = account.links(self.many)
        link = links.find(parent["id"], subscriber["id"])
        if link is not None:
            links.remove(link)
            account.emit(self.removed, subscriber=subscriber, **{self.one: parent})

    def shown(self, account: Account, parent: Record, subscriber: Record) -> Record:
        """Return the members that the link adds to a subscriber in responses."""
        return self._of(account.links(self.many).find(parent["id"], subscriber["id"]) or {})

    def _parent(self, call: Call) -> Record:
        return call.account.collections[self.many].get(call.ids[0])

    def _subscriber(self, call: Call, verb: str) -> Record:
        if len(call.ids) > 1:
            return call.account.subscribers.get(call.ids[1])
        given = call.query.get("email_address") or call.body.get("email_address")
        if not given:
            text = f"Either subscriber id or email address is required to {verb}"
            raise Rejected(422, text)
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
    names = ("source", "medium", "campaign", "term", "content")
    return {name: query.get(f"utm_{name}", [None])[0] for name in names}


TAG_MEMBERS = Membership(
    *("tags", "tagged_at", "subscriber.tag_added", "tag subscriber", "subscriber.tag_removed"),
    Order(lambda link: [with_milliseconds(link["at"]), link["id"]], (str, int)),
)
FORM_MEMBERS = Membership(
    *("forms", "added_at", "subscriber.subscribed_to_form", "add subscriber to form")
)
SEQUENCE_MEMBERS = Membership(
    *("sequences", "added_at", "subscriber.added_to_sequence", "add subscriber to sequence")
)
