"""How many CPUs a server may keep busy."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.servers.settings import SETTINGS

from plugin_server.config.cpus import count, usable
from plugin_server.config.environment import load_config


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", None), ("50000 100000", 1), ("100000 100000", 1), ("99900000 100000", None)],
)
def test_a_containers_quota_counts(tmp_path: Path, quota: str, expected: int | None) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert count(tmp_path / "cpu.max") == (expected or len(usable()))


def test_without_a_quota_there_are_as_many_as_one_may_use(tmp_path: Path) -> None:
    assert count(tmp_path / "none") == len(usable())


def test_a_server_has_a_process_for_each_cpu_and_two_at_least() -> None:
    assert load_config(**SETTINGS).web_concurrency == max(2, count())
    # A thread of its own, because that is what this limits.
    with ThreadPoolExecutor(1, initializer=os.sched_setaffinity, initargs=(0, usable()[:1])) as one:
        assert one.submit(lambda: load_config(**SETTINGS).web_concurrency).result() == 2
