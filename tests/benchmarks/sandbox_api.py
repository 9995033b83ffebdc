"""What Kit's API in the sandbox costs: test suites of others wait for it."""

import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from benchmarks.load import Extent
from benchmarks.report import Figure, at_most
from plugin_server.sandbox.config import SandboxConfig
from plugin_server.sandbox.kit.app import create_api_app

TITLE = "Sandbox: Kit's API"
_ACCOUNT = "kit_sandbox_fifty_thousand_letters"
_FIRST_ID = 265_000_001
_MILLISECONDS, _SECONDS = 20, 1


def figures(_: Extent) -> Iterator[Figure]:
    """Measure the CPU of single requests in this process, and the start of the command."""
    with TemporaryDirectory() as folder:
        config = SandboxConfig(Path(folder), "http://127.0.0.1:4000", rate_limits=False)
        client = create_api_app(config).test_client()
        headers = {"Authorization": f"Bearer {_ACCOUNT}_oauth", "Host": "127.0.0.1:4000"}

        def cost(method: str, path: str, make_body: Callable[[], Any] = lambda: None) -> float:
            """Return the milliseconds of CPU of the second of two such requests."""
            for _ in range(2):
                body = make_body()
                started = time.process_time()
                response = client.open(f"/v4/{path}", method=method, json=body, headers=headers)
                spent = time.process_time() - started
                assert response.status_code < 300, response.text  # noqa: S101
            return spent * 1000

        end = b64encode(f"[{_FIRST_ID + 500}]".encode()).decode()
        numbers = count()

        def people() -> Any:
            new = [{"email_address": f"new-{next(numbers)}@example.com"} for _ in range(100)]
            return {"subscribers": new}

        for name, request in {
            "list of 1,000 subscribers": ("GET", "subscribers?per_page=1000"),
            "page at the end of 50,000": ("GET", f"subscribers?after={end}"),
            "bulk create of 100": ("POST", "bulk/subscribers", people),
        }.items():
            yield at_most(name, cost(*request), _MILLISECONDS, "ms CPU")
    yield at_most("--api-only responds after", min(_start() for _ in range(3)), _SECONDS, "s")


def _start() -> float:
    command = [sys.executable, "-m", "plugin_server.cli", "sandbox", "--api-only", "--port", "0"]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None  # noqa: S101
        url = process.stdout.readline().split()[-1]
        httpx2.get(f"{url}/account")
        return time.monotonic() - started
    finally:
        process.terminate()
        process.communicate()
