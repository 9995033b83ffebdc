"""The accounts of the sandbox's creators. Kit's API changes them in memory, for everybody at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from threading import RLock
from time import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.generated_subscribers import GeneratedSubscribers
from plugin_server.sandbox.kit.moments import moment
from plugin_server.sandbox.kit.tables import Links, Table

# What is linked to subscribers, by the name of Kit's resource.
LINKED = ("tags", "forms", "sequences")

# Kit's words to apps of an account whose plan has lapsed are not published; they are only known to differ
# from those about tokens.
NO_ACCESS = "This account does not have API access. Please check your subscription."

# Called after a change, with its name, such as subscriber.tag_added, and the records that it is about.
Listener = Callable[["Account", str, dict[str, Record]], None]


@dataclass(eq=False)
class Account:
    """One creator's account. Whoever changes or reads more than one record of it holds ``lock``.

    Attributes:
        developer: whether the app belongs to this account, which then also sees inactive plugins.
        access_token: one that never expires, for test suites; apps get theirs by OAuth.
        account: the ``account`` member of ``GET /v4/account``.
        profile: the creator profile, ``None`` where Kit responds with 404.
        growth: the numbers that the growth statistics start from; see ``growth_stats``.
        email_stats: numbers of the emails of the last 90 days.
        collections: Kit's resources by name, each newest first. ``posts`` are absent where Kit's older
            API has no such resource. A record has Kit's members, and some that Kit's API does not return.
        pages: what the creator has published, by URL path: form and landing pages.
        has_api_access: whether the plan lets apps read and change the account.
        is_changed: whether the account differs from its file, ``is_unsaved`` from the data file.
        waiting: the ids of the broadcasts that are not yet sent, or not yet published as posts.
        gained: when subscribers were gained (1) and lost (-1) since the start, for the growth statistics.
    """

    id: int
    name: str
    email: str
    developer: bool
    api_key: str = field(repr=False)
    access_token: str = field(repr=False)
    account: Record
    colors: list[str]
    profile: Record | None
    growth: dict[str, int]
    email_stats: Record
    collections: dict[str, Table]
    pages: dict[str, str] = field(default_factory=dict)
    user_id: int | None = None
    has_api_access: bool = True
    generated: GeneratedSubscribers | None = None
    clock: Callable[[], float] = time
    gained: list[tuple[str, int]] = field(default_factory=list)
    is_changed: bool = False
    is_unsaved: bool = False
    waiting: set[int] = field(default_factory=set)
    listeners: list[Listener] = field(default_factory=list, repr=False)
    lock: RLock = field(default_factory=RLock, repr=False)
    _links: dict[str, Links] = field(default_factory=dict, repr=False)
    _by_email: dict[str, int] | None = field(default=None, repr=False)

    @property
    def zone(self) -> tzinfo:
        """The account's time zone; UTC where it has none."""
        timezone = self.account.get("timezone")
        if timezone is None:
            return UTC
        try:
            return ZoneInfo(timezone["name"])
        except ZoneInfoNotFoundError:
            return datetime.strptime(timezone["utc_offset"], "%z").tzinfo or UTC

    @property
    def posts(self) -> Sequence[Record] | None:
        """The posts; ``None`` where Kit's older API has no such resource."""
        return self.collections.get("posts")

    @property
    def broadcasts(self) -> Sequence[Record]:
        """The broadcasts, drafts among them."""
        return self.collections["broadcasts"]

    @property
    def subscribers(self) -> Table:
        """The subscribers in every state."""
        return self.collections["subscribers"]

    def now(self) -> str:
        """Return the time as Kit writes it."""
        return moment(self.clock())

    def links(self, name: str) -> Links:
        """Return which subscribers are in which ``tags``, ``forms`` or ``sequences``."""
        if name not in self._links:
            links = self._links[name] = Links(numbered=name == "tags")
            if self.generated is not None:
                subscribers = self.subscribers[::-1]
                parents = [record["id"] for record in self.collections[name]]
                for parent, subscriber in self.generated.links(parents, subscribers):
                    links.add(parent, subscriber["id"], subscriber["created_at"])
        return self._links[name]

    def set_links(self, name: str, links: Iterable[Record]) -> None:
        """Set the links of an account file in place of those that would be generated."""
        fresh = Links(numbered=name == "tags")
        for each in links:
            fresh.add(**each)
        self._links[name] = fresh

    def subscriber_with(self, email: str) -> Record | None:
        """Return the subscriber with an email address, in any case of its letters."""
        if self._by_email is None:
            self._by_email = {
                each["email_address"].lower(): each["id"] for each in self.subscribers
            }
        id_ = self._by_email.get(email.lower())
        return None if id_ is None else self.subscribers.find(id_)

    def know_email(self, subscriber: Record, before: str | None = None) -> None:
        """Let ``subscriber_with`` find a new email address, and not the one ``before``."""
        if self._by_email is not None:
            self._by_email.pop((before or "").lower(), None)
            self._by_email[subscriber["email_address"].lower()] = subscriber["id"]

    def note_change(self) -> None:
        """Note that the account is not what it was."""
        self.is_changed = self.is_unsaved = True

    def emit(self, event: str, **about: Record) -> None:
        """Notify the listeners of a change."""
        self.note_change()
        for listener in self.listeners:
            listener(self, event, about)


def real_account_stand_in(accounts: dict[int, Account], id_: int, name: str) -> dict[int, Account]:
    """Return one account under the name of a real Kit account: a creator who writes emails here.

    It has drafts of its own; the sandbox has no other data of the real account.
    """
    developer = next(iter(accounts.values()))
    return {id_: replace(developer, id=id_, name=name, profile=None)}


def sender(account: Account) -> Any:
    """Return the email address that the account's emails come from."""
    return account.account["primary_email_address"]
