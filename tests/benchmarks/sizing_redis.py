"""What many accounts take in Redis, and what Redis does while they are edited."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from support.databases.redis_server import running_redis

from benchmarks.load import Tree
from benchmarks.machines import free_port
from benchmarks.report import Figure
from benchmarks.sizing_kit import CARD
from plugin_server.kit.api.budget import TOKEN_LIMIT, Credential
from plugin_server.kit.api.models import Post, Timezone
from plugin_server.kit.cache.resource import Resource
from plugin_server.kit.cache.shared import RedisShared
from plugin_server.kit.posts import Posts, from_post
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.ratelimit.redis_windows import RedisWindows
from plugin_server.sandbox.kit.account_files import load_accounts
from plugin_server.store.redis import SharedRedis

# The sandbox's account with some sixty posts, and how many of them are taken.
_ACCOUNT, _POSTS = 2660, 60
_PROCESSES = 2
# The id of the first account: they have as many digits as Kit's.
_FIRST = 1_000_000
# Accounts whose visits are saved, and that a process reads.
_SAMPLE = 2_000


def figures(accounts: int) -> Iterator[Figure]:
    """Keep so many accounts' data in a Redis, as servers do, and read from it what that takes."""
    share = accounts // _PROCESSES
    shares = [range(first, first + share) for first in range(_FIRST, _FIRST + accounts, share)]
    with TemporaryDirectory() as name, running_redis(Path(name), free_port()) as server:
        redis, tree = _connect(server.url), Tree(server.process.pid)
        empty = _used(redis)
        with ProcessPoolExecutor(_PROCESSES, get_context("spawn")) as pool:
            list(pool.map(_keep, repeat(server.url), shares))
            kept = _used(redis) - empty
            yield Figure(f"Redis: {accounts:,} accounts of {_POSTS} posts", f"{kept >> 20:,} MB")
            yield Figure("  each, for a day", f"{kept / accounts / 1024:.2f} KB")
        shared, sample = RedisShared(redis), [str(number) for number in shares[0][:_SAMPLE]]
        _limit(redis, sample)
        limits = (_used(redis) - empty - kept) / len(sample)
        yield Figure("  its limits, for two minutes", f"{limits / 1024:.2f} KB")
        begun = tree.cpu()
        for account_id in sample:
            shared.save_visit(account_id, 0.0, 0.0)
        saved = tree.cpu()
        for account_id in sample:
            shared.find_visit(account_id)
        found = tree.cpu()
        micros = [seconds / len(sample) * 1e6 for seconds in (saved - begun, found - saved)]
        yield Figure("CPU time of Redis: a visit saved", f"{micros[0]:.0f} µs")
        yield Figure("  a visit looked up", f"{micros[1]:.0f} µs")
        yield Figure("CPU time of a process: reading an account", f"{_taken(shared, sample)} µs")


def _card() -> list[tuple[Resource[Any], Any]]:
    """Return what a Post block needs of the sandbox's account, each a resource with its value."""
    account = load_accounts("https://letters.example.com")[_ACCOUNT]
    posts = [Post.model_validate(each) for each in (account.posts or [])[:_POSTS]]
    zone = Timezone.model_validate(account.account["timezone"])
    values = (Posts(map(from_post, posts), is_whole=True), tuple(account.colors), zone)
    return list(zip(CARD, values, strict=True))


def _keep(url: str, accounts: range) -> None:
    """Save what Kit returned for some accounts, each of which is being visited."""
    shared, now = RedisShared(_connect(url)), time.time()
    for resource, value in _card():
        encode = partial(bytes, resource.encode(value))
        for number in accounts:
            shared.save(str(number), resource.name, encode, now)
    for number in accounts:
        shared.save_visit(str(number), now, now)


def _limit(redis: SharedRedis, accounts: list[str]) -> None:
    """Count three calls of Kit for each, and a batch of the editor's requests."""
    windows, limit = RedisWindows(redis), InstallationLimit(1, redis)
    for account_id in accounts:
        for _ in range(3):
            windows.acquire(Credential.of_token(account_id).name, TOKEN_LIMIT)
        limit.check(account_id)


def _taken(shared: RedisShared, accounts: list[str]) -> int:
    """Return the CPU time in µs of reading and decoding an account."""
    begun = time.process_time()
    for account_id in accounts:
        for resource in CARD:
            content = shared.find(account_id, resource.name, newer_than=0.0)
            assert content, "it was saved"
            resource.decode(content.content)
    return round((time.process_time() - begun) / len(accounts) * 1e6)


def _connect(url: str) -> SharedRedis:
    # As long as the namespace of an app is.
    return SharedRedis(url, namespace=f"plugin-server:{'0' * 16}")


def _used(redis: SharedRedis) -> int:
    """Return the bytes that Redis takes for data."""
    memory: Any = redis.client.info("memory")
    return int(memory["used_memory"])
