"""A block that does not end takes a thread: the log says where, and a worker without any is replaced."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from support.blocks.packages import QUOTE, write_package
from support.servers.processes import is_up, launch, running_server
from support.waiting import wait_until

MODULE = next(iter(QUOTE))
LOOP = """
    def context(self, values, data):
        while True:
            pass
"""


def test_a_worker_whose_threads_do_not_end_is_replaced(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    site = tmp_path / "site"
    write_package(site, {**QUOTE, MODULE: QUOTE[MODULE] + LOOP})
    variables = {
        "PYTHONPATH": str(site),
        "PLUGIN_AUTH": "none",
        "KIT_API_KEY": "kit_key",
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": "1",
        # The shortest time that a request may take.
        "EDITOR_DEADLINE": "1",
        "CLIENT_TIMEOUT": "1",
    }
    (tmp_path / "data").mkdir()
    with running_server(tmp_path / "data", *free_ports(1), launch, **variables) as server:
        [before] = server.workers()
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(
                f"{server.server}/blocks/quote/html",
                json={"settings": {"words": "Fog"}, "styles": {}},
                timeout=2,
            )
        wait_until(lambda: "A request has not ended in 6 seconds" in server.log.read_text())
        assert r"acme_blocks/quote.py\", line 10, in context" in server.log.read_text()
        wait_until(lambda: server.workers() not in ([before], []))
        wait_until(lambda: is_up(server.server))
        assert server.log.read_text().count("A request has not ended") == 1
