"""What is cached of an account: the kinds of resources, and the lifetime of each."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Generic, TypeVar

from plugin_server.kit.cache import lifetimes
from plugin_server.kit.cache.changes import OUTDATED, Lifetime, Visit
from plugin_server.kit.cache.memory import Entry

# Seconds: an entry that was loaded just before a visit's first request counts as loaded during that visit,
# because processes that serve a creator at the same moment each record a start of their own.
_AT_THE_SAME_TIME = 2.0

# Covariant, so that a tuple passes for an iterable where one is read; each writes its own values only.
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


def _unprepared(_value: object) -> None:
    pass


def _unfitted(value: T, _room: int) -> T:
    return value


@dataclass(frozen=True)
class Resource(Generic[T_co]):
    """A kind of data that is cached of an account.

    Attributes:
        name: identifies it among the account's resources.
        fresh: for how many seconds an entry is fresh that was loaded before the creator's visit started.
        encode, decode: its value as bytes, for other processes.
        weigh: the bytes of memory that a value takes, roughly.
        prepare: derives from a value what takes long, before a request is served with it.
        max_load_seconds: after which another process may load it too.
        fresh_in_visit: for how many seconds an entry is fresh that was loaded during the visit (see
            ``visits.py``); by default as long as any other.
        fit: reduces a value that weighs too much for one account to a number of bytes, without the parts
            that are used least.
        kind: what Kit reports changes of, by the names of ``kit/webhooks/events.py``; ``""`` for nothing.
        lags: whether Kit may report a change before it returns the new value.
    """

    name: str
    fresh: int
    encode: Callable[[T_co], bytes]
    decode: Callable[[bytes], T_co]
    weigh: Callable[[T_co], int]
    prepare: Callable[[T_co], object] = _unprepared
    max_load_seconds: int = 30
    fresh_in_visit: int | None = None
    fit: Callable[[T_co, int], T_co] = _unfitted
    kind: str = ""
    lags: bool = False

    def lifetime(self, entry: Entry[Any], visit: Visit) -> Lifetime:
        """Return for how long an entry is fresh in a request of a visit.

        From half of that time on it is due: the next request that uses it has it loaded in the background.
        What Kit reports changes of is due and stale as soon as it has changed, and only then or after ten
        minutes.
        """
        if self.kind and visit.changes is not None:
            changed_at = visit.changes.at.get(self.kind, -inf)
            if entry.loaded_at < changed_at:
                return OUTDATED
            if entry.loaded_at >= visit.changes.since:
                return self._reported_lifetime(entry.loaded_at - changed_at)
        is_of_visit = entry.loaded_at >= visit.start - _AT_THE_SAME_TIME
        fresh = self.fresh_in_visit if self.fresh_in_visit and is_of_visit else self.fresh
        return Lifetime(fresh / 2, fresh)

    def _reported_lifetime(self, since_change: float) -> Lifetime:
        """Return the lifetime of an entry that was requested so many seconds after the last change.

        Where Kit's lists are behind, by half a minute or up to five, the first ones after a change may lack
        it. So such a list is loaded again when it is as old as the change was when it was requested.
        """
        due = max(lifetimes.REPORTED, self.fresh / 2)
        if self.lags:
            due = min(max(since_change, self.fresh / 2), due)
        return Lifetime(due, due + min(due, lifetimes.REPORTED_GRACE))
