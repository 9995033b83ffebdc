"""Creators at their real pace: how often Kit is called, and who waits for it.

Twenty creators who have just opened their drafts make one change every three seconds for two and a half
minutes, which is a thousand requests; each comes over a connection of its own, so that any process may
get it. Kit takes 50 ms. All setups run at the same time: together they load a machine very little.
"""

import http.client
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from support.databases.redis_server import running_redis
from support.servers.processes import SECRETS, launch, running_server

from benchmarks.creators import Creator, install_in, read_request
from benchmarks.load import Extent, require_tools
from benchmarks.machines import free_port
from benchmarks.report import Figure, at_most
from benchmarks.sizing_kit import of_reports
from benchmarks.slow_kit import POSTS, SlowKit, slow_kit
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore

TITLE = "Paced (20 creators, each one edit every 3 s, cold at first; Kit takes 50 ms)"

CREATORS, EDITS, PAUSE = 20, 50, 3.0
REQUESTS = CREATORS * EDITS
# Creators who come when the others have gone, while Kit takes 200 ms.
LATER, SLOW = 5, 0.2
# Six texts, three posts, three colors, two layouts, a toggle, a font, and twice the same again.
_TURN: Sequence[dict[str, object]] = (
    *({"button_text": f"Read {word}"} for word in ("on", "it", "more", "all", "this", "now")),
    *({"post": str(POSTS - number)} for number in (1, 2, 3)),
    *({"button_color": color} for color in ("#0b63c4", "#aa3300", "#116633")),
    {"layout": "image_left"},
    {"layout": "text_only"},
    {"show_image": False},
    {"font": {"fontFamily": "Georgia, serif", "fontWeight": "700"}},
    {},
    {},
)


@dataclass(frozen=True)
class Setup:
    """Running servers behind one name, the Kit that they read, and whose blocks they show."""

    name: str
    kit: SlowKit
    urls: Sequence[str]
    creators: Sequence[Creator]


@dataclass(frozen=True)
class Shown:
    """A block as a creator got it: after how many ms, and whether Kit was waited for."""

    took: float
    waited: bool
    is_good: bool


def figures(_: Extent) -> Iterator[Figure]:
    """Run all setups at once, then measure what somebody waits for who is seen for the first time.

    Raises:
        CannotMeasure: there is no Redis server.
    """
    require_tools("redis-server")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        setups = [
            _start(stack, folder / "two", "2 processes", machines=1, processes=2),
            _start(stack, folder / "eight", "8 processes", machines=1, processes=8),
            _start(stack, folder / "redis", "8 on two machines, Redis", machines=2, processes=4),
        ]
        with ThreadPoolExecutor(len(setups)) as pool:
            found = list(pool.map(_run, setups))
        for setup, shown in zip(setups, found, strict=True):
            yield from _of_a_run(setup, shown)
        for setup in setups:
            yield _first_block(setup)
    # Ten minutes, simulated.
    yield from of_reports()


def _start(stack: ExitStack, folder: Path, name: str, *, machines: int, processes: int) -> Setup:
    """Start servers that share a database and, where they are several, a Redis."""
    kit = stack.enter_context(slow_kit())
    database = f"sqlite:///{folder / 'plugin-server.db'}"
    variables = {
        "KIT_API_URL": kit.url,
        "KIT_OAUTH_URL": f"{kit.url}/v4/oauth",
        "WEB_CONCURRENCY": str(processes),
        "DATABASE_URL": database,
        "LOG_LEVEL": "INFO",
    }
    folder.mkdir()
    if machines > 1:
        redis = stack.enter_context(running_redis(folder, free_port()))
        variables["REDIS_URL"] = redis.url
    creators = _install(database)
    urls = []
    for number in range(machines):
        place = folder / str(number)
        place.mkdir()
        server = running_server(place, free_port(), launch, **variables)
        urls.append(stack.enter_context(server).server)
    return Setup(name, kit, urls, creators)


def _install(database: str) -> list[Creator]:
    engine = make_engine(database)
    upgrade(engine)
    cipher = Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])])
    creators = install_in(SqlStore(engine, cipher), [POSTS] * (CREATORS + LATER))
    engine.dispose()
    return creators


def _run(setup: Setup) -> list[Shown]:
    """Have all creators edit, each on their own."""
    begun = time.monotonic()

    def edit(number: int) -> list[Shown]:
        creator, shown = setup.creators[number], []
        for turn, change in enumerate(islice(cycle(_TURN), EDITS)):
            due = begun + PAUSE * (turn + number / CREATORS)
            time.sleep(max(0.0, due - time.monotonic()))
            shown.append(_show(setup, creator, turn, **change))
        return shown

    with ThreadPoolExecutor(CREATORS) as pool:
        return [each for shown in pool.map(edit, range(CREATORS)) for each in shown]


def _show(setup: Setup, creator: Creator, turn: int, **change: object) -> Shown:
    """Request a block over a new connection, of one machine after the other."""
    token, path, body = read_request(creator.requests(**change))
    address = urlsplit(setup.urls[turn % len(setup.urls)])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    begun = time.perf_counter()
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    is_good = response.status == 200 and "<table" in json.loads(response.read()).get("html", "")
    took = (time.perf_counter() - begun) * 1000
    connection.close()
    return Shown(took, "fwd=miss" in (response.getheader("Cache-Status") or ""), is_good)


def _of_a_run(setup: Setup, shown: Sequence[Shown]) -> Iterator[Figure]:
    calls = setup.kit.requests.total() * 1000 / REQUESTS
    yield at_most(f"{setup.name}: Kit calls for 1,000 requests", calls, 60)
    by_path = ", ".join(f"{n} {path}" for path, n in sorted(setup.kit.requests.items()))
    yield Figure("  which are", by_path)
    waited = sum(each.waited for each in shown) / len(shown)
    yield Figure("  requests that waited for Kit", f"{waited:.1%}", "≤ 5 %", waited <= 0.05)
    yield Figure("  p50", f"{median(each.took for each in shown):.1f} ms")
    if failed := sum(not each.is_good for each in shown):
        yield Figure("  failed requests", str(failed), "0", met=False)


def _first_block(setup: Setup) -> Figure:
    setup.kit.seconds = SLOW
    took = median(_show(setup, creator, 0).took for creator in setup.creators[CREATORS:])
    return at_most(f"{setup.name}: first block of an account, Kit 200 ms", took, 260, "ms")
