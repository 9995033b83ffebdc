"""The accounts of the sandbox's creators. Kit's API changes them in memory, for everybody at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from threading import RLock
from time import time
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
        account: the ``account`` member of ``GET /v4/account``.
        collections: Kit's resources by name, each newest first. ``posts`` are absent where Kit's older
            API has no such resource. A record has Kit's members, and some that Kit's API does not return.
        api_key: the key; apps may use it, too.
        access_token: one that never expires, for test suites; apps get theirs by OAuth.
        developer: whether the app belongs to this account, which then also sees inactive plugins.
        profile: the creator profile, ``None`` where Kit responds with 404.
        growth: the numbers that the growth statistics start from, to which ``gained`` is added.
        email_stats: numbers of the emails of the last 90 days.
        pages: what the creator has published, by URL path: form and landing pages.
        has_api_access: whether the plan lets apps read and change the account.
        gained: when subscribers were gained (1) and lost (-1) since the start, for the growth statistics.
        waiting: the ids of the broadcasts that are not yet sent, or not yet published as posts.
        generated: describes subscribers and their links; ``None`` where the account's file lists them.
        is_changed: whether the account differs from its file, ``is_unsaved`` from the data file.
    """

    account: Record
    collections: dict[str, Table]
    api_key: str = field(repr=False)
    access_token: str = field(repr=False)
    growth: dict[str, int]
    email_stats: Record
    developer: bool = False
    colors: list[str] = field(default_factory=list)
    profile: Record | None = None
    pages: dict[str, str] = field(default_factory=dict)
    user_id: int | None = None
    has_api_access: bool = True
    gained: list[tuple[str, int]] = field(default_factory=list)
    waiting: set[int] = field(default_factory=set)
    generated: GeneratedSubscribers | None = None
    clock: Callable[[], float] = time
    is_changed: bool = False
    is_unsaved: bool = False
    listeners: list[Listener] = field(default_factory=list, repr=False)
    lock: RLock = field(default_factory=RLock, repr=False)
    _links: dict[str, Links] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> int:
        """The account's id."""
        return int(self.account["id"])

    @property
    def name(self) -> str:
        """The account's name."""
        return str(self.account["name"])

    @property
    def email(self) -> str:
        """The creator's email address, which the account's emails come from."""
        return str(self.account["primary_email_address"])

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
    def broadcasts(self) -> Table:
        """The broadcasts, drafts among them."""
        return self.collections["broadcasts"]

    @property
    def subscribers(self) -> Table:
        """The subscribers in every state."""
        return self.collections["subscribers"]

    @property
    def site(self) -> str:
        """The URL below which the creator's posts and forms are published, without a trailing slash."""
        url = (self.profile or {}).get("profile_url") or ""
        return str(url).rpartition("/")[0] or f"https://account-{self.id}.kit.com"

    def now(self) -> str:
        """Return the time as Kit writes it."""
        return moment(self.clock())

    def links(self, name: str) -> Links:
        """Return which subscribers are in which ``tags``, ``forms`` or ``sequences``."""
        if name not in self._links:
            links: list[Record] = []
            one = name.removesuffix("s")
            if self.generated is not None:
                parents = [record["id"] for record in self.collections[name]]
                for parent, subscriber in self.generated.links(parents, self.subscribers[::-1]):
                    ids = {f"{one}_id": parent, "subscriber_id": subscriber["id"]}
                    links.append({**ids, "at": subscriber["created_at"]})
            self.set_links(name, links)
        return self._links[name]

    def set_links(self, name: str, links: Iterable[Record]) -> None:
        """Set the links of an account file, oldest first, in place of those that would be generated."""
        fresh = Links(name.removesuffix("s"))
        for link in links:
            fresh.add(link)
        self._links[name] = fresh

    def subscriber_with(self, email: str) -> Record | None:
        """Return the subscriber with an email address, in any case of its letters."""
        return self.subscribers.find_by("email_address", email)

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
    about = {**developer.account, "id": id_, "name": name}
    return {id_: replace(developer, account=about, profile=None)}
