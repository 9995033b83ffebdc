"""The running server beside its peers, under load.

Ours is ``plugin-server serve`` as shipped: logs and metrics on, two processes, tokens in SQLite, the
accounts' data warm. The peers are a minimal Express server that answers a constant block, and the
same work in Express with sanitize-html on two processes, with and without a cache of finished blocks.
Everything is measured in short rounds, in turns, so that a machine that changes its pace changes it
for all.
"""

from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2
from support.servers import SECRETS

from benchmarks import machines
from benchmarks.creators import Creator, install, save_for_peer, write_requests
from benchmarks.load import CannotMeasure, Round, require_tools, run
from benchmarks.machines import CONSTANT, OURS, PEER, PEER_CACHED, Machine
from benchmarks.picture import publish
from benchmarks.report import Figure, at_least, at_most
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore

TITLE = "Serving (plugin-server serve beside its peers; medians of rounds taken in turns)"

REPEATED, DIFFERENT, IN_TURN = "repeated", "all different", "500 in turn"
SLOW_KIT, SEARCH = "slow Kit", {1_000: "search, 1,000 posts", 10_000: "search, 10,000 posts"}
ACTIVE, ACTIVE_OPENED, OPENED = "200 accounts", "200 accounts opened", "all accounts opened"
_SLOW_CONNECTIONS = 64
# One request in ten waits 0.2 s, so each connection answers at most ten in that time.
_MOST_POSSIBLE = _SLOW_CONNECTIONS * 10 / 0.2
# What is measured: each file of requests with the servers that it is sent to.
_SCENARIOS = {
    REPEATED: (CONSTANT, OURS, PEER, PEER_CACHED),
    DIFFERENT: (OURS, PEER),
    IN_TURN: (OURS, PEER, PEER_CACHED),
    SLOW_KIT: (OURS,),
    SEARCH[1_000]: (OURS,),
    SEARCH[10_000]: (OURS,),
}
_WORDS = ("a", "gar", "letter", "the sea", "winter", "morning rec", "quiet", "history of", "isl")
# Rounds of the constant server that differ by more of their median tell that others were at work.
_NOISE = 0.25


@dataclass(frozen=True)
class Extent:
    """How thoroughly to measure: rounds, the seconds of each, and the requests of the memory test."""

    rounds: int = 8
    seconds: int = 2
    requests: int = 100_000


@dataclass(frozen=True)
class Measured:
    """All rounds by scenario and server, and memory in MB before and after many requests."""

    rounds: Mapping[tuple[str, str], Sequence[Round]]
    memory: Mapping[str, tuple[float, float]]

    def median(self, scenario: str, server: str, what: str = "rate") -> float:
        """Return the median of one column of a scenario's rounds."""
        return median(getattr(each, what) for each in self.rounds[scenario, server])

    def ratio(self, scenario: str, server: str, other: str) -> float:
        """Return the median of the ratios of rounds that were neighbours."""
        pairs = zip(self.rounds[scenario, server], self.rounds[scenario, other], strict=True)
        return median(one.rate / two.rate for one, two in pairs)

    def table(self) -> dict[str, dict[str, list[float]]]:
        """Return the medians by scenario and server, in the order of the picture's columns."""
        table: dict[str, dict[str, list[float]]] = {}
        for scenario, server in self.rounds:
            columns = ("rate", "p50", "p99", "cpu")
            values = [self.median(scenario, server, what) for what in columns]
            table.setdefault(scenario, {})[server] = values
        return table

    def summary(self) -> list[str]:
        """Return what the table does not say."""
        ours, peer = (self.memory[name][0] for name in (OURS, PEER))
        noise = "; the machine was busy with other things" if self.noise > _NOISE else ""
        return [
            f"Memory (PSS) with 200 active accounts: {ours:.0f} MB, the same work in Express "
            f"{peer:.0f} MB.",
            f"Rounds of the constant server differed by {self.noise:.0%} of their median{noise}.",
        ]

    @property
    def noise(self) -> float:
        """How far apart the rounds of the constant server are, as a share of their median."""
        rates = [each.rate for each in self.rounds[REPEATED, CONSTANT]]
        return (max(rates) - min(rates)) / median(rates)


def figures() -> Iterator[Figure]:
    """Measure all, and write the README's table and picture, which say so if the machine was busy."""
    yield from measured(Extent(), published=True)


def measured(extent: Extent, *, published: bool = False) -> Iterator[Figure]:
    """Measure all to some extent; with ``published``, the README tells it.

    Raises:
        CannotMeasure: a tool is missing.
    """
    require_tools("wrk", "node", "npm")
    machines.install_peers()
    with TemporaryDirectory() as folder, machines.kit() as kit_url:
        creators = _install(Path(folder))
        requests = write_requests(Path(folder), _requests(creators))
        tokens = Path(folder, "peer.db")
        save_for_peer(tokens, creators)
        with machines.all_of_them(Path(folder), tokens, kit_url) as servers:
            _require_blocks(servers, creators[0])
            rounds = _measure(servers, requests, extent)
        # Started anew: so they hold nothing but what these accounts need.
        with machines.ours_and_peer(Path(folder), tokens, kit_url) as servers:
            found = Measured(rounds, _memory(servers, requests, extent.requests))
    yield from _figures(found)
    if published:
        publish(found.table(), found.summary())
    with TemporaryDirectory() as folder:
        machines.seconds_to_preview(Path(folder))
        again = min(machines.seconds_to_preview(Path(folder)) for _ in range(3))
    yield at_most("make run, the second time, ready after", again, 3, "s")


def _install(folder: Path) -> list[Creator]:
    """Install 200 accounts of 60 posts, and one for each size that is searched."""
    engine = make_engine(f"sqlite:///{folder / 'plugin-server.db'}")
    upgrade(engine)
    cipher = Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])])
    creators = install(SqlStore(engine, cipher), [*[60] * 200, *SEARCH])
    engine.dispose()
    return creators


def _requests(creators: Sequence[Creator]) -> dict[str, list[str]]:
    first, active = creators[0], creators[:200]
    large = {each.posts: each for each in creators[200:]}
    repeated = first.asks_for()
    layouts = ("card", "image_left", "text_only")
    return {
        REPEATED: [repeated],
        DIFFERENT: [first.asks_for(post=str(n), button_text="Read @@@@@@@") for n in range(1, 61)],
        IN_TURN: [
            first.asks_for(
                post=str(n % 60 + 1), layout=layouts[n % 3], button_text=f"Read letter {n}"
            )
            for n in range(500)
        ],
        SLOW_KIT: [
            line for each in active for line in (*[repeated] * 9, each.asks_for(post="1@@@@@@@"))
        ],
        OPENED: [each.searches("") for each in creators],
        ACTIVE_OPENED: [each.searches("") for each in active],
        ACTIVE: [each.asks_for(post=str(n)) for n in range(1, 6) for each in active],
        **{
            name: [large[posts].searches(word) for word in _WORDS] for posts, name in SEARCH.items()
        },
    }


def _require_blocks(servers: Mapping[str, Machine], creator: Creator) -> None:
    """Return if every server answers a block: else errors would be measured."""
    token, path, body = creator.asks_for().split("\t")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for name, server in servers.items():
        answer = httpx2.post(server.url + path, content=body, headers=headers)
        if "<table" not in answer.json().get("html", ""):
            raise CannotMeasure(f"{name} does not answer a block: {answer.text}")


def _measure(
    servers: Mapping[str, Machine], requests: Mapping[str, Path], extent: Extent
) -> Mapping[tuple[str, str], Sequence[Round]]:
    def one(scenario: str, server: str) -> Round:
        connections = _SLOW_CONNECTIONS if scenario == SLOW_KIT else 16
        machine = servers[server]
        file = requests[scenario]
        return run(machine.url, file, machine.tree, seconds=extent.seconds, connections=connections)

    _open(servers[OURS], requests[OPENED], 2 * extent.seconds)
    rounds = defaultdict(list)
    for number in range(extent.rounds + 1):
        for scenario, names in _SCENARIOS.items():
            for name in names:
                taken = one(scenario, name)
                if number:  # the first warms up
                    rounds[scenario, name].append(taken)
    return rounds


def _open(ours: Machine, requests: Path, seconds: int) -> None:
    """Do what creators do first, after which an account's newest posts are known: open the search."""
    run(ours.url, requests, ours.tree, seconds=seconds)


def _memory(
    servers: Mapping[str, Machine], requests: Mapping[str, Path], count: int
) -> dict[str, tuple[float, float]]:
    """Return the MB under load with 200 accounts active, and again after so many requests."""
    _open(servers[OURS], requests[ACTIVE_OPENED], 4)
    return {name: _grown(machine, requests[ACTIVE], count) for name, machine in servers.items()}


def _grown(machine: Machine, requests: Path, count: int) -> tuple[float, float]:
    run(machine.url, requests, machine.tree, seconds=4)
    before, sent = machine.tree.memory(), 0
    while sent < count:
        sent += run(machine.url, requests, machine.tree, seconds=4).requests
    return before, machine.tree.memory()


def _figures(found: Measured) -> Iterator[Figure]:
    for (scenario, server), rounds in found.rounds.items():
        rate, p50, p99, cpu = (
            found.median(scenario, server, what) for what in ("rate", "p50", "p99", "cpu")
        )
        yield Figure(
            f"{scenario}: {server}",
            f"{rate:,.0f}/s, p50 {p50:.1f}, p99 {p99:.1f} ms, CPU {cpu:.0f} µs",
        )
        if failed := sum(each.failed for each in rounds):
            yield Figure("  failed requests", str(failed), "0", met=False)
    yield from _goals(found)


def _goals(found: Measured) -> Iterator[Figure]:
    ours = found.median(REPEATED, OURS)
    rates = [each.rate for each in found.rounds[REPEATED, OURS]]
    yield at_least("repeated: ours / constant", found.ratio(REPEATED, OURS, CONSTANT), 0.85)
    yield at_least("all different: ours / same work", found.ratio(DIFFERENT, OURS, PEER), 1.0)
    yield at_least("500 in turn: ours / uncached", found.ratio(IN_TURN, OURS, PEER), 1.45)
    yield at_least("repeated: slowest round / median", min(rates) / median(rates), 0.8)
    for scenario in (REPEATED, DIFFERENT):
        limit = found.median(scenario, PEER, "p99")
        yield at_most(f"{scenario}: p99", found.median(scenario, OURS, "p99"), limit, "ms")
    slow = found.median(SLOW_KIT, OURS) / _MOST_POSSIBLE
    yield at_least("slow Kit: ours / the most possible", slow, 0.8)
    yield at_most("slow Kit: p50 of the others", found.median(SLOW_KIT, OURS, "p45"), 15, "ms")
    for posts, goal in ((1_000, 0.75), (10_000, 0.5)):
        rate = found.median(SEARCH[posts], OURS) / ours
        yield at_least(f"{SEARCH[posts]}: / repeated", rate, goal)
    (before, after), (peer, _) = found.memory[OURS], found.memory[PEER]
    yield Figure("memory (PSS), 200 accounts", f"{before:.0f} MB, the peer's {peer:.0f} MB")
    yield at_most("memory: ours / same work", before / peer, 0.8)
    yield at_most("memory after 100,000 requests / before", after / before, 1.05)
    noise = found.noise
    yield at_most("noise: spread of the constant server's rounds", noise, _NOISE)
    if noise > _NOISE:
        yield Figure("  The machine was too busy to tell: measure again when it is quiet.", "")
