"""The benchmark's simulated creators lead to calls of Kit when the cache would make them."""

import threading
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from benchmarks.sizing_kit import (
    BUSY,
    CARD,
    PACE,
    REPORTS,
    SITTING,
    Stretch,
    Watched,
    loads,
    simulate,
)

from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.models import Timezone
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.changes import Changes
from plugin_server.kit.cache.shared import LocalOnly
from plugin_server.kit.catalog import TIMEZONE
from plugin_server.kit.posts import Posts

VALUES: list[Any] = [Posts([], is_whole=True), (), Timezone()]
NOON = 43_200.0


class Creator:
    """Edits by a clock of their own, and notes when the cache calls Kit."""

    def __init__(self, changes: Changes | None) -> None:
        self.now, self.calls = 0.0, list[float]()
        self._cache = Cache(
            megabytes=1,
            clock=lambda: self.now,
            is_connected=lambda _: True,
            shared=LocalOnly(),
            find_changes=lambda _: changes,
            sweep_interval=3600,
        )

    def edit(self, moment: float) -> None:
        """Read what a Post block does, and wait for what is loaded behind the response."""
        self.now = moment
        data = self._cache.of("26")
        for resource, value in zip(CARD, VALUES, strict=True):
            must_be_fresh = resource is not TIMEZONE
            data.get(resource, self._read(value), Deadline.after(20), must_be_fresh=must_be_fresh)
        for thread in threading.enumerate():
            if thread.name == "kit-load":
                thread.join()

    def _read(self, value: Any) -> Callable[[], Any]:
        def read() -> Any:
            self.calls.append(self.now)
            return value

        return read


def stretches(random: Random) -> list[Stretch]:
    """Return some, with pauses that last from just long enough to hours between them."""
    found, begin = [], NOON
    for _ in range(12):
        found.append(Stretch(begin, random.choice((1, 4, 7, 150, 300))))
        begin = found[-1].end + random.choice((20.0, 21.5, 31.0, 75.0, 200.0, 4000.0))
    return found


@pytest.mark.parametrize("changes", [None, REPORTS], ids=["no reports", "reports"])
@pytest.mark.parametrize("seed", range(3))
def test_kit_is_called_when_the_cache_would_call_it(seed: int, changes: Changes | None) -> None:
    creator, day = Creator(changes), stretches(Random(seed))
    for stretch in day:
        for edit in range(stretch.edits):
            creator.edit(stretch.begin + PACE * edit)
    assert sorted(loads(day, changes)) == creator.calls
    assert len(creator.calls) > 20


@pytest.mark.parametrize(("changes", "calls"), [(None, 31), (REPORTS, 12)])
def test_a_thousand_requests_in_ten_minutes(changes: Changes | None, calls: int) -> None:
    creator = Creator(changes)
    for visit in BUSY:
        for edit in range(visit.edits):
            creator.edit(NOON + visit.begin + visit.pace * edit)
    assert sum(visit.edits for visit in BUSY) == 1000
    assert len(creator.calls) == len(list(loads(BUSY, changes))) == calls


def test_a_steady_sitting_is_one_visit() -> None:
    seen = simulate(50, steadily=True)
    assert seen.edits == pytest.approx(50 * 400, abs=50)
    assert seen.calls.total() == pytest.approx(50 * 10, rel=0.05)
    assert seen.most == len(CARD)


def test_of_sittings_that_go_on_only_a_part_is_watched() -> None:
    seen = Watched()
    seen.note([Stretch(-6.0, 3), Stretch(30.0, 20)])
    seen.note([Stretch(SITTING - 3.0, 400)])
    assert seen.edits == 1 + 20 + 1
    assert seen.calls == {0: 2, 19: 3}
    assert seen.most == 4
