"""Caches, and a Kit for them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.caching import Kit

from plugin_server.kit.cache import Cache
from plugin_server.kit.shared_cache import Alone


@pytest.fixture
def kit() -> Iterator[Kit]:
    kit = Kit()
    yield kit
    kit.open.set()


@pytest.fixture
def make_cache(clock: Any) -> Callable[..., Cache]:
    def make(**changes: Any) -> Cache:
        given = {"megabytes": 1, "clock": clock, "is_connected": lambda _: True, "shared": Alone()}
        return Cache(**{**given, **changes})

    return make
