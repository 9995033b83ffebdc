"""What reading accounts costs: requests to Kit, time, memory.

Kit is the sandbox in a process of its own, over real HTTP. Our part is everything behind the web
framework: blocks are called as the editor's routes call them.
"""

import gc
import logging
import multiprocessing
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from support.blocks.served import find
from support.kit.faulty_kit import FaultyKit
from support.servers.sandbox import running_sandbox

from benchmarks.load import Extent
from benchmarks.report import Figure, at_most
from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.posts_search import index_of_posts
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.accounts import Accounts
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import LocalOnly
from plugin_server.kit.connect.credentials import ApiKeyAuth
from plugin_server.kit.post_source import NEWEST, WHOLE

TITLE = "Reading accounts (blocks called directly, the sandbox as Kit over HTTP)"

# Posts of an account to its key.
KEYS = {
    60: "kit_sandbox_sixty_letters",
    10_000: "kit_sandbox_ten_thousand_letters",
    50_000: "kit_sandbox_fifty_thousand_letters",
}
LARGE, LARGEST = 10_000, 50_000
STEP = 0.6  # simulated seconds between two requests of the editor
POST = find("post")


def figures(_: Extent) -> Iterator[Figure]:
    """Measure one figure after the other."""
    with sandbox() as kit:
        for posts in KEYS:
            Creator(kit, posts).open()  # the sandbox makes its posts up at the first request
        yield from requests_of_ten_minutes(kit)
        yield from search_times(kit)
        yield from memory(kit)
        yield from first_results(kit)


def requests_of_ten_minutes(kit: FaultyKit) -> Iterator[Figure]:
    """A creator writes for ten minutes: types in the search field, and edits blocks."""
    creator, random = Creator(kit, LARGE), Random(26)
    kit.reset_counts()
    creator.open()
    known = creator.data().newest_posts()
    blocks = [known[0].value, known[7].value, known[60].value, "1000777"]
    for _ in range(40):
        word = random.choice(known).title[:9]
        typed = [word[:length] for length in range(1, 10)]
        refreshed = random.sample(blocks, 2) * 4
        for search in typed:
            creator.search(search)
            creator.wait(STEP)
        for post in [*refreshed, *blocks, *blocks]:
            creator.show(post)
            creator.wait(STEP)
    sent = 40 * (9 + 16)
    yield at_most(f"requests to Kit for {sent:,} of the editor", count(kit), 60)
    for post in blocks:
        creator.show(post)
    creator.search("")
    creator.settle()
    kit.reset_counts()
    for number in range(200):
        creator.show(blocks[number % 4])
        creator.search("the")
    creator.settle()
    yield at_most("requests to Kit for 400 more while all is fresh", count(kit), 0)


def search_times(kit: FaultyKit) -> Iterator[Figure]:
    """Every query once, with a warm cache."""
    for posts, limit in ((LARGE, 5), (LARGEST, 25)):
        creator = Creator(kit, posts)
        creator.open()
        # The best of three, because the machine does other things too.
        times = [min(_timed(creator, text) for _ in range(3)) for text in queries(creator)]
        percent = quantiles(times, n=100)
        name = f"search in {posts:,} posts, {len(times)} different texts"
        yield Figure(f"{name}, p50", f"{percent[49]:.2f} ms")
        yield at_most(f"{name}, p99", percent[98], limit, "ms")


def queries(creator: "Creator") -> list[str]:
    """Return single letters, words, beginnings, several words, words with an error, and nonsense."""
    titles = [post.title for post in Random(7).sample(list(creator.data().published_posts()), 60)]
    words = sorted({word for title in titles for word in title.split() if len(word) > 3})
    wrong = [word[:2] + word[3:] for word in words] + [
        word[1] + word[0] + word[2:] for word in words
    ]
    several = [" ".join(title.split()[:2]) for title in titles]
    backwards = [" ".join(reversed(title.split())) for title in titles]
    nothing = ["qqqq", "xyzzy plugh", "zzzz zzzz zzzz", "🙂🙂"]
    found = ["", *"abcdefghijklmnopqrstuvwxyz", *words, *(word[:3] for word in words)]
    return list(dict.fromkeys([*found, *several, *backwards, *titles, *wrong, *nothing]))


def memory(kit: FaultyKit) -> Iterator[Figure]:
    """What an account takes, its list, index and all, and what the cache counts for it."""
    for posts in KEYS:
        gc.collect()
        tracemalloc.start()
        creator = Creator(kit, posts)
        before = tracemalloc.get_traced_memory()[0]
        creator.open()
        for text in ("a", "letter", "lettre"):
            creator.search(text)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        data = creator.data()
        newest, whole = data.newest_posts(), data.published_posts()
        counted = NEWEST.weigh(newest) + (0 if newest.is_whole else WHOLE.weigh(whole))
        name = f"memory of an account with {posts:,} posts"
        yield Figure(f"{name} ({taken / posts:,.0f} bytes a post)", f"{taken / 2**20:.2f} MiB")
        share = counted / taken
        goal = "70 to 130 %"
        yield Figure("  of which the cache counts", f"{share:.0%}", goal, 0.7 <= share <= 1.3)


def first_results(kit: FaultyKit) -> Iterator[Figure]:
    """Time what a creator sees first of the largest account: its newest posts, then all of them."""
    with kit.misbehaving({"fault": "latency", "seconds": 0.2}):
        creator = Creator(kit, LARGEST)
        seconds = _timed(creator, "") / 1000
    yield at_most(f"first result of {LARGEST:,} posts, Kit takes 0.2 s", seconds, 1, "s")
    creator.settle()
    yield at_most("first search once all of them have arrived", _timed(creator, "the"), 25, "ms")


@dataclass
class Creator:
    """A creator in the editor, whose time is moved by hand, and whose account nobody has read yet."""

    kit: FaultyKit
    posts: int
    now: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        """Begin with an empty cache."""
        key = KEYS[self.posts]
        cache = Cache(
            megabytes=1024, clock=self._clock, is_connected=lambda _: True, shared=LocalOnly()
        )
        # Ten minutes pass in a few seconds: what is allowed in a minute is not at issue here.
        access = (ApiKeyAuth(SecretStr(key)), Credential.of_secret(key, 100_000))
        self._accounts = Accounts(
            make_http_client(),
            self.kit.url,
            lambda _: access,
            Budget(),
            cache,
            60,
            index_of_posts,
            self._clock,
        )

    def _clock(self) -> float:
        return self.now

    def data(self) -> KitAccountData:
        """Return the account as one request reads it."""
        return self._accounts.data(str(self.posts))

    def open(self) -> None:
        """Open the search field, until the whole account is there."""
        self.search("")
        self.settle()
        self.search("")

    def search(self, text: str) -> list[Option]:
        """Type something in the search field."""
        return POST.search("post", SearchQuery(text), self.data())

    def show(self, post: str) -> None:
        """Have a block's data fetched; to write it as HTML requests nothing from Kit."""
        POST.context(POST.settings.parse({"post": post}), self.data())

    def wait(self, seconds: float) -> None:
        """Let what is being loaded arrive, and so much time pass."""
        self.settle()
        self.now += seconds

    @staticmethod
    def settle() -> None:
        """Wait until nothing is being loaded."""
        for thread in threading.enumerate():
            if thread.name == "kit-load":
                thread.join()


@contextmanager
def sandbox() -> Iterator[FaultyKit]:
    """Run a sandbox without limits in a process of its own."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    with TemporaryDirectory() as folder:
        process = processes.Process(target=_serve, args=(folder, theirs))
        process.start()
        yield FaultyKit(ours.recv())
        ours.send("end")
        process.join()


def _serve(folder: str, pipe: Connection) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with running_sandbox(Path(folder), rate_limits=False) as url:
        pipe.send(url)
        pipe.recv()


def count(kit: FaultyKit) -> int:
    """Return how many requests Kit has had since the count was reset."""
    return int(kit.requests()["total"])


def _timed(creator: Creator, text: str) -> float:
    """Return the milliseconds of a search."""
    begun = time.perf_counter()
    creator.search(text)
    return (time.perf_counter() - begun) * 1000
