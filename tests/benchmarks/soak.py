"""A long load: ``python -m benchmarks.soak [minutes]``, ten unless it is said.

``plugin-server serve`` as shipped, on two processes, serves 1,000 installations at four fifths of what it
can, with the sandbox as Kit. Everything is on this machine's loopback and is gone afterwards.
"""

import logging
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from support.servers.installing import YEAR, install_directly
from support.servers.processes import SECRETS, Server, launch, running_server
from support.servers.sandbox import running_sandbox

from benchmarks.creators import Creator, write_requests
from benchmarks.load import CannotMeasure, Round, Tree, require_tools, run
from benchmarks.machines import free_port
from benchmarks.report import Figure, all_met, at_least, at_most, report
from plugin_server.sandbox.kit.account_files import load_accounts
from plugin_server.sandbox.store import Store as SandboxStore
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore

TITLE = "A long load (1,000 installations, the sandbox as Kit)"
INSTALLATIONS = 1000
# The sandbox's accounts that they share, with 73 and 60 posts.
_ACCOUNTS = (2601, 2660)
# Creators who write at the same time, and how often each requests the same before others come.
_WRITING, _TIMES = 50, 4
_SHARE = 0.8
_CONNECTIONS = 64
_LONGEST = 60
_MINUTE = 60
# Seconds of the first load, of the longest that loads everything once, and of that for the capacity.
_FIRST, _WARM_UP, _CAPACITY = 10, 120, 30
# A capacity that has changed by more than this share tells that others were at work.
_NOISE = 0.2


def figures(minutes: int) -> Iterator[Figure]:
    """Load a server for so many minutes.

    Raises:
        CannotMeasure: a tool is missing, or the server does not respond.
    """
    require_tools("wrk")
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        kit = stack.enter_context(running_sandbox(folder / "kit", rate_limits=False))
        variables = {"KIT_API_URL": kit, "KIT_OAUTH_URL": f"{kit}/v4/oauth", "LOG_LEVEL": "INFO"}
        server = stack.enter_context(running_server(folder, free_port(), launch, **variables))
        lines = _requests(_install(server, folder / "kit"), kit)
        requests = write_requests(folder, {"all": lines})["all"]
        load = partial(run, server.server, requests, Tree(server.pid), connections=_CONNECTIONS)
        first = load(seconds=_FIRST)
        load(seconds=min(len(lines) / first.rate, _WARM_UP))
        yield from _load(load, Tree(server.pid), minutes)


def _load(load: Callable[..., Round], tree: Tree, minutes: int) -> Iterator[Figure]:
    most = load(seconds=_CAPACITY).rate
    yield Figure("capacity", f"{most:,.0f}/s")
    rate, memory, rounds = most * _SHARE, [tree.memory()], list[Round]()
    for number in range(1, minutes + 1):
        taken = load(seconds=_MINUTE, rate=rate, checked=True)
        rounds.append(taken)
        memory.append(tree.memory())
        yield Figure(
            f"minute {number}",
            f"{taken.rate:,.0f}/s, p50 {taken.p50:.1f}, p99 {taken.p99:.1f} ms, {memory[-1]:.0f} MB",
        )
    yield from _goals(rate, rounds, memory)
    again = load(seconds=_CAPACITY).rate
    yield Figure("capacity, at the end", f"{again:,.0f}/s")
    if abs(again / most - 1) > _NOISE:
        yield Figure("  The machine has changed its pace: measure again when it is quiet.", "")


def _goals(rate: float, rounds: Sequence[Round], memory: Sequence[float]) -> Iterator[Figure]:
    sent = sum(each.requests for each in rounds)
    failed = sum(each.failed for each in rounds)
    yield at_most(f"errors, of {sent:,} requests", failed, 0)
    reached = median(each.rate for each in rounds) / rate
    yield at_least(f"requests sent / {_SHARE:.0%} of the capacity", reached, 0.95)
    for name in ("p50", "p99"):
        values = [getattr(each, name) for each in rounds]
        yield at_most(f"{name}: the slowest minute / the median", max(values) / median(values), 2)
    start, middle, end = memory[0], memory[len(memory) // 2], memory[-1]
    yield Figure("memory (PSS): start, middle, end", f"{start:.0f}, {middle:.0f}, {end:.0f} MB")
    yield at_most("memory: the most / at the start", max(memory) / start, 1.05)


def _install(server: Server, kit: Path) -> list[tuple[int, str]]:
    """Install the app 1,000 times; return the sandbox's account and the token of each."""
    sandbox = SandboxStore(kit, time.time)
    engine = make_engine(server.database_url)
    store = SqlStore(engine, Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])]))
    installed = []
    for number in range(INSTALLATIONS):
        account, kit_token = _ACCOUNTS[number % len(_ACCOUNTS)], f"kit-{number}"
        sandbox.save_tokens(kit_token, f"refresh-{number}", account, time.time() + YEAR, "app")
        token = install_directly(store, str(1000 + number), kit_token)
        installed.append((account, token["access_token"]))
    engine.dispose()
    return installed


def _requests(installed: Sequence[tuple[int, str]], kit: str) -> list[str]:
    """Return the requests of creators who write some at a time, until all have.

    Each requests three blocks, one that nobody has requested before, and searches.
    """
    accounts = load_accounts(kit)
    posts = {
        id_: [str(post["id"]) for post in (accounts[id_].posts or [])[:20] if post["public_url"]]
        for id_ in _ACCOUNTS
    }
    creators = [
        (posts[account], Creator(number, "", token, 0))
        for number, (account, token) in enumerate(installed)
    ]
    lines = []
    for first in range(0, INSTALLATIONS, _WRITING):
        writing = creators[first : first + _WRITING]
        lines += _TIMES * [
            *(each.requests(post=newest[place]) for place in range(3) for newest, each in writing),
            *(
                each.requests(post=newest[3], button_text="Read <new number>")
                for newest, each in writing
            ),
            *(each.searches("the") for _, each in writing),
        ]
    return lines


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 1 when a goal was missed, 2 for bad arguments."""
    minutes = arguments[0] if arguments else "10"
    if len(arguments) > 1 or not minutes.isdecimal() or not 1 <= int(minutes) <= _LONGEST:
        print(f"Give a number of minutes from 1 to {_LONGEST}.", file=sys.stderr)  # noqa: T201
        return 2
    # The sandbox's server would print each request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    try:
        return 0 if all_met(report(TITLE, figures(int(minutes)))) else 1
    except CannotMeasure as missing:
        print(f"  Not measured: {missing}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
