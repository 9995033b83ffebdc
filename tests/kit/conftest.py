"""Caches, and what is read through them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.caching import Kit
from support.reading import requests_of

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
def data(kit: Any, cache: Cache, clock: Any) -> Callable[[], KitAccountData]:
    """A function that begins a request; ``kit`` is the module's own, which answers as it is told."""
    return requests_of(kit, cache, clock)
