"""Why a request to Kit failed is said where it happens: over real sockets, once for each request."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from support.kit.unreachable import (
    hang_up,
    listening,
    say_nothing,
    saying,
    with_self_signed_certificate,
)

from plugin_server.errors import (
    KitError,
    KitRejected,
    KitUnavailable,
    KitUnreadable,
    PluginError,
)
from plugin_server.kit.api import failure_reasons
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import make_http_client, read_json, send
from plugin_server.observe import record

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n"
Lines = list[logging.LogRecord]


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with make_http_client() as client:
        yield client


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def fail(http: httpx2.Client, url: str, seconds: float = 20) -> KitError:
    request = http.build_request("GET", f"{url}/v4/account?token=abc123")
    with pytest.raises(KitError) as error:
        send(http, request, deadline=Deadline.after(seconds), max_bytes=500)
    return error.value


def assert_said(caplog: pytest.LogCaptureFixture, reason: str, host: str) -> None:
    (line,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert line.name == "plugin_server.kit.failures"
    assert (vars(line)["reason"], vars(line)["host"]) == (reason, host)
    assert f"{host} ({reason}): " in line.getMessage()
    assert "abc123" not in line.getMessage()


@pytest.mark.parametrize(
    ("handle", "reason", "kind"),
    [
        (hang_up, "disconnected", KitUnavailable),
        (saying(OK + b"\r\n{"), "disconnected", KitUnavailable),
        (saying(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "protocol", KitUnavailable),
        (saying(OK + b"Content-Encoding: gzip\r\n\r\n" + b"x" * 1000), "encoding", KitUnreadable),
        (saying(OK + b"\r\n" + b"x" * 1000), "too_long", KitRejected),
    ],
)
def test_a_kit_whose_responses_are_unusable(
    http: httpx2.Client,
    stack: ExitStack,
    caplog: pytest.LogCaptureFixture,
    handle: Callable[..., None],
    reason: str,
    kind: type[KitError],
) -> None:
    host = stack.enter_context(listening(handle))
    error = fail(http, f"http://{host}")
    assert (type(error), error.reason) == (kind, reason)
    assert_said(caplog, reason, host)


def test_a_kit_that_never_responds(
    http: httpx2.Client, stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    host = stack.enter_context(listening(say_nothing))
    assert fail(http, f"http://{host}", seconds=0.2).reason == "read_timeout"
    assert_said(caplog, "read_timeout", host)


def test_a_closed_port(
    http: httpx2.Client,
    free_ports: Callable[[int], list[int]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = f"127.0.0.1:{free_ports(1)[0]}"
    assert fail(http, f"http://{host}").reason == "refused"
    assert_said(caplog, "refused", host)


def test_a_name_that_does_not_resolve(
    http: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert fail(http, "http://api.kit.invalid").reason == "dns"
    assert_said(caplog, "dns", "api.kit.invalid")


def test_a_certificate_that_nobody_trusts(
    http: httpx2.Client, stack: ExitStack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = stack.enter_context(listening(with_self_signed_certificate(tmp_path)))
    assert fail(http, f"https://{host}").reason == "tls"
    assert_said(caplog, "tls", host)


def test_a_server_without_tls(
    http: httpx2.Client, stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    host = stack.enter_context(listening(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
    assert fail(http, f"https://{host}").reason == "tls"
    assert_said(caplog, "tls", host)


def test_an_address_without_a_host(http: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    assert fail(http, "nonsense").reason == "request"
    assert_said(caplog, "request", "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx2.ConnectTimeout("slow"), "connect_timeout"),
        (httpx2.WriteTimeout("slow"), "write_timeout"),
        (httpx2.PoolTimeout("busy"), "pool_timeout"),
        (httpx2.ConnectError("no"), "connect"),
        (httpx2.ReadError("no"), "network"),
        (httpx2.ProxyError("no"), "proxy"),
        (httpx2.TooManyRedirects("no"), "request"),
    ],
    ids=repr,
)
def test_what_the_operating_system_did_not_explain(error: Exception, reason: str) -> None:
    assert failure_reasons.reason_for(error) == reason


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (ConnectionResetError(104, "reset"), "reset"),
        (BrokenPipeError(32, "broken"), "reset"),
        (OSError(113, "no route to host"), "unreachable"),
        (OSError(101, "network is unreachable"), "unreachable"),
        (OSError(24, "too many open files"), "network"),
    ],
    ids=repr,
)
def test_what_it_did(cause: OSError, reason: str) -> None:
    error = httpx2.ReadError("failed")
    error.__cause__ = cause
    assert failure_reasons.reason_for(error) == reason


def test_a_request_that_calls_again_has_one_line_and_its_record_the_word(
    http: httpx2.Client,
    free_ports: Callable[[int], list[int]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    noted = record.RequestRecord("a-request")
    record.set_current(noted)
    try:
        host = f"127.0.0.1:{free_ports(1)[0]}"
        for _ in range(4):
            fail(http, f"http://{host}")
    finally:
        record.clear()
    assert noted.reason == "refused"
    assert_said(caplog, "refused", host)


REFUSALS = [
    (
        422,
        {"errors": [["subject can't be blank"], "send_hour is 25"]},
        "subject can't be blank; send_hour is 25",
    ),
    (403, {"errors": ["You do not have sufficient permissions of ada@example.com"]}, "[email]"),
    (401, {"errors": ["Your trial has ended"]}, "Your trial has ended"),
    (400, {"error": "invalid", "error_description": "too old"}, "too old"),
    (403, {}, "no details"),
    (403, "<html><h1>Blocked</h1>", "no details"),
    (403, "Blocked by the gateway, token=abc123", "Blocked by the gateway, token=[redacted]"),
]


def refuse(status: int, body: object) -> httpx2.Response:
    """Return a refusal as it arrives from Kit, at a path with an id and a query."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=content))
    with make_http_client(transport) as http:
        request = http.build_request("GET", "https://kit.example/gateway/v4/posts/26?token=abc123")
        return send(http, request, deadline=Deadline.after(20), max_bytes=500)


@pytest.mark.parametrize(("status", "body", "said"), REFUSALS)
def test_what_kit_says_of_a_refusal_is_logged_where_it_arrives(
    caplog: pytest.LogCaptureFixture, status: int, body: object, said: str
) -> None:
    with pytest.raises(PluginError):
        read_json(refuse(status, body))
    (line,) = caplog.records
    expected = f"kit.example refused GET posts/{{id}} (http_{status}): "
    assert line.levelno == logging.WARNING
    assert line.getMessage().startswith(expected)
    assert said in line.getMessage()
    assert not [each for each in ("ada@", "abc123", "\n") if each in line.getMessage()]
    assert vars(line)["reason"] == f"http_{status}"


def test_what_kit_does_not_have_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(PluginError):
        read_json(refuse(404, {"errors": ["Not Found"]}))
    assert not [each for each in caplog.records if each.levelno > logging.DEBUG]


def test_a_message_is_scrubbed_and_short(caplog: pytest.LogCaptureFixture) -> None:
    request = httpx2.Request("GET", "https://ada:secret@kit.example:8443/v4/posts?token=abc")
    failure_reasons.log_failure(
        "connect", request, "at https://x/?token=abc of ada@example.com\n" + "x " * 500
    )
    (line,) = caplog.records
    said = line.getMessage()
    assert said.startswith("No usable response from kit.example:8443 (connect): ")
    assert not [each for each in ("secret", "abc", "ada", "\n") if each in said]
    assert len(said) < 300
