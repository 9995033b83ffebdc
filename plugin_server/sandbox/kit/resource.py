"""What a resource of Kit's API is, and what its records look like in responses."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import read_moment
from plugin_server.sandbox.kit.pagination import BY_ID, Match, Order
from plugin_server.sandbox.kit.rejection import Rejected

Show = Callable[[Account, Record], Any]


def no_filter(_call: Call) -> Match | None:
    """Let a list have every record."""
    return None


def accept(_account: Account, _values: Record, _before: Record | None) -> None:
    """Accept what the fields' rules accept."""


def nothing_more(_account: Account, _record: Record) -> None:
    """Let a change concern nothing but its record."""


@dataclass(frozen=True)
class Resource:
    """A resource of Kit's API, from which generic code makes its operations.

    Attributes:
        one: the response's member for one record.
        many: that for a list, and the name of the collection in the account.
        members: of a record in responses, in Kit's order.
        fields: the members that requests may write.
        computed: members that are computed for each response.
        by_id: members that are in a list only with ``include_content``.
        not_slim: members that ``slim`` leaves out.
        includes: members that ``include`` adds.
        matches: which records a list's query parameters select.
        order: of a list.
        parent: the collection of the records that these belong to; ``""`` for the account's own.
        unique: the member that tells records apart, without case: a second one is not created.
        check: called with the values of a request, and with the record when it exists; may add values
            and raises Rejected.
        created: called after the creation of a record, ``changed`` after its update, ``deleted`` before
            it is gone.
        events: whether both of these are events of webhooks.
        oauth_only: whether API keys are refused.
        internal: members of stored records that responses do not have.
    """

    one: str
    many: str
    members: tuple[str, ...]
    fields: Mapping[str, Field] = field(default_factory=dict)
    computed: Mapping[str, Show] = field(default_factory=dict)
    by_id: Collection[str] = ()
    not_slim: Collection[str] = ()
    includes: Mapping[str, Show] = field(default_factory=dict)
    matches: Callable[[Call], Match | None] = no_filter
    order: Order = BY_ID
    parent: str = ""
    collection: str = ""
    unique: str = ""
    check: Callable[[Account, Record, Record | None], None] = accept
    created: Callable[[Account, Record], None] = nothing_more
    changed: Callable[[Account, Record], None] = nothing_more
    deleted: Callable[[Account, Record], None] = nothing_more
    events: bool = False
    oauth_only: bool = False
    internal: tuple[str, ...] = ()

    @property
    def stored(self) -> str:
        """The name of the collection in the account."""
        return self.collection or self.many

    def show(
        self,
        account: Account,
        record: Record,
        *,
        whole: bool = True,
        slim: bool = False,
        include: Collection[str] = (),
    ) -> Record:
        """Return a record as a response has it."""
        left_out = {*(() if whole else self.by_id), *(self.not_slim if slim else ())}
        shown = {
            name: self.computed[name](account, record)
            if name in self.computed
            else record.get(name)
            for name in self.members
            if name not in left_out
        }
        for name in include:
            if name in self.includes:
                shown[name] = self.includes[name](account, record)
        return shown


def between(call: Call, prefix: str, member: str) -> Match | None:
    """Return which records' time is within ``<prefix>_after`` and ``<prefix>_before``; ``None`` for all.

    Kit does not say whether a bound belongs to the period: here the first does, and the last does not.
    """
    after, before = (_bound(call, f"{prefix}_{end}") for end in ("after", "before"))
    if after is None and before is None:
        return None

    def match(record: Record) -> bool:
        at = record[member]
        return at is not None and (after or "") <= at and (before is None or at < before)

    return match


def every(*matches: Match | None) -> Match | None:
    """Return which records match all of these."""
    left = [match for match in matches if match is not None]
    if len(left) < 2:
        return left[0] if left else None
    return lambda record: all(match(record) for match in left)


def visible(call: Call, match: Match | None) -> Match | None:
    """Return which records match and are not too new for a list."""
    return every(match, call.is_listed) if call.seconds_behind else match


def chosen(call: Call, name: str, choices: Collection[str], default: str = "") -> str:
    """Return a query parameter that is one of several words; raises Rejected (422) for others."""
    value = call.query.get(name) or default
    if value and value not in choices:
        raise Rejected(422, f"{name.capitalize()} must be one of {', '.join(choices)}")
    return value


def _bound(call: Call, name: str) -> str | None:
    value = call.query.get(name)
    if not value:
        return None
    try:
        day = datetime.strptime(value, "%Y-%m-%d")
    except ValueError:
        try:
            return read_moment(value)
        except ValueError:
            words = name.replace("_", " ").capitalize()
            text = f"{words} date is incorrectly formatted. Use YYYY-MM-DD."
            raise Rejected(422, text) from None
    return f"{day:%Y-%m-%d}T00:00:00Z"
