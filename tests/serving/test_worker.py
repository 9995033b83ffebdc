"""The worker alone, under gunicorn, with an application that waits for another request."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from support.waiting import wait_until

APP = """
import pathlib, threading
from plugin_server.blocking import before_blocking

come, waiting = threading.Event(), threading.Semaphore(0)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/go":
        come.set()
    if path == "/ends":
        raise SystemExit
    if path == "/waits":
        waiting.acquire(timeout=10)
    if path.startswith("/wait/"):
        waiting.release()
        if path != "/wait/without-a-word":
            before_blocking()
        if path == "/wait/for-a-file":
            pathlib.Path("waits").touch()
            while not pathlib.Path("go").exists():
                come.wait(0.02)
            come.set()
        path = "/late" if come.wait(20) else "/never"
    start_response("200 OK", [("Content-Length", str(len(path)))])
    return [path.encode()]
"""


def get(connection: socket.socket, path: str) -> None:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def read_response(connection: socket.socket) -> bytes:
    """Return all that comes until there is a body, or the end."""
    received = b""
    while (part := connection.recv(1000)) and (received := received + part).endswith(b"\r\n\r\n"):
        pass
    return received


@dataclass(frozen=True)
class Running:
    url: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def connect(self) -> socket.socket:
        host, port = self.url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=30)

    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def running(folder: Path, port: int, threads: int) -> Iterator[Running]:
    (folder / "waiting_app.py").write_text(APP)
    options = ["-k", "plugin_server.serving.worker.LeaderFollowerWorker", "--threads", str(threads)]
    options += ["--keep-alive", "1", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *options, "waiting_app:app"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stderr=log)
    url = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        try:
            return httpx2.get(url).status_code == 200
        except httpx2.TransportError:
            return False

    try:
        wait_until(is_up)
        yield Running(url, folder, server)
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def url(tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Iterator[str]:
    with running(tmp_path, *free_ports(1), threads=3) as server:
        yield server.url
    assert "Traceback" not in server.log()


@pytest.fixture
def alone(tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Iterator[Running]:
    """A server whose worker has one thread for requests."""
    with running(tmp_path, *free_ports(1), threads=1) as server:
        yield server


@pytest.mark.parametrize("how", ["saying-so", "without-a-word"])
def test_a_request_that_waits_does_not_keep_others_waiting(url: str, how: str) -> None:
    responses: list[str] = []
    slow = [
        threading.Thread(target=lambda: responses.append(httpx2.get(f"{url}/wait/{how}").text))
        for _ in "12"
    ]
    for each in slow:
        each.start()
    for _ in slow:
        assert httpx2.get(f"{url}/waits").text == "/waits"
    assert not responses
    assert httpx2.get(f"{url}/go").text == "/go"
    for each in slow:
        each.join()
    assert responses == ["/late", "/late"]


def test_a_connection_stays_open_whichever_thread_handles_it(url: str) -> None:
    with httpx2.Client() as kept:
        for path in ("/a", "/go", "/wait/saying-so", "/b", "/wait/without-a-word", "/c"):
            received = kept.get(url + path).text
            assert received == ("/late" if path.startswith("/wait/") else path)


@pytest.mark.parametrize("is_stopping", [False, True])
def test_what_arrives_while_all_threads_are_blocked_is_handled_later(
    alone: Running, is_stopping: bool
) -> None:
    with alone.connect() as slow, alone.connect() as waiting, alone.connect() as idle:
        for each in (waiting, idle):
            get(each, "/a")
            assert read_response(each).endswith(b"/a")
        get(slow, "/wait/for-a-file")
        wait_until((alone.folder / "waits").exists)
        get(waiting, "/b")
        if is_stopping:
            alone.process.terminate()
        assert idle.recv(1) == b""  # and so is whoever has been idle for too long
        (alone.folder / "go").touch()
        assert read_response(slow).endswith(b"/late")
        assert read_response(waiting).endswith(b"/b")


def test_a_worker_outlives_what_no_application_should_raise(alone: Running) -> None:
    for _ in "123":
        with pytest.raises(httpx2.TransportError):
            httpx2.get(f"{alone.url}/ends")
    assert httpx2.get(f"{alone.url}/a").text == "/a"
    assert "SystemExit" in alone.log()
    assert alone.log().count("Booting") == 1
