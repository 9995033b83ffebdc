"""Servers that last for a module, with each database: for tests that promise the same of both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.postgres import PostgresServer
from support.redis_server import running_redis
from support.strict_kit import StrictKit, running_strict_kit


@pytest.fixture(scope="module")
def lasting_kit() -> Iterator[StrictKit]:
    """A Kit that several tests ask, one after the other."""
    with running_strict_kit() as kit:
        yield kit


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables that choose an empty database; without any it is SQLite."""
    if request.param == "sqlite":
        return {}
    server: PostgresServer = request.getfixturevalue("postgres")
    return {"DATABASE_URL": server.create()}


@pytest.fixture(scope="module")
def redis_url(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[str]:
    """A Redis that lasts as long."""
    folder: Path = tmp_path_factory.mktemp("redis")
    with running_redis(folder, free_ports(1)[0]) as server:
        yield server.url
