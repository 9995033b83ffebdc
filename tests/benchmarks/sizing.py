"""What "How large" in the operator's guide rests on: ``make bench ARGS=sizing``, some minutes.

With the usual extent there are 100,000 accounts in Redis and in PostgreSQL.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from support.databases.postgres import running_postgres
from support.databases.redis_server import running_redis
from support.servers.installing import install_directly
from support.servers.processes import SECRETS, Server, launch, running_server

from benchmarks import sizing_kit, sizing_postgres, sizing_redis
from benchmarks.creators import Creator, write_requests
from benchmarks.edits import editing
from benchmarks.load import Extent, Round, Tree, require_tools, run
from benchmarks.machines import OURS, Machine, free_port
from benchmarks.report import Figure
from benchmarks.request_files import open_search, require_blocks
from benchmarks.slow_kit import POSTS, slow_kit
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore

TITLE = "Sizing (what more creators take; the guide's figures)"
# Accounts in Redis and PostgreSQL, for each round; and creators who edit in the running server.
_ACCOUNTS, _EDITING = 12_500, 200
# How many times as long as a round it takes until each process has met each account and email.
_OPENING, _WARMING = 2, 3


def figures(extent: Extent) -> Iterator[Figure]:
    """Measure what is edited, what is kept, and what is requested from Kit, one after the other.

    Raises:
        CannotMeasure: a tool is missing, or the server does not return blocks.
    """
    require_tools("wrk", "redis-server")
    yield from _editing(extent)
    yield from sizing_redis.figures(_ACCOUNTS * extent.rounds)
    yield from sizing_postgres.figures(_ACCOUNTS * extent.rounds)
    yield from sizing_kit.figures()


def _editing(extent: Extent) -> Iterator[Figure]:
    """Have creators edit on a server that shares nothing with other machines, and on one that shares all.

    In turns, so that a machine that changes its pace changes it for both.
    """
    with TemporaryDirectory() as name, running_postgres() as database, ExitStack() as stack:
        folder = Path(name)
        redis = stack.enter_context(running_redis(folder, free_port()))
        shared = {"DATABASE_URL": database.create(), "REDIS_URL": redis.url}
        setups: dict[str, dict[str, str]] = {"SQLite": {}, "PostgreSQL and Redis": shared}
        servers = {
            setup: stack.enter_context(_edited(folder / setup, variables, extent))
            for setup, variables in setups.items()
        }
        rounds: dict[str, list[Round]] = {setup: [] for setup in servers}
        for _ in range(extent.rounds):
            for setup, (server, file) in servers.items():
                rounds[setup].append(run(server.url, file, server.tree, seconds=extent.seconds))
        for setup, taken in rounds.items():
            yield Figure(f"{setup}: edits a second", f"{median(each.rate for each in taken):,.0f}")
            cpu = median(each.cpu for each in taken)
            yield Figure("  CPU time of an edit, of both processes", f"{cpu:,.0f} µs")
            yield Figure("  their memory", f"{servers[setup][0].tree.memory():.0f} MB")


@contextmanager
def _edited(
    folder: Path, variables: dict[str, str], extent: Extent
) -> Iterator[tuple[Machine, Path]]:
    """Run a server to which all creators are known; yield it with the file of their edits."""
    folder.mkdir()
    with slow_kit() as kit:
        kit.seconds = 0
        given = {
            "KIT_API_URL": kit.url,
            "KIT_OAUTH_URL": f"{kit.url}/v4/oauth",
            "EDITOR_RATE_LIMIT": "1000000000",
            "LOG_LEVEL": "INFO",
            **variables,
        }
        with running_server(folder, free_port(), launch, **given) as server:
            creators = _install(server)
            file = write_requests(folder, {"edits": editing(creators)})["edits"]
            ours = Machine(server.server, Tree(server.pid))
            open_search(folder, ours, creators, _OPENING * extent.seconds)
            require_blocks({OURS: ours}, file)
            run(ours.url, file, ours.tree, seconds=_WARMING * extent.seconds)
            yield ours, file


def _install(server: Server) -> list[Creator]:
    engine = make_engine(server.database_url)
    store = SqlStore(engine, Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])]))
    creators = []
    for number in range(_EDITING):
        token = install_directly(store, str(1000 + number), "kit-token")["access_token"]
        creators.append(Creator(number, str(1000 + number), token, POSTS))
    engine.dispose()
    return creators
