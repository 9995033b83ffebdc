"""Clients that are slow to send or to take a response: raw sockets, and a server of two threads."""

import json
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
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

HALF_BODY = HEAD + b"Content-Length: 100\r\n\r\n{"
HALF_CHUNK = HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\n{"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"POST /blocks/po", 408),
        (HEAD, 408),
        (HALF_CHUNK, 408),
    ],
    ids=["nothing", "half a line", "half a head", "half a chunk"],
)
def test_slow_clients_do_not_keep_the_server_from_others(
    hasty_server: Server, sent: bytes, status: int | None
) -> None:
    before = refused(hasty_server, "RequestIncomplete")
    with ExitStack() as stack:
        slow = [stack.enter_context(connection(hasty_server, sent)) for _ in range(20)]
        assert httpx2.get(f"{hasty_server.server}/healthz", timeout=30).status_code == 200
        for client in slow if status else ():
            assert_refusal(client, status or 0)
        if status is None:
            assert [client.recv(1) for client in slow] == [b""] * 20
    if status and sent is not HALF_CHUNK:  # which the application refuses
        assert refused(hasty_server, "RequestIncomplete") == before + 20


@pytest.mark.parametrize(
    ("path", "status"),
    [("/oauth/token", 408), ("/oauth/refresh", 408), ("/blocks/post/html", 401)],
)
def test_a_body_that_does_not_arrive_gets_a_response(
    hasty_server: Server, path: str, status: int
) -> None:
    """Who shows no token is refused before the body is read."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with connection(hasty_server, f"{head}Content-Length: 100\r\n\r\n{{".encode()) as client:
        found, _, body = read_response(client)
    assert found == status
    assert json.loads(body)


def test_a_block_request_whose_body_does_not_arrive_gets_kits_envelope(
    serve: Any, strict_kit: Any, make_creator: Any
) -> None:
    url = strict_kit.url
    kit = {"KIT_API_URL": url, "KIT_OAUTH_URL": f"{url}/v4/oauth", "KIT_APP_URL": url}
    server = serve(CLIENT_TIMEOUT="1", **kit)
    token = make_creator(server).tokens()["access_token"]
    head = HEAD + f"Authorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n".encode()
    with connection(server, head) as client:
        status, _, body = read_response(client)
    assert (status, json.loads(body)["code"]) == (408, 408)


def test_a_request_in_drips_is_given_up_as_a_whole(hasty_server: Server) -> None:
    with connection(hasty_server, HEAD) as client:
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


def test_a_response_without_a_body_arrives_at_once(hasty_server: Server) -> None:
    with httpx2.Client(base_url=hasty_server.server) as client:
        sheet = client.get("/static/pages.css")
        assert client.head("/static/pages.css").headers["Content-Length"] == str(len(sheet.content))
        known = client.get("/static/pages.css", headers={"If-None-Match": sheet.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")


def test_requests_that_arrive_together_are_handled_in_order(hasty_server: Server) -> None:
    first = b"GET /static/pages.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    second = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with connection(hasty_server, first + second) as client:
        _, headers, body = read_response(client)
    sheet, rest = body[: int(headers["content-length"])], body[int(headers["content-length"]) :]
    assert sheet == httpx2.get(f"{hasty_server.server}/static/pages.css").content
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")
    assert rest.endswith(b'{"status":"ok"}\n')


def test_clients_that_do_not_take_their_responses_do_not_block_others(
    hasty_server: Server,
) -> None:
    # More than the system takes for a client that reads nothing.
    requests = b"GET /static/pages.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 5_000
    with ExitStack() as stack:
        clients = [stack.enter_context(connection(hasty_server)) for _ in range(2)]
        for client in clients:
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.sendall(requests)
            given_up = select.poll()
            given_up.register(client, select.POLLRDHUP)
            assert given_up.poll(20_000)
        assert httpx2.get(f"{hasty_server.server}/healthz", timeout=20).status_code == 200


def test_a_second_request_on_a_connection_has_its_own_time(hasty_server: Server) -> None:
    with connection(hasty_server) as client:
        for _ in range(3):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            received = b""
            while not received.endswith(b'{"status":"ok"}\n'):
                received += client.recv(65536)
        client.sendall(HEAD)
        assert_refusal(client, 408)


@pytest.fixture(scope="module")
def patient_server(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[Server]:
    """A server of two threads, which waits longer for clients than any of these tests does."""
    few = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "CLIENT_TIMEOUT": "300"}
    with running_server(tmp_path_factory.mktemp("patient"), free_ports(1)[0], **few) as running:
        yield running


CLOSING = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
SLOW = {
    "half a line": HEAD[:9],
    "half a head": HEAD,
    "half a body": HALF_BODY,
    "half a chunk": HALF_CHUNK,
    "half a trailer": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: x",
    "no body after a 100": HEAD + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    "half of a second request": GET + HEAD,
    "a body that is not read": HEAD + b"Content-Length: 999999\r\n\r\n{",
    "a connection that is not closed": CLOSING,
    "a refusal that is not taken": b"NONSENSE\r\n\r\n",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW.keys())
def test_who_is_slow_takes_no_thread(patient_server: Server, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connection(patient_server, sent))
        for _ in range(20):
            assert httpx2.get(f"{patient_server.server}/healthz", timeout=20).status_code == 200
    assert not errors(patient_server)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_requests_in_pieces_are_handled_in_order(patient_server: Server, size: int) -> None:
    body = b"x=" + b"y" * 40
    token = HEAD.replace(b"blocks/post/html", b"oauth/token")
    plain = token + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b"5;a=b\r\n" + body[:5] + b"\r\n%x\r\n" % len(body[5:]) + body[5:]
    chunked = token + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"\r\n0\r\nX: x\r\n\r\n"
    sent = GET + plain + chunked + b"\r\n" + plain + GET + CLOSING
    with connection(patient_server) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            client.sendall(sent[start : start + size])
        received = b""
        while part := client.recv(65536):
            received += part
    statuses = re.findall(rb"HTTP/1.1 (\d+)", received)
    assert statuses == [b"200", b"400", b"400", b"400", b"200", b"200"]
    assert received.count(b"Missing 'grant_type'") == 3


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: 3", b"x=1"),
        (b"Transfer-Encoding: chunked", b"3\r\nx=1\r\n0\r\n\r\n"),
    ],
)
def test_a_client_gets_one_100_continue(
    patient_server: Server, framing: bytes, body: bytes
) -> None:
    head = (
        HEAD.replace(b"blocks/post/html", b"oauth/token") + framing + b"\r\nConnection: close\r\n"
    )
    head += b"Expect: 100-continue\r\n\r\n"
    send_continue = b"HTTP/1.1 100 Continue\r\n\r\n"
    with connection(patient_server, head) as client:
        assert client.recv(len(send_continue)) == send_continue
        client.sendall(body)
        assert read_response(client)[0] == 400
    # Who has sent all of it, or speaks HTTP/1.0, is not.
    with connection(patient_server, head + body) as client:
        assert read_response(client)[0] == 400
    if framing.startswith(b"Content"):
        with connection(patient_server, head.replace(b"HTTP/1.1", b"HTTP/1.0")) as client:
            client.sendall(body)
            assert read_response(client)[0] == 400


@pytest.mark.parametrize("sent", [HEAD, HALF_BODY, HALF_CHUNK], ids=["head", "body", "chunk"])
def test_a_client_that_closes_its_side_early_gets_a_response(
    patient_server: Server, sent: bytes
) -> None:
    with connection(patient_server, sent.replace(b"blocks/post/html", b"oauth/token")) as client:
        client.shutdown(socket.SHUT_WR)
        assert read_response(client)[0] == 408


def test_a_client_that_closes_its_side_after_a_request_gets_a_response(
    patient_server: Server,
) -> None:
    with connection(patient_server, GET + GET) as client:
        client.shutdown(socket.SHUT_WR)
        _, _, received = read_response(client)
    assert received.count(b"HTTP/1.1 200 OK") == 1  # of the second response


def launch_with(files: int) -> Callable[[dict[str, str], Path], "subprocess.Popen[bytes]"]:
    """Return what starts a server whose processes may have so many files open."""

    def launch(variables: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
        limited = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh"]
        command = [*limited, sys.executable, "-m", "plugin_server.cli", "serve"]
        with log.open("a") as output:
            return subprocess.Popen(command, env=variables, stderr=output)

    return launch


def test_who_has_been_sending_for_longest_goes_when_there_are_too_many(
    tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    few = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "CLIENT_TIMEOUT": "300"}
    begin = launch_with(200)  # so 100 connections
    with running_server(tmp_path, free_ports(1)[0], begin, **few) as server, ExitStack() as stack:
        slow = [stack.enter_context(connection(server, HEAD)) for _ in range(300)]
        for _ in range(20):
            assert httpx2.get(f"{server.server}/healthz", timeout=20).status_code == 200
        assert_refusal(slow[0], 408)
        slow[-1].sendall(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        assert read_response(slow[-1])[0] == 401
        assert not errors(server)


def test_who_has_been_sending_for_longest_goes_when_they_hold_too_much(
    patient_server: Server,
) -> None:
    sent = HEAD + b"Connection: close\r\nContent-Length: 260000\r\n\r\n" + b" " * 259_999
    with ExitStack() as stack:
        slow = [stack.enter_context(connection(patient_server, sent)) for _ in range(200)]
        assert read_response(slow[0])[0] in (401, 408)
        slow[-1].sendall(b" ")
        assert read_response(slow[-1])[0] == 401
    assert not errors(patient_server)
