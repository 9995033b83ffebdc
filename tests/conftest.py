"""What every test may use: a clock, an empty database; the rest is in ``support``."""

import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpcore2
import pytest
from hypothesis import settings
from sqlalchemy import Engine
from support.databases.sqlite import upgrade_quickly

from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore

# In this order: one imports another, and a plugin is to be the first to import a module.
pytest_plugins = [
    "support.databases.postgres",
    "support.servers.processes",
    "support.servers.wheel",
    "support.browser.creator",
    "support.browser.chromium",
    "support.kit.strict_kit",
    "support.servers.provider",
    "support.servers.collector",
    "support.servers.webhook_receiver",
    "support.servers.raw_connections",
    "support.databases.redis_server",
    "support.needs",
]

# How long an example takes says more about the machine than about us. Every run has the same examples,
# so that what passes here passes elsewhere; ARGS=--hypothesis-profile=others looks for new ones.
settings.register_profile("others", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")

# Each client would read the certificates of all authorities again, which takes longer than a request.
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)

KEY = bytes(range(32))


# The modules that take longest, which begin, lest one process is left with one at the end. Those that compute
# and those that wait, for servers or timeouts, alternate.
LONGEST = [
    *("blocks/test_attacks.py", "scenarios/test_faults.py", "browser/test_attacks.py"),
    *("commands/test_snapshot.py", "scenarios/test_concurrency.py", "preview/test_packages.py"),
    *("blocks/test_hostile_input.py", "deploy/test_image.py", "scenarios/test_kit_data.py"),
    *("sandbox/test_sidebar.py", "scenarios/test_faults_under_load.py"),
    *("preview/test_source_errors.py", "scenarios/test_package.py", "browser/test_flow.py"),
    *("browser/test_blocks.py", "commands/test_rehearse.py", "preview/test_live_reload.py"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest, then the scenarios, which wait."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> int:
        return places.get(item.path, len(places) + ("scenarios" not in item.path.parts))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Leave the tests and all modules out of garbage collections, which would walk through them."""
    gc.collect()
    gc.freeze()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_790_000_000

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Where the store is; tests of the store itself have it in each database."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, pool_size=32)
    upgrade_quickly(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> SqlStore:
    return SqlStore(engine, Cipher([KEY]))
