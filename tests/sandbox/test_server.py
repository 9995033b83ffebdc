import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from support.servers import commands

PROGRAM = """
from pathlib import Path
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.server import serve

folder, port = Path({folder!r}), {port}
serve(SandboxConfig(folder, "http://127.0.0.1:{port}"), "127.0.0.1", port)
"""


@dataclass
class Served:
    """The sandbox as a process of its own, and a client of it."""

    process: commands.Command
    printed: Path
    client: httpx2.Client

    def stop(self, how: signal.Signals) -> tuple[int, bytes]:
        """End the process by a signal: its exit status and everything that it printed."""
        self.process.send_signal(how)
        status = self.process.wait(20)
        return status, self.printed.read_bytes()


@pytest.fixture
def served(tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Iterator[Served]:
    (port,) = free_ports(1)
    printed = tmp_path / "printed"
    program = PROGRAM.format(folder=str(tmp_path), port=port)
    process = commands.start_code(program, {1: printed, 2: printed})
    transport = httpx2.HTTPTransport(retries=8)
    with (
        ended(process),
        httpx2.Client(
            transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=60
        ) as client,
    ):
        yield Served(process, printed, client)


@contextmanager
def ended(process: commands.Command) -> Iterator[None]:
    """Leave no process behind, whatever the test did."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(20)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_pages_that_wait_for_events_do_not_delay_the_stop(
    served: Served, stop: signal.Signals
) -> None:
    with served.client.stream("GET", "/live") as news:
        lines = news.iter_lines()
        assert next(lines).startswith("id: ")
        assert served.stop(stop) == (0, b"")
        assert list(lines)[:1] == ["event: alive"]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serves_quietly_and_stops_cleanly(served: Served, stop: signal.Signals) -> None:
    assert served.client.get("/").status_code == 200
    long = "x" * 6000
    assert served.client.get(f"/v4/oauth/authorize?state={long}").status_code == 400
    others = [httpx2.Client(base_url=served.client.base_url, timeout=60) for _ in range(20)]
    for other in others:
        assert other.get("/").status_code == 200
    served.client.close()
    for other in others:
        other.close()
    assert served.stop(stop) == (0, b"")


def test_breaks_connections_off_on_demand_without_a_word(served: Served) -> None:
    client = served.client
    client.headers["X-Kit-Api-Key"] = "kit_sandbox_harbour_letters"
    whole = client.get("/v4/posts")
    for fault in ("dropped", "dropped", "truncated", "bad_json"):
        rule = {"resource": "posts", "fault": fault, "times": 1}
        assert client.post("/faults.json", json=rule).status_code == 201
    for method in ("GET", "HEAD"):
        with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
            client.request(method, "/v4/posts")
    with client.stream("GET", "/v4/posts") as response:
        assert response.headers["Content-Length"] == whole.headers["Content-Length"]
        with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete"):
            response.read()
    assert len(client.get("/v4/posts").content) == len(whole.content) // 2
    assert client.get("/v4/posts").content == whole.content
    client.close()
    assert served.stop(signal.SIGTERM) == (0, b"")
