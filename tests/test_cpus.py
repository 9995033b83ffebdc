"""Workers divide the CPUs, and nobody goes without."""

import pytest

from plugin_server.cpus import share


@pytest.mark.parametrize(("count", "workers"), [(2, 2), (8, 3), (8, 8), (4, 1)])
def test_each_cpu_is_one_workers(count: int, workers: int) -> None:
    cpus = list(range(10, 10 + count))
    shares = [share(cpus, number, workers) for number in range(workers)]
    assert sorted(each for share in shares for each in share) == cpus
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_fewer_cpus_than_workers_are_everybodys() -> None:
    assert [share([0, 1], number, 3) for number in range(3)] == [[0, 1]] * 3
