"""The kinds of things that are kept of an account, and for how long each is good."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from plugin_server.kit.cache.memory import Entry

# Seconds: an entry that was asked for just before a visit's first request is seen as of that visit, because
# the processes that serve a creator at the same moment each note a beginning of their own.
_AT_THE_SAME_TIME = 2.0
# Seconds for which what was loaded during a visit is good, if nothing else is said. A card needs posts,
# colors and the time zone: 20 creators who begin cost 60 calls of Kit. That is what their first 1,000 edits,
# one each 3 s, may cost in all, so nothing can be asked for again within those 150 s; later it comes to 30.
IN_VISIT = 600

T = TypeVar("T")


@dataclass(frozen=True)
class Resource(Generic[T]):
    """A kind of thing that is kept of an account.

    Attributes:
        name: tells it from the account's other resources.
        fresh: for how many seconds an entry is good that was there before the creator's visit began.
        encode, decode: its value as bytes, for other processes.
        weigh: the bytes of memory that a value takes, roughly.
        prepare: makes of a value what takes long, before anybody is served it.
        longest_load: seconds after which somebody else may load it too.
        in_visit: for how many seconds an entry is good that was loaded during the visit (see
            ``visits.py``); by default as long as any other.
        fit: makes of a value that weighs too much for one account the part that is wanted most, of at
            most so many bytes.
    """

    name: str
    fresh: int
    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]
    weigh: Callable[[T], int]
    prepare: Callable[[T], object] = lambda value: None
    longest_load: int = 30
    in_visit: int | None = None
    fit: Callable[[T, int], T] = lambda value, room: value

    def lasts(self, entry: Entry[Any], visit: float) -> int:
        """Return for how many seconds an entry is good in a visit that began then (unix seconds).

        From half of that time on it is due: whoever uses it has it loaded anew behind the response.
        """
        is_of_visit = entry.loaded_at >= visit - _AT_THE_SAME_TIME
        return self.in_visit if self.in_visit and is_of_visit else self.fresh
