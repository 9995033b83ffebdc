import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

PROGRAM = """
import sys
from pathlib import Path
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.server import serve

folder, port = Path(sys.argv[1]), int(sys.argv[2])
serve(SandboxConfig(folder, f"http://127.0.0.1:{port}"), "127.0.0.1", port)
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serves_quietly_and_stops_cleanly(
    tmp_path: Path, free_ports: Callable[[int], list[int]], stop: signal.Signals
) -> None:
    (port,) = free_ports(1)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    transport = httpx2.HTTPTransport(retries=8)
    with httpx2.Client(transport=transport, base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/").status_code == 200
        long = "x" * 6000
        assert client.get(f"/v4/oauth/authorize?state={long}").status_code == 400
        others = [httpx2.Client(base_url=client.base_url) for _ in range(20)]
        for other in others:
            assert other.get("/").status_code == 200
    for other in others:
        other.close()
    process.send_signal(stop)
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, b"")
