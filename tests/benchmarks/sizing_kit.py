"""Creators who edit at the same moment, simulated: how often Kit is called for their Post blocks.

What is made up is when they edit. When something of theirs is loaded again follows from
``kit/cache/visits.py`` and from the resources themselves; a test holds this against the cache. Creators
have nothing in common at Kit, so one after the other is simulated.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from random import Random

from benchmarks.report import Figure, at_most
from plugin_server.kit.api.budget import TOKEN_LIMIT
from plugin_server.kit.cache.changes import Changes, Visit
from plugin_server.kit.cache.memory import Entry
from plugin_server.kit.cache.visits import PAUSE
from plugin_server.kit.catalog import COLORS, TIMEZONE
from plugin_server.kit.post_source import NEWEST

# What the block needs whose button has the brand color and whose date is shown.
CARD = (NEWEST, COLORS, TIMEZONE)
# Seconds between two edits, and of a sitting.
PACE, SITTING = 3.0, 20 * 60.0
# Who is interrupted is so after one edit of 40, for up to two minutes; then another visit begins.
_INTERRUPTED, _LONGEST_AWAY = 1 / 40, 120.0
_MINUTE = 60.0
_CREATORS = (1_000, 10_000, 100_000)
# With KIT_WEBHOOKS=on, nothing having changed.
REPORTS = Changes(since=-inf)


@dataclass(frozen=True)
class Stretch:
    """So many edits, one every ``pace`` seconds, the first of them at ``begin`` (seconds)."""

    begin: float
    edits: int
    pace: float = PACE

    @property
    def end(self) -> float:
        """The moment of the last edit."""
        return self.begin + self.pace * (self.edits - 1)

    def edits_before(self, moment: float) -> int:
        """Return how many edits are before a moment."""
        return min(self.edits, max(0, ceil((moment - self.begin) / self.pace)))


# A thousand requests in ten minutes: ten seconds in the editor, twenty elsewhere, again and again.
BUSY = tuple(Stretch(30.0 * visit, 50, pace=0.2) for visit in range(20))


@dataclass
class Watched:
    """What was seen of all creators for the length of a sitting.

    ``calls`` of Kit are by minute; ``most`` is how many were made for one creator in 60 seconds.
    """

    edits: int = 0
    calls: Counter[int] = field(default_factory=Counter)
    most: int = 0

    def note(self, stretches: Sequence[Stretch], changes: Changes | None = None) -> None:
        """Count a creator in; for ``changes`` see ``loads``."""
        for each in stretches:
            self.edits += each.edits_before(SITTING) - each.edits_before(0)
        moments = sorted(loads(stretches, changes))
        self.calls.update(int(each / _MINUTE) for each in moments if 0 <= each < SITTING)
        self.most = max(self.most, _most_in_a_minute(moments))


def figures() -> Iterator[Figure]:
    """Watch ever more creators; with the same pauses, those who edit steadily would differ in nothing."""
    for creators, steadily in ((_CREATORS[0], True), *((each, False) for each in _CREATORS)):
        seen = simulate(creators, steadily=steadily)
        share = seen.calls.total() / seen.edits * 1000
        kind = "steadily" if steadily else "interrupted"
        yield Figure(f"Kit calls for 1,000 edits: {creators:,} creators, {kind}", f"{share:.1f}")
        most = max(seen.calls.values()) / _MINUTE
        yield Figure("  a second, in the busiest minute", f"{most:,.1f}")
        yield at_most("  in any minute with one credential", seen.most, TOKEN_LIMIT)
    yield from of_reports()


def of_reports() -> Iterator[Figure]:
    """Compare the calls of Kit where it reports changes with those where it does not."""
    for changes, setting in ((None, "off"), (REPORTS, "on")):
        name = f"KIT_WEBHOOKS={setting}: Kit calls for"
        calls = sum(1 for _ in loads(BUSY, changes))
        requests = f"{name} 1,000 requests of a creator in ten minutes"
        yield at_most(requests, calls, 12) if changes else Figure(requests, str(calls))
        seen = simulate(_CREATORS[0], steadily=False, changes=changes)
        share = seen.calls.total() / seen.edits * 1000
        yield Figure(f"{name} 1,000 edits, interrupted", f"{share:.1f}")


def simulate(
    creators: int, *, steadily: bool, changes: Changes | None = None, seed: int = 15
) -> Watched:
    """Watch so many creators at any moment; who has finished a sitting is followed by somebody else."""
    random, seen = Random(seed), Watched()
    for _ in range(creators):
        begin = random.uniform(-SITTING, 0)
        for first in (begin, begin + SITTING):
            seen.note(tuple(_sitting(random, first, steadily)), changes)
    return seen


def _sitting(random: Random, begin: float, steadily: bool) -> Iterator[Stretch]:
    end = begin + SITTING
    while begin < end:
        most = ceil((end - begin) / PACE)
        edits = most if steadily else min(most, 1 + int(random.expovariate(_INTERRUPTED)))
        stretch = Stretch(begin, edits)
        yield stretch
        begin = stretch.end + random.uniform(PAUSE, _LONGEST_AWAY)


def loads(stretches: Sequence[Stretch], changes: Changes | None = None) -> Iterator[float]:
    """Yield when something is requested from Kit for a creator who edits in these stretches, each a visit.

    Kit responds at once, and an entry is not requested again before it is due: see ``Cache.is_due``.
    ``changes`` are what Kit has reported; ``None`` where it reports nothing.
    """
    entries: dict[str, Entry[None]] = {}
    for stretch in stretches:
        for resource in CARD:
            while True:
                entry = entries.get(resource.name)
                due = -inf
                if entry:
                    visit = Visit(stretch.begin, changes)
                    due = entry.loaded_at + resource.lifetime(entry, visit).due
                edit = stretch.edits_before(due) if due > stretch.begin else 0
                if edit >= stretch.edits:
                    break
                moment = stretch.begin + stretch.pace * edit
                entries[resource.name] = Entry(None, moment, 0)
                yield moment


def _most_in_a_minute(moments: Sequence[float]) -> int:
    """Return how many of the moments, in order, lie within 60 seconds at most."""
    most = first = 0
    for place, moment in enumerate(moments):
        while moments[first] <= moment - _MINUTE:
            first += 1
        most = max(most, place - first + 1)
    return most
