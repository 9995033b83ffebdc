"""A cached number in tests, loaded from a Kit that counts, can be held up, and fails."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.cache.account_cache import CachedValue
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.resource import Resource

FRESH = 30
NUMBER: Resource[int] = Resource(
    "number", FRESH, lambda value: str(value).encode(), int, lambda value: 1000
)


class Kit:
    """Counts its requests; can be held up, and made to fail."""

    def __init__(self) -> None:
        self.requested = 0
        self.failure: Exception | None = None
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> int:
        self.requested += 1
        assert self.open.wait(20)
        if self.failure:
            raise self.failure
        return self.requested


def get(cache: Cache, kit: Kit, seconds: float = 20, fresh: bool = False) -> CachedValue[int]:
    deadline = Deadline.after(seconds)
    return cache.of("26").get(NUMBER, kit, deadline, must_be_fresh=fresh)


@contextmanager
def held_up(kit: Kit) -> Iterator[None]:
    kit.open.clear()
    yield
    kit.open.set()
