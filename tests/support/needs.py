"""What a test needs beside Python, as markers: ``make test-unit`` runs the tests that need nothing.

A test gets its markers from the fixtures that it uses, from its parameters (``postgresql``, ``redis``), from
the folder it is in, or by hand (``pytestmark = pytest.mark.redis``) where it starts a program itself.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.browser.chromium import executable
from support.databases import pgbouncer, postgres


@dataclass(frozen=True)
class Need:
    """One thing that tests need.

    Attributes:
        meaning: what it is, for ``pytest --markers``.
        is_met: whether this machine has it.
        advice: how to get it.
        fixtures: those whose tests need it.
        folders: those below ``tests`` whose tests need it.
        parameters: words in the name of a parametrized test that needs it.
    """

    meaning: str
    is_met: Callable[[], bool]
    advice: str
    fixtures: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()


def _has(program: str) -> Callable[[], bool]:
    return lambda: shutil.which(program) is not None


NEEDS = {
    "chromium": Need(
        "a Chromium browser",
        lambda: executable() is not None,
        "`make chromium`, or set CHROMIUM=/path/to/it",
        fixtures=frozenset({"chromium"}),
    ),
    "redis": Need(
        "a Redis server",
        _has("redis-server"),
        "`make redis`",
        fixtures=frozenset({"redis_server"}),
        parameters=frozenset({"redis"}),
    ),
    "postgres": Need(
        "a PostgreSQL server",
        postgres.is_installed,
        "`make postgres`",
        fixtures=frozenset({"postgres"}),
        parameters=frozenset({"postgresql"}),
    ),
    "pgbouncer": Need(
        "a PgBouncer",
        lambda: pgbouncer.find() is not None,
        "`make pgbouncer`",
    ),
    "bubblewrap": Need("bubblewrap (Linux)", _has("bwrap"), "`make bubblewrap`"),
    "systemd": Need("systemd-analyze (Linux)", _has("systemd-analyze"), "`make systemd`"),
    "ruby_liquid": Need(
        "Shopify's Liquid, in Ruby",
        lambda: _has("ruby")() and subprocess.run(["ruby", "-rliquid", "-e", ""]).returncode == 0,
        "`make ruby-liquid`",
    ),
    "linux": Need(
        "Linux: /dev/shm, /proc, or its own system calls",
        lambda: sys.platform == "linux",
        "run it on Linux, or in a container",
    ),
    "processes": Need(
        "servers or commands as processes of their own, which take their time",
        lambda: True,
        "",
        fixtures=frozenset({"free_ports"}),
        folders=frozenset({"scenarios", "deploy", "preview"}),
    ),
    "http": Need(
        "a sandbox over real HTTP in this process, which takes its time to start",
        lambda: True,
        "",
        fixtures=frozenset({"sandbox_url", "rehearsed"}),
        folders=frozenset({"contracts"}),
    ),
    "slow": Need(
        "many seconds: thousands of hostile inputs, requests or records",
        lambda: True,
        "",
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, need in NEEDS.items():
        config.addinivalue_line("markers", f"{name}: needs {need.meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with what it needs."""
    for item in items:
        fixtures = {*getattr(item, "fixturenames", ())}
        callspec = getattr(item, "callspec", None)
        parameters = {*callspec.id.replace("-", " ").split()} if callspec else set()
        for name, need in NEEDS.items():
            if (
                need.fixtures & fixtures
                or need.folders & {*item.path.parts}
                or need.parameters & parameters
            ):
                item.add_marker(name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say how to get what is missing."""
    for name, need in NEEDS.items():
        if item.get_closest_marker(name) and not need.is_met():
            pytest.fail(
                f"This test needs {need.meaning}: {need.advice}. `make test-unit` runs the tests "
                "that need Python alone.",
                pytrace=False,
            )
