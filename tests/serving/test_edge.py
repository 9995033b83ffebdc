"""Clients that send what is no request, too much, or are there when the server stops: real sockets."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.servers.logs_and_metrics import log_lines
from support.servers.processes import Server, running_server
from support.servers.raw_connections import (
    GET,
    HEAD,
    assert_refusal,
    connection,
    errors,
    read_response,
    refused,
)
from support.waiting import wait_until


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        (b"NONSENSE\r\n\r\n", 400, "MalformedRequest"),
        (b"GET /\r\n\r\n", 400, "MalformedRequest"),
        (b"GET / HTTP/1.1\n\n", 400, "MalformedRequest"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "MalformedRequest"),
        (b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", 408, "RequestIncomplete"),
        (b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400, "MalformedRequest"),
        (b"get / HTTP/1.1\r\n\r\n", 400, "MalformedRequest"),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400, "MalformedRequest"),
        (b"GET http://[/ HTTP/1.1\r\n\r\n", 400, "MalformedRequest"),
        (HEAD + b"X: a\0b\r\n\r\n", 400, "MalformedRequest"),
        (HEAD + b"X: a\r\n b\r\n\r\n", 400, "MalformedRequest"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, "MalformedRequest"),
        (HEAD + b"Content-Length: -2\r\n\r\n{}", 400, "MalformedRequest"),
        (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", 400, "MalformedRequest"),
        (HEAD + b"Expect: 200-ok\r\n\r\n", 400, "MalformedRequest"),
        (HEAD + b"X: " + b"x" * 90_000, 431, "HeadersTooLarge"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n", 400, "MalformedRequest"),
        (b"GET /?" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414, "UrlTooLong"),
        (HEAD + b"X: " + b"x" * 9000 + b"\r\n\r\n", 431, "HeadersTooLarge"),
        (HEAD + b"X: x\r\n" * 200 + b"\r\n", 431, "HeadersTooLarge"),
    ],
    ids=[
        "no HTTP",
        "HTTP/0.9",
        "bare line feeds",
        "HTTP/2",
        "TLS",
        "an empty line",
        "a lower-case method",
        "a path that is not ASCII",
        "a broken URL",
        "a NUL in a header",
        "a folded header",
        "two lengths",
        "a negative length",
        "a length beyond any number",
        "another expectation",
        "a header without an end",
        "a broken header",
        "a long address",
        "a long header",
        "many headers",
    ],
)
def test_what_cannot_be_read_is_refused_in_kits_envelope(
    hasty_server: Server, sent: bytes, status: int, reason: str
) -> None:
    before = refused(hasty_server, reason)
    with connection(hasty_server, sent) as client:
        assert_refusal(client, status)
    assert refused(hasty_server, reason) == before + 1
    line = [each for each in log_lines(hasty_server.log) if each.get("outcome") == reason][-1]
    assert line["status"] == status
    assert "xxx" not in hasty_server.log.read_text()
    assert not errors(hasty_server)


ODD = {
    "absolute form": (b"GET http://127.0.0.1/healthz HTTP/1.1\r\n", 200),
    "asterisk form": (b"OPTIONS * HTTP/1.1\r\n", 404),
    "authority form": (b"CONNECT a:443 HTTP/1.1\r\n", 404),
    "invalid percent-encoding": (b"GET /%zz%ff HTTP/1.1\r\n", 404),
    "an encoded NUL": (b"GET /static/%00 HTTP/1.1\r\n", 404),
    "a header in Latin-1": (b"GET /healthz HTTP/1.1\r\nX: \xff\r\nReferer: \xff\r\n", 200),
    "another protocol": (b"GET /healthz HTTP/1.1\r\nUpgrade: h2c\r\n", 200),
    "a WSGI variable": (b"GET /healthz HTTP/1.1\r\nScript_Name: /x\r\n", 200),
    "another WSGI variable": (b"GET /healthz HTTP/1.1\r\nPath_Info: /x\r\n", 200),
    "two schemes": (
        b"GET /healthz HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n",
        200,
    ),
    "no body": (b"POST /oauth/token HTTP/1.1\r\n", 400),
}


@pytest.mark.parametrize(("head", "status"), ODD.values(), ids=ODD.keys())
def test_odd_requests_get_a_response_without_an_error_of_ours(
    hasty_server: Server, head: bytes, status: int
) -> None:
    with connection(hasty_server, head + b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n") as client:
        assert read_response(client)[0] == status
    assert not errors(hasty_server)


@pytest.mark.parametrize("sent", [HEAD, HEAD + b"Content-Length: 100\r\n\r\n{", b"", GET * 100])
def test_who_hangs_up_is_no_error_of_ours(hasty_server: Server, sent: bytes) -> None:
    with connection(hasty_server, sent) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert httpx2.get(f"{hasty_server.server}/healthz", timeout=20).status_code == 200
    assert not errors(hasty_server)


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
        assert [read_response(client)[0] for client in waiting] == [200] * 20


def states(pid: int) -> set[str]:
    """Return what the process's threads are at: ``T`` is stopped."""
    stats = Path(f"/proc/{pid}/task").glob("*/stat")
    with suppress(OSError):  # a thread has just ended
        return {each.read_text().rpartition(")")[2].split()[0] for each in stats}
    return set()


def wait_for_successors(server: Server, gone: set[int]) -> None:
    """Wait until there are two workers beside those that are gone, or about to go."""
    wait_until(lambda: len(set(server.workers()) - gone) == 2)


def test_each_listener_keeps_a_worker_whatever_signal_the_master_gets(serve: Any) -> None:
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
    def test_readyz_fails_first_and_requests_are_still_handled(self, serve: Any) -> None:
        server = serve(SHUTDOWN_DELAY="60", WEB_CONCURRENCY="2")
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: httpx2.get(f"{server.server}/readyz").status_code == 503)
        reason = httpx2.get(f"{server.server}/readyz").json()["reason"]
        assert reason == "The server is stopping."
        assert httpx2.get(f"{server.server}/healthz").status_code == 200
        assert httpx2.post(f"{server.server}/blocks/post/html", json={}).status_code == 401

    @pytest.mark.parametrize("delay", ["0", "1"])
    def test_a_request_that_has_started_gets_its_response(
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
        is_called, go_on = threading.Event(), threading.Event()

        def wait() -> None:
            is_called.set()
            assert go_on.wait(20)

        strict_kit.before_response = wait  # Kit is slow to renew the token
        responses: list[httpx2.Response] = []

        def request_block() -> None:
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{server.server}/blocks/post/html"
            body = {"settings": {"post": "1"}}
            responses.append(httpx2.post(url, json=body, headers=headers, timeout=30))

        caller = threading.Thread(target=request_block)
        caller.start()
        assert is_called.wait(20)
        os.kill(server.pid, signal.SIGTERM)
        go_on.set()
        caller.join()
        assert responses[0].json()["code"] == 200
        wait_until(lambda: server.workers() == [])

    def test_a_worker_is_stopped_however_young_it_is(self, tmp_path: Path, free_ports: Any) -> None:
        def begin(variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
            with log.open("w") as output:
                return subprocess.Popen([sys.executable, "-c", HASTY], env=variables, stderr=output)

        with running_server(tmp_path, free_ports(1)[0], begin) as server:
            wait_until(lambda: any(tmp_path.glob("stopped-*")))
            [stopped] = tmp_path.glob("stopped-*")
            wait_for_successors(server, {int(stopped.name.removeprefix("stopped-"))})


# A server whose first worker gets the signal to stop when it has just been made.
HASTY = """
import os, signal
from pathlib import Path
from plugin_server.config.environment import load_config
from plugin_server.serving.server import Server

class Hasty(Server):
    def load_config(self):
        super().load_config()
        take_place = self.cfg.post_fork
        def post_fork(master, worker):
            take_place(master, worker)
            if worker.age == 1:
                Path(os.environ["DATA_DIR"], f"stopped-{worker.pid}").touch()
                os.kill(worker.pid, signal.SIGTERM)
        self.cfg.set("post_fork", post_fork)

Hasty(load_config()).run()
"""
