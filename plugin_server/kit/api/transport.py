"""HTTP requests to Kit: timeouts, limits, and the HTTP library's errors translated to ours."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

from plugin_server.blocking import before_blocking
from plugin_server.errors import (
    AccessWithheld,
    KitForbidden,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
    KitUnreadable,
    PluginError,
)
from plugin_server.kit.api import failure_reasons
from plugin_server.kit.api.credential_status import CredentialStatus, credential_status
from plugin_server.kit.api.deadline import Deadline

# Seconds. A creator waits for the response: better a clear error than a sidebar that hangs.
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 6.0
MAX_CONNECTIONS = 64
# Bytes of a body with an error status: its messages, not a whole error page.
_MAX_ERROR = 64 * 1024
# Seconds; a longer Retry-After is a mistake.
_MAX_RETRY_AFTER = 3600
_USER_AGENT = "kit-plugin-server"
_REFUSED = "Kit did not accept a request of this app."


def make_http_client(transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
    """Return the pooled client that a process uses for all requests to Kit.

    Args:
        transport: replaces the network in tests; ``None`` is the real one.
    """
    return httpx2.Client(
        timeout=httpx2.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
        limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
        headers={"User-Agent": _USER_AGENT, "Accept": "application/json"},
        # The client serves every account: a cookie that one response sets must not be sent with
        # the request of another.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        transport=transport,
    )


def send(
    http: httpx2.Client,
    request: httpx2.Request,
    *,
    deadline: Deadline,
    max_bytes: int,
    auth: httpx2.Auth | None = None,
) -> httpx2.Response:
    """Return Kit's response to a request, whatever its status.

    The flow of ``auth`` is driven here and not by the library, which would hand it a response without
    its body, or read the body without any bound: what a 401 says decides what happens next.

    Args:
        http: the pooled client.
        request: made by that client.
        deadline: when to give up, retries of ``auth`` included.
        max_bytes: of the decompressed body that are read; of an error's, 64 KB at most.
        auth: signs the request.

    Raises:
        KitUnavailable: 503, no response in time, or not a whole one.
        KitUnreadable: 502, its body is not compressed as it says.
        KitRejected: 502, the response is not HTTP, or too long.
        PluginError: as ``auth`` raises.
    """
    flow = (auth or httpx2.Auth()).sync_auth_flow(request)
    try:
        request = next(flow)
        while True:
            response = _send_once(http, request, deadline, max_bytes)
            try:
                request = flow.send(response)
            except StopIteration:
                return response
    finally:
        flow.close()


def _send_once(
    http: httpx2.Client, request: httpx2.Request, deadline: Deadline, max_bytes: int
) -> httpx2.Response:
    """Send a request once.

    The library's timeouts are for each read, so a response that arrives byte by byte would never end without
    a deadline for the whole.
    """
    step = max(deadline.remaining(), 0.001)
    request.extensions["timeout"] = {
        name: min(limit, step) if limit is not None else step
        for name, limit in request.extensions["timeout"].items()
    }
    before_blocking()
    with _kit_errors(request):
        response = http.send(request, auth=None, stream=True)
        try:
            content = _read(response, request, deadline, max_bytes)
        finally:
            response.close()
    known = {name: value for name, value in response.headers.items() if name == "retry-after"}
    return httpx2.Response(
        response.status_code,
        headers=known,
        content=content,
        extensions=failure_reasons.whereabouts(request),
    )


def _read(
    response: httpx2.Response, request: httpx2.Request, deadline: Deadline, max_bytes: int
) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if response.is_error and len(content) > _MAX_ERROR:
            return bytes(content[:_MAX_ERROR])
        if not deadline.remaining():
            reason = failure_reasons.log_failure(
                "deadline", request, "the response took too long as a whole"
            )
            raise KitUnavailable(reason=reason)
        if len(content) > max_bytes:
            reason = failure_reasons.log_failure(
                "too_long", request, f"the response has over {max_bytes} bytes"
            )
            raise KitRejected(reason=reason)
    return bytes(content)


@contextmanager
def _kit_errors(request: httpx2.Request) -> Iterator[None]:
    """Turn every error of the HTTP library into one of the KitError tree."""
    try:
        yield
    except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
        raise KitUnavailable(reason=_log_error(error, request)) from error
    except httpx2.DecodingError as error:
        raise KitUnreadable(reason=_log_error(error, request)) from error
    except (
        httpx2.HTTPError,
        httpx2.StreamError,
        httpx2.InvalidURL,
        httpx2.CookieConflict,
    ) as error:
        raise KitRejected(reason=_log_error(error, request)) from error


def _log_error(error: Exception, request: httpx2.Request) -> str:
    return failure_reasons.log_failure(failure_reasons.reason_for(error), request, error)


def read_json(response: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object in a response.

    Kit's errors are JSON, plain text (429) or HTML, so the status is checked before the body; only what a
    401 means is in its text.

    Raises:
        KitError: the one of the status; KitUnreadable when a successful response is not a JSON object.
        AccessWithheld: 403, Kit gives apps no access to the account at present.
    """
    if not response.is_success:
        raise error_for(response)
    try:
        body = response.json()
    except (ValueError, RecursionError):
        # Without its cause, which holds the whole response.
        raise KitUnreadable(reason="not_json") from None
    if not isinstance(body, dict):
        raise KitUnreadable(reason="not_json")
    return body


def error_for(response: httpx2.Response) -> PluginError:
    """Return the error for a response that is not successful; its ``reason`` is the status.

    Kit's own sentence is added where it says what is wrong with the account or the request.
    """
    status = response.status_code
    wait, reason = _wait(response.headers.get("Retry-After", "")), f"http_{status}"
    if status == 429:
        return KitRateLimited(wait=wait, reason=reason)
    if status >= 500:
        return KitUnavailable(wait=wait, reason=reason)
    said = failure_reasons.log_refusal(response)
    if credential_status(response) is CredentialStatus.WITHHELD:
        return AccessWithheld([AccessWithheld.message, *said])
    if status == 403:
        return KitForbidden([KitForbidden.message, *said], reason=reason)
    if status in (401, 404):
        return (KitUnauthorized if status == 401 else KitNotFound)(reason=reason)
    return KitRejected([_REFUSED, *said], reason=reason)


def _wait(retry_after: str) -> int | None:
    """Return the seconds of a ``Retry-After`` (RFC 9110, 10.2.3), ``None`` if there is none."""
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 9:
        seconds = int(retry_after)
    else:
        try:
            seconds = int(parsedate_to_datetime(retry_after).timestamp() - time.time()) + 1
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0), _MAX_RETRY_AFTER)
