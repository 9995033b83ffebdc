"""The loads under which servers are measured: requests, the servers that get them, and the goals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.creators import Creator
from benchmarks.edits import editing
from benchmarks.load import Measured
from benchmarks.machines import CONSTANT, OURS, PEER, PEER_CACHED
from benchmarks.report import Figure, at_least, at_most

# Accounts of 60 posts come first, then one for each size that is searched.
ACTIVE, SEARCHED = 200, (1_000, 10_000)
POSTS = (*[60] * ACTIVE, *SEARCHED)

_SLOW_CONNECTIONS = 64
# One request in ten waits 0.2 s, so each connection carries at most ten in that time.
_MOST_POSSIBLE = _SLOW_CONNECTIONS * 10 / 0.2
# Seconds between two edits of a creator, and how much of what a server can do it should have to.
_PAUSE, _LOADED = 3, 0.6
_WORDS = ("a", "gar", "letter", "the sea", "winter", "morning rec", "quiet", "history of", "isl")

MIX, DIFFERENT, SLOW = "editing mix", "all different", "slow Kit"
REPEATED, IN_TURN = "response cache: repeated", "response cache: 500 in turn"
SEARCH = {posts: f"search, {posts:,} posts" for posts in SEARCHED}


@dataclass(frozen=True)
class Load:
    """One load.

    Attributes:
        name: in tables.
        servers: which of them get it.
        requests: from all accounts to the lines of a file of requests.
        goals: from what was measured to figures; only called when this load was measured.
        connections: how many are kept alive.
    """

    name: str
    servers: tuple[str, ...]
    requests: Callable[[Sequence[Creator]], list[str]]
    goals: Callable[[Measured], Iterator[Figure]]
    connections: int = 16


def _mix_goals(found: Measured) -> Iterator[Figure]:
    yield at_least("editing mix: ours / same work", found.ratio(MIX, OURS, PEER), 0.85)
    yield _cpu_ratio(found, MIX)
    active = found.median(MIX, OURS) * _PAUSE * _LOADED
    # A dash for a goal, so that the table of goals shows it.
    yield Figure("creators who edit at the same time, at 60 % load", f"about {active:,.0f}", "–")


def _different(creators: Sequence[Creator]) -> list[str]:
    """Return requests of one account in one email, each with another text, post after post."""
    first = creators[0]
    return [
        first.requests(post=str(n), button_text="Read letter <new number>") for n in range(1, 61)
    ]


def _different_goals(found: Measured) -> Iterator[Figure]:
    yield at_least("all different: ours / same work", found.ratio(DIFFERENT, OURS, PEER), 0.95)
    yield _cpu_ratio(found, DIFFERENT)
    yield _p99_goal(found, DIFFERENT)


def _repeated(creators: Sequence[Creator]) -> list[str]:
    return [creators[0].requests()]


def _repeated_goals(found: Measured) -> Iterator[Figure]:
    rates = [each.rate for each in found.rounds[REPEATED, OURS]]
    yield at_least("repeated: ours / constant", found.ratio(REPEATED, OURS, CONSTANT), 1.0)
    yield at_least("repeated: slowest round / median", min(rates) / median(rates), 0.8)
    yield _p99_goal(found, REPEATED)


def _in_turn(creators: Sequence[Creator]) -> list[str]:
    first, layouts = creators[0], ("card", "image_left", "text_only")
    return [
        first.requests(post=str(n % 60 + 1), layout=layouts[n % 3], button_text=f"Read letter {n}")
        for n in range(500)
    ]


def _in_turn_goals(found: Measured) -> Iterator[Figure]:
    yield at_least("500 in turn: ours / uncached", found.ratio(IN_TURN, OURS, PEER), 1.6)


def _slow_kit(creators: Sequence[Creator]) -> list[str]:
    """Return requests one in ten of which is for a post that Kit alone knows, and takes long for."""
    repeated, slow = creators[0].requests(), {"post": "1<new number>"}
    return [line for each in creators[:ACTIVE] for line in (*[repeated] * 9, each.requests(**slow))]


def _slow_goals(found: Measured) -> Iterator[Figure]:
    share = found.median(SLOW, OURS) / _MOST_POSSIBLE
    yield at_least("slow Kit: ours / the most possible", share, 0.8)
    yield at_most("slow Kit: p50 of the others", found.median(SLOW, OURS, "p45"), 15, "ms")


def _search(posts: int, goal: float) -> Load:
    def requests(creators: Sequence[Creator]) -> list[str]:
        searched = next(each for each in creators if each.posts == posts)
        return [searched.searches(word) for word in _WORDS]

    def goals(found: Measured) -> Iterator[Figure]:
        if found.has(REPEATED):
            rate = found.median(SEARCH[posts], OURS) / found.median(REPEATED, OURS)
            yield at_least(f"{SEARCH[posts]}: / repeated", rate, goal)

    return Load(SEARCH[posts], (OURS,), requests, goals)


def _cpu_ratio(found: Measured, load: str) -> Figure:
    """Return the same ratio by CPU time, which depends less on what else the machine does."""
    ratio = found.median(load, PEER, "cpu") / found.median(load, OURS, "cpu")
    return Figure("  the same in CPU time", f"{ratio:.3g}")


def _p99_goal(found: Measured, load: str) -> Figure:
    limit = found.median(load, PEER, "p99")
    return at_most(f"{load}: p99", found.median(load, OURS, "p99"), limit, "ms")


# By the names with which the command line chooses among them.
LOADS = {
    "mix": Load(MIX, (OURS, PEER), lambda creators: editing(creators[:ACTIVE]), _mix_goals),
    "different": Load(DIFFERENT, (OURS, PEER), _different, _different_goals),
    "repeated": Load(REPEATED, (CONSTANT, OURS, PEER, PEER_CACHED), _repeated, _repeated_goals),
    "in_turn": Load(IN_TURN, (OURS, PEER, PEER_CACHED), _in_turn, _in_turn_goals),
    "slow_kit": Load(SLOW, (OURS,), _slow_kit, _slow_goals, _SLOW_CONNECTIONS),
    "search": _search(1_000, 0.75),
    "large_search": _search(10_000, 0.5),
}
