"""Clients that are slow, send what is no request, or are there when the server stops: real sockets."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from support.observing import log_lines, measured
from support.servers import Server, running_server
from support.waiting import wait_until

from plugin_server.cpus import usable

HEAD = b"POST /blocks/post/html HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@contextmanager
def connection(server: Server, sent: bytes = b"") -> Iterator[socket.socket]:
    """Open a connection and send something on it."""
    url = urlsplit(server.server)
    with socket.create_connection((url.hostname, url.port), timeout=20) as client:
        client.sendall(sent)
        yield client


def answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read until the server closes; return the status, the headers and the body."""
    received = b""
    while part := client.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, body


def assert_refusal(client: socket.socket, status: int) -> None:
    found, headers, body = answer(client)
    envelope = json.loads(body)
    assert (found, envelope["code"], envelope["data"]) == (status, status, [])
    assert len(envelope["errors"]) == 1
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def refused(server: Server, reason: str) -> float:
    return measured(server.server, "plugin_server_refused_requests_total", reason=reason)


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[Server]:
    """A server of two threads in all, which does not wait long."""
    few = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "CLIENT_TIMEOUT": "1"}
    with running_server(tmp_path_factory.mktemp("edge"), free_ports(1)[0], **few) as running:
        yield running


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"POST /blocks/po", 408),
        (HEAD, 408),
    ],
    ids=["nothing", "half a line", "half a head"],
)
def test_slow_clients_do_not_keep_the_server_from_others(
    server: Server, sent: bytes, status: int | None
) -> None:
    before = refused(server, "RequestIncomplete")
    with ExitStack() as stack:
        slow = [stack.enter_context(connection(server, sent)) for _ in range(20)]
        assert httpx2.get(f"{server.server}/healthz", timeout=30).status_code == 200
        for client in slow if status else ():
            assert_refusal(client, status or 0)
        if status is None:
            assert [client.recv(1) for client in slow] == [b""] * 20
    if status:
        assert refused(server, "RequestIncomplete") == before + 20


@pytest.mark.parametrize(
    ("path", "status"),
    [("/oauth/token", 408), ("/oauth/refresh", 408), ("/blocks/post/html", 401)],
)
def test_a_body_that_does_not_arrive_is_answered(server: Server, path: str, status: int) -> None:
    """Who shows no token is refused before the body is read."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with connection(server, f"{head}Content-Length: 100\r\n\r\n{{".encode()) as client:
        found, _, body = answer(client)
    assert found == status
    assert json.loads(body)


def test_a_block_request_whose_body_does_not_arrive_is_answered_in_kits_envelope(
    serve: Any, strict_kit: Any, make_creator: Any
) -> None:
    url = strict_kit.url
    kit = {"KIT_API_URL": url, "KIT_OAUTH_URL": f"{url}/v4/oauth", "KIT_APP_URL": url}
    server = serve(CLIENT_TIMEOUT="1", **kit)
    token = make_creator(server).tokens()["access_token"]
    head = HEAD + f"Authorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n".encode()
    with connection(server, head) as client:
        status, _, body = answer(client)
    assert (status, json.loads(body)["code"]) == (408, 408)


def test_a_request_in_drips_is_given_up_as_a_whole(server: Server) -> None:
    with connection(server, HEAD) as client:
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.1):
                try:
                    client.sendall(b"X-Drip: 1\r\n")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert_refusal(client, 408)
        finally:
            stop.set()
            dripping.join()


def test_an_answer_without_a_body_arrives_at_once(server: Server) -> None:
    with httpx2.Client(base_url=server.server) as client:
        sheet = client.get("/static/pages.css")
        assert client.head("/static/pages.css").headers["Content-Length"] == str(len(sheet.content))
        known = client.get("/static/pages.css", headers={"If-None-Match": sheet.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")


def test_requests_that_arrive_together_are_answered_in_turn(server: Server) -> None:
    first = b"GET /static/pages.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    second = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with connection(server, first + second) as client:
        _, headers, body = answer(client)
    sheet, rest = body[: int(headers["content-length"])], body[int(headers["content-length"]) :]
    assert sheet == httpx2.get(f"{server.server}/static/pages.css").content
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")
    assert rest.endswith(b'{"status":"ok"}\n')


def test_clients_that_do_not_take_their_answers_do_not_keep_the_server_from_others(
    server: Server,
) -> None:
    # More than the system takes for a client that reads nothing.
    asked = b"GET /static/pages.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 5_000
    with ExitStack() as stack:
        clients = [stack.enter_context(connection(server)) for _ in range(2)]
        for client in clients:
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.sendall(asked)
            given_up = select.poll()
            given_up.register(client, select.POLLRDHUP)
            assert given_up.poll(20_000)
        assert httpx2.get(f"{server.server}/healthz", timeout=20).status_code == 200


def test_a_second_request_on_a_connection_is_waited_for_anew(server: Server) -> None:
    with connection(server) as client:
        for _ in range(3):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            received = b""
            while not received.endswith(b'{"status":"ok"}\n'):
                received += client.recv(65536)
        client.sendall(HEAD)
        assert_refusal(client, 408)


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        (b"NONSENSE\r\n\r\n", 400, "MalformedRequest"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n", 400, "MalformedRequest"),
        (b"GET /?" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414, "AddressTooLong"),
        (HEAD + b"X: " + b"x" * 9000 + b"\r\n\r\n", 431, "HeadersTooLarge"),
        (HEAD + b"X: x\r\n" * 200 + b"\r\n", 431, "HeadersTooLarge"),
    ],
    ids=["no HTTP", "a broken header", "a long address", "a long header", "many headers"],
)
def test_what_cannot_be_read_is_refused_in_kits_envelope(
    server: Server, sent: bytes, status: int, reason: str
) -> None:
    before = refused(server, reason)
    with connection(server, sent) as client:
        assert_refusal(client, status)
    assert refused(server, reason) == before + 1
    line = [each for each in log_lines(server.log) if each.get("outcome") == reason][-1]
    assert line["status"] == status
    assert "xxx" not in server.log.read_text()


def test_a_body_without_a_length_is_limited_too(server: Server) -> None:
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    head = HEAD.replace(b"blocks/post/html", b"oauth/token") + b"Transfer-Encoding: chunked\r\n\r\n"
    with connection(server, head + chunk * 20 + b"0\r\n\r\n") as client:
        status, _, body = answer(client)
    assert (status, json.loads(body)["error"]) == (413, "invalid_request")


REPLACED = {
    "a worker that is killed": lambda server, worker: os.kill(worker, signal.SIGKILL),
    "a reload": lambda server, worker: os.kill(server.pid, signal.SIGHUP),
    "a stop": lambda server, worker: os.kill(server.pid, signal.SIGTERM),
}


@pytest.mark.parametrize("replace", REPLACED.values(), ids=REPLACED.keys())
def test_connections_that_no_worker_has_taken_outlive_it(
    serve: Any, replace: Callable[[Server, int], None]
) -> None:
    server = serve(WEB_CONCURRENCY="1", SHUTDOWN_DELAY="0")
    (worker,) = server.workers()
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        os.kill(worker, signal.SIGSTOP)
        wait_until(lambda: states(worker) == {"T"})
        waiting = [stack.enter_context(connection(server, request)) for _ in range(20)]
        replace(server, worker)
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGCONT)
        assert [answer(client)[0] for client in waiting] == [200] * 20


def states(pid: int) -> set[str]:
    """Return what the process's threads are at: ``T`` is stopped."""
    stats = Path(f"/proc/{pid}/task").glob("*/stat")
    with suppress(OSError):  # a thread has just ended
        return {each.read_text().rpartition(")")[2].split()[0] for each in stats}
    return set()


def wait_for_successors(server: Server, gone: set[int]) -> None:
    """Wait until there are two workers beside those that are gone, or about to go."""
    wait_until(lambda: len(set(server.workers()) - gone) == 2)


def test_each_listener_keeps_a_worker_whatever_the_master_is_told(serve: Any) -> None:
    server = serve(WEB_CONCURRENCY="2")
    for sent in (signal.SIGTTIN, signal.SIGHUP, signal.SIGTTOU, signal.SIGHUP):
        before = server.workers()
        os.kill(before[0], signal.SIGKILL)
        os.kill(server.pid, sent)
        gone = set(before if sent == signal.SIGHUP else before[:1])
        wait_for_successors(server, gone)
        for _ in range(20):
            assert httpx2.get(f"{server.server}/healthz", timeout=30).status_code == 200


class TestStopping:
    def test_readyz_fails_first_and_requests_are_still_answered(self, serve: Any) -> None:
        server = serve(SHUTDOWN_DELAY="60", WEB_CONCURRENCY="2")
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: httpx2.get(f"{server.server}/readyz").status_code == 503)
        reason = httpx2.get(f"{server.server}/readyz").json()["reason"]
        assert reason == "The server is stopping."
        assert httpx2.get(f"{server.server}/healthz").status_code == 200
        assert httpx2.post(f"{server.server}/blocks/post/html", json={}).status_code == 401

    @pytest.mark.parametrize("delay", ["0", "1"])
    def test_a_request_that_has_begun_is_answered(
        self, serve: Any, strict_kit: Any, make_creator: Any, delay: str
    ) -> None:
        server = serve(
            SHUTDOWN_DELAY=delay,
            KIT_API_URL=strict_kit.url,
            KIT_OAUTH_URL=f"{strict_kit.url}/v4/oauth",
            KIT_APP_URL=strict_kit.url,
        )
        strict_kit.lifetime = 1
        token = make_creator(server).tokens()["access_token"]
        asked, go_on = threading.Event(), threading.Event()

        def wait() -> None:
            asked.set()
            assert go_on.wait(20)

        strict_kit.before_answer = wait  # Kit is slow to renew the token
        answers: list[httpx2.Response] = []

        def ask() -> None:
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{server.server}/blocks/post/html"
            body = {"settings": {"post": "1"}}
            answers.append(httpx2.post(url, json=body, headers=headers, timeout=30))

        asking = threading.Thread(target=ask)
        asking.start()
        assert asked.wait(20)
        os.kill(server.pid, signal.SIGTERM)
        go_on.set()
        asking.join()
        assert answers[0].json()["code"] == 200
        wait_until(lambda: server.workers() == [])

    def test_a_worker_is_stopped_however_young_it_is(self, tmp_path: Path, free_ports: Any) -> None:
        def begin(variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
            with log.open("w") as output:
                return subprocess.Popen([sys.executable, "-c", HASTY], env=variables, stderr=output)

        with running_server(tmp_path, free_ports(1)[0], begin) as server:
            wait_until(lambda: any(tmp_path.glob("told-*")))
            [told] = tmp_path.glob("told-*")
            wait_for_successors(server, {int(told.name.removeprefix("told-"))})


# A server whose first worker is told to stop when it has just been made.
HASTY = """
import os, signal
from pathlib import Path
from plugin_server.config import load_config
from plugin_server.serving import Server

class Hasty(Server):
    def load_config(self):
        super().load_config()
        take_place = self.cfg.post_fork
        def post_fork(master, worker):
            take_place(master, worker)
            if worker.age == 1:
                Path(os.environ["DATA_DIR"], f"told-{worker.pid}").touch()
                os.kill(worker.pid, signal.SIGTERM)
        self.cfg.set("post_fork", post_fork)

Hasty(load_config()).run()
"""


@pytest.mark.skipif(len(usable()) < 2, reason="there is one CPU")
def test_workers_do_not_share_a_cpu_whoever_they_replace(serve: Any) -> None:
    server = serve(WEB_CONCURRENCY="2")
    wait_until(lambda: cpus_of(server) == usable())
    for sent in (signal.SIGKILL, signal.SIGHUP, signal.SIGKILL):
        before = server.workers()
        os.kill(before[1] if sent == signal.SIGKILL else server.pid, sent)
        gone = set(before if sent == signal.SIGHUP else before[1:])
        wait_for_successors(server, gone)
        wait_until(lambda: cpus_of(server) == usable())


def cpus_of(server: Server) -> list[int]:
    with suppress(ProcessLookupError):  # one has just ended
        return sorted(each for worker in server.workers() for each in os.sched_getaffinity(worker))
    return []
