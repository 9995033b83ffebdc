"""What a resource of Kit's API is, which of its records a list has, and how responses show them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.calls import Call
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import read_moment
from plugin_server.sandbox.kit.pagination import BY_ID, Match, Order, is_true
from plugin_server.sandbox.kit.rejection import Rejected

Show = Callable[[Account, Record], Any]
Change = Callable[[Account, Record], None]


def no_filter(_call: Call) -> Match | None:
    """Let a list have every record."""
    return None


def accept(_account: Account, _values: Record, _before: Record | None) -> None:
    """Accept what the fields' rules accept."""


def nothing_more(_account: Account, _record: Record) -> None:
    """Let a change concern nothing but its record."""


@dataclass(frozen=True)
class Choice:
    """A query parameter that selects the records whose member has its value.

    Attributes:
        choices: its values, of which ``all`` selects every record; none for a boolean.
        default: its value when it is absent; ``""`` selects every record.
        member: of records; ``""`` for the one with the parameter's name.
    """

    choices: tuple[str, ...] = ()
    default: str = ""
    member: str = ""

    def match(self, call: Call, name: str) -> Match | None:
        """Return which records a request selects; raises Rejected (422)."""
        member = self.member or name
        if not self.choices:
            flag = is_true(call.query.get(name))
            return lambda record: record[member] is flag
        value = chosen(call, name, self.choices, self.default)
        return None if value in {"", "all"} else lambda record: record[member] == value


@dataclass(frozen=True)
class Resource:
    """A resource of Kit's API, from which generic code makes its operations.

    Attributes:
        one: the response's member for one record.
        columns: the members of a record in responses, in Kit's order, separated by spaces.
        many: the response's member for a list; ``""`` for ``one`` with an s.
        collection: the name of the collection in the account; ``""`` for ``many``.
        parent: the collection of the records that these belong to; ``""`` for the account's own.
        fields: the members that requests may write.
        unique: the member that tells records apart, without case: a second one is not created.
        computed: members that are computed for each response.
        includes: members that ``include`` adds.
        by_id: members that are in a list only with ``include_content``.
        not_slim: members that ``slim`` leaves out.
        choices: query parameters that select records by a member's value.
        periods: the prefixes of query parameters, such as ``created`` of ``created_after``, that select
            records by the time in a member.
        matches: which records other query parameters select.
        order: of a list.
        check: called with the values of a request, and with the record when it exists; may add values
            and raises Rejected.
        created: called after the creation of a record, ``changed`` after its update, ``deleted`` before
            it is gone.
        events: whether creation and deletion are events of webhooks.
        internal: members of stored records that responses do not have, separated by spaces.
        defaults: members of a record whose description leaves them out, beside those of ``fields``.
    """

    one: str
    columns: str
    many: str = ""
    collection: str = ""
    parent: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    unique: str = ""
    computed: Mapping[str, Show] = field(default_factory=dict)
    includes: Mapping[str, Show] = field(default_factory=dict)
    by_id: Collection[str] = ()
    not_slim: Collection[str] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)
    matches: Callable[[Call], Match | None] = no_filter
    order: Order = BY_ID
    check: Callable[[Account, Record, Record | None], None] = accept
    created: Change = nothing_more
    changed: Change = nothing_more
    deleted: Change = nothing_more
    events: bool = False
    internal: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def members(self) -> list[str]:
        """The members of a record in responses, in Kit's order."""
        return self.columns.split()

    @cached_property
    def plural(self) -> str:
        """The response's member for a list."""
        return self.many or f"{self.one}s"

    @property
    def stored(self) -> str:
        """The name of the collection in the account."""
        return self.collection or self.plural

    def selected(self, call: Call) -> Match | None:
        """Return which records a list has; ``None`` for all of them."""
        return every(
            *(choice.match(call, name) for name, choice in self.choices.items()),
            *(between(call, prefix, member) for prefix, member in self.periods.items()),
            self.matches(call),
        )

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
        computed = self.computed
        left_out = (*(() if whole else self.by_id), *(self.not_slim if slim else ()))
        shown = {
            name: computed[name](account, record) if name in computed else record.get(name)
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
        # Kit documents days; its examples also have times.
        return read_moment(value)
    except ValueError:
        words = name.replace("_", " ").capitalize()
        text = f"{words} date is incorrectly formatted. Use YYYY-MM-DD."
        raise Rejected(422, text) from None
