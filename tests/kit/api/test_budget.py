"""We stay below Kit's limit for each credential, and leave Kit alone when it says so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.databases.redis_server import RedisServer

from plugin_server.errors import BudgetSpent
from plugin_server.kit.api.budget import API_KEY_LIMIT, TOKEN_LIMIT, Budget, Credential
from plugin_server.store.redis import SharedRedis

ADA, BOB = Credential.of_token("26"), Credential.of_token("27")
KEY = Credential.of_secret("kit_abc", API_KEY_LIMIT)


def spent(budget: Budget, credential: Credential, **how: bool) -> int:
    """Return how many requests the budget allowed."""
    for count in range(1000):
        try:
            budget.spend(credential, **how)
        except BudgetSpent:
            return count
    raise AssertionError("The budget has no end")


@pytest.mark.parametrize(("credential", "kits_own"), [(ADA, 600), (KEY, 120)])
def test_we_stop_before_kit_does(credential: Credential, kits_own: int) -> None:
    count = spent(Budget(), credential)
    assert 0.8 * kits_own < count < 0.95 * kits_own


def test_each_credential_has_its_own(clock: Any) -> None:
    budget = Budget()
    spent(budget, ADA)
    assert spent(budget, BOB) == TOKEN_LIMIT


def test_whoever_is_refused_learns_when_to_come_back() -> None:
    budget = Budget()
    spent(budget, KEY)
    with pytest.raises(BudgetSpent) as refused:
        budget.spend(KEY)
    assert refused.value.status == 429
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60


def test_work_that_nobody_waits_for_leaves_a_quarter() -> None:
    budget = Budget()
    assert spent(budget, KEY, in_background=True) == API_KEY_LIMIT * 3 // 4
    assert spent(budget, KEY) == API_KEY_LIMIT // 4


def test_processes_without_redis_divide_it() -> None:
    assert 3 * spent(Budget(processes=3), ADA) <= TOKEN_LIMIT


def test_processes_with_redis_share_it(redis_server: RedisServer) -> None:
    budgets = [Budget(SharedRedis(redis_server.url), processes=2) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(lambda budget: spent(budget, KEY), budgets)) == API_KEY_LIMIT


def test_without_redis_each_keeps_to_its_share(redis_server: RedisServer) -> None:
    budget = Budget(SharedRedis(redis_server.url), processes=2)
    budget.spend(KEY)
    redis_server.stop()
    assert spent(budget, KEY) == API_KEY_LIMIT // 2


def test_a_credential_is_not_shown() -> None:
    assert "kit_abc" not in repr(KEY)


def pauses(budget: Budget, clock: Any, wait: int | None) -> int:
    """Have Kit refuse; return for how many seconds it is left alone."""
    budget.pause(ADA, wait)
    start = clock()
    while True:
        try:
            budget.spend(ADA)
        except BudgetSpent:
            clock.advance(1)
        else:
            return int(clock() - start)


def test_kit_is_left_alone_for_as_long_as_it_says(clock: Any) -> None:
    assert pauses(Budget(clock=clock), clock, 7) == 7


def test_pauses_grow_up_to_a_minute_where_kit_does_not_say(clock: Any) -> None:
    budget = Budget(clock=clock)
    found = [pauses(budget, clock, None) for _ in range(8)]
    assert found == [1, 2, 4, 8, 16, 32, 60, 60]
    budget.end_pause(ADA)
    assert pauses(budget, clock, None) == 1


def test_several_refusals_at_once_are_one(clock: Any) -> None:
    budget = Budget(clock=clock)
    assert [budget.pause(ADA, None) for _ in range(5)] == [1] * 5


def test_the_length_of_an_old_pause_is_dropped(clock: Any) -> None:
    budget = Budget(clock=clock)
    for _ in range(4):
        pauses(budget, clock, None)
    clock.advance(4000)
    assert pauses(budget, clock, None) == 1


def test_others_go_on_meanwhile(clock: Any) -> None:
    budget = Budget(clock=clock)
    budget.pause(ADA, 30)
    budget.spend(BOB)
