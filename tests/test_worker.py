"""The worker alone, under gunicorn, with an application that waits for another request."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from support.waiting import wait_until

APP = """
import threading
from plugin_server.waiting import about_to_wait

come, waiting = threading.Event(), threading.Semaphore(0)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/go":
        come.set()
    if path == "/waits":
        waiting.acquire(timeout=10)
    if path.startswith("/wait/"):
        waiting.release()
        if path == "/wait/saying-so":
            about_to_wait()
        path = "/late" if come.wait(20) else "/never"
    start_response("200 OK", [("Content-Length", str(len(path)))])
    return [path.encode()]
"""


@pytest.fixture
def url(tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Iterator[str]:
    (tmp_path / "waiting_app.py").write_text(APP)
    [port] = free_ports(1)
    options = ["-k", "plugin_server.worker.QuickWorker", "--threads", "3", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "-b", f"127.0.0.1:{port}"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([*command, "waiting_app:app"], cwd=tmp_path, stderr=log)
    url = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        try:
            return httpx2.get(url).status_code == 200
        except httpx2.TransportError:
            return False

    try:
        wait_until(is_up)
        yield url
    finally:
        server.terminate()
        server.wait(30)
        assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("how", ["saying-so", "without-a-word"])
def test_a_request_that_waits_does_not_keep_others_waiting(url: str, how: str) -> None:
    answers: list[str] = []
    slow = [
        threading.Thread(target=lambda: answers.append(httpx2.get(f"{url}/wait/{how}").text))
        for _ in "12"
    ]
    for each in slow:
        each.start()
    for _ in slow:
        assert httpx2.get(f"{url}/waits").text == "/waits"
    assert not answers
    assert httpx2.get(f"{url}/go").text == "/go"
    for each in slow:
        each.join()
    assert answers == ["/late", "/late"]


def test_a_connection_is_kept_whoever_answers_it(url: str) -> None:
    with httpx2.Client() as kept:
        for path in ("/a", "/go", "/wait/saying-so", "/b", "/wait/without-a-word", "/c"):
            told = kept.get(url + path).text
            assert told == ("/late" if path.startswith("/wait/") else path)
