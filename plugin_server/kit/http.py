"""The one way to Kit over HTTP: time-outs, and the HTTP library's errors as errors of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

from plugin_server.errors import (
    KitError,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
)

# Seconds. A creator waits for the answer: better a clear error than a sidebar that hangs.
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 6.0
MAX_CONNECTIONS = 64
_USER_AGENT = "kit-plugin-server"


def make_http_client(transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
    """Return the pooled client that a process uses for everything it asks of Kit.

    Args:
        transport: stands in for the network in tests; ``None`` is the real one.
    """
    return httpx2.Client(
        timeout=httpx2.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
        limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
        headers={"User-Agent": _USER_AGENT, "Accept": "application/json"},
        # The client serves every account: a cookie that one answer sets must not go out with
        # the request of another.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        transport=transport,
    )


@contextmanager
def kit_errors() -> Iterator[None]:
    """Turn every error of the HTTP library into one of the KitError tree."""
    try:
        yield
    except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
        raise KitUnavailable from error
    except (
        httpx2.HTTPError,
        httpx2.StreamError,
        httpx2.InvalidURL,
        httpx2.CookieConflict,
    ) as error:
        raise KitRejected from error


def read_json(response: httpx2.Response) -> dict[str, Any]:
    """Return the object that Kit answered.

    Kit answers errors in JSON, plain text (429) and HTML alike, so the status is judged before the body.

    Raises:
        KitError: the one that belongs to the status; KitRejected when a good answer is no JSON object.
    """
    if not response.is_success:
        raise _error_for(response)
    try:
        body = response.json()
    except ValueError as error:
        raise KitRejected from error
    if not isinstance(body, dict):
        raise KitRejected
    return body


def _error_for(response: httpx2.Response) -> KitError:
    status = response.status_code
    if status == 429:
        retry_after = response.headers.get("Retry-After", "")
        known = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 5
        return KitRateLimited(headers={"Retry-After": retry_after} if known else {})
    if status >= 500:
        return KitUnavailable()
    return {401: KitUnauthorized, 403: KitNotFound, 404: KitNotFound}.get(status, KitRejected)()
