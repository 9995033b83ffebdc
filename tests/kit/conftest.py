"""A Kit with given responses, caches, and accounts that are read through them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.kit.in_process import Json, Kit, requests_of

from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import LocalOnly


@pytest.fixture
def kit() -> Iterator[Kit]:
    kit = Kit()
    yield kit
    kit.open.set()


@pytest.fixture
def make_cache(clock: Any) -> Callable[..., Cache]:
    def make(**changes: Any) -> Cache:
        given = {
            "megabytes": 1,
            "clock": clock,
            "is_connected": lambda _: True,
            "shared": LocalOnly(),
        }
        return Cache(**{**given, **changes})

    return make


@pytest.fixture
def cache(make_cache: Callable[..., Cache]) -> Cache:
    return make_cache(megabytes=16)


@pytest.fixture
def data(kit: Kit, cache: Cache, clock: Any) -> Callable[..., KitAccountData]:
    """A function that starts a request, of so many seconds."""
    return requests_of(kit, cache, clock)


@pytest.fixture
def account(kit: Kit, data: Callable[[], KitAccountData]) -> Callable[[Json], KitAccountData]:
    """A function from Kit's responses to the account that is read from them."""

    def make(responses: Json) -> KitAccountData:
        kit.responses = responses
        return data()

    return make
