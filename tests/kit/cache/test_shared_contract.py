"""What every cache that processes share promises, in Redis and in files."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.databases.redis_server import RedisServer
from support.kit.cached_number import Kit, get, held_up
from support.waiting import wait_until

from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import RedisShared
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder
from plugin_server.store.redis import SharedRedis


@pytest.fixture(params=["files", "redis"])
def two(
    request: pytest.FixtureRequest, make_cache: Callable[..., Cache], tmp_path: Path
) -> tuple[Cache, Cache]:
    """Two processes' caches."""
    if request.param == "files":
        folder = SharedFolder(tmp_path, 2**20)
        return make_cache(shared=FileShared(folder)), make_cache(shared=FileShared(folder))
    server: RedisServer = request.getfixturevalue("redis_server")
    first, second = (make_cache(shared=RedisShared(SharedRedis(server.url))) for _ in range(2))
    return first, second


def test_what_one_process_has_loaded_all_have(two: tuple[Cache, Cache], kit: Kit) -> None:
    assert get(two[0], kit).value == get(two[1], kit).value == 1
    assert kit.requested == 1


def test_processes_load_once_together(two: tuple[Cache, Cache], kit: Kit) -> None:
    with ThreadPoolExecutor(32) as pool:
        with held_up(kit):
            waiting = [pool.submit(get, two[i % 2], kit) for i in range(32)]
            wait_until(lambda: kit.requested == 1)
        assert {each.result().value for each in waiting} == {1}
    assert kit.requested == 1
