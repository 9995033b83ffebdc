"""Workers divide the CPUs, and nobody goes without."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.settings import SETTINGS

from plugin_server.config import load_config
from plugin_server.cpus import count, share, usable


@pytest.mark.parametrize(("count", "workers"), [(2, 2), (8, 3), (8, 8), (4, 1)])
def test_each_cpu_is_one_workers(count: int, workers: int) -> None:
    cpus = list(range(10, 10 + count))
    shares = [share(cpus, number, workers) for number in range(workers)]
    assert sorted(each for share in shares for each in share) == cpus
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_fewer_cpus_than_workers_are_everybodys() -> None:
    assert [share([0, 1], number, 3) for number in range(3)] == [[0, 1]] * 3


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
