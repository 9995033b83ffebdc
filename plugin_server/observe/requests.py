"""One log line and one measurement for each request, and the id by which to find both."""

import os
import re
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask

from plugin_server.observe import metrics, record
from plugin_server.observe.logs import log_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = "X-Request-Id"
# What a caller may choose: nothing that could steer a terminal, pretend to be another field, or be a token.
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Asked every few seconds by machines: worth a line only when they fail.
_QUIET = {"health.healthz", "health.readyz", "metrics.show", "static"}
_STORE_UNAVAILABLE = "StoreUnavailable"


def observed(app: "WSGIApplication") -> "WSGIApplication":
    """Return an app whose every request is observed, however it is answered."""

    def observe(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = asked if _SAFE.fullmatch(asked) else os.urandom(8).hex()
        current = record.RequestRecord(request_id, time.perf_counter())

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            current.status = int(status[:3])
            headers.append((REQUEST_ID, request_id))
            return start_response(status, headers, *error)

        # For whoever stands outside of this, and looks when all is over.
        environ["plugin_server.record"] = current
        record.set_current(current)
        try:
            answer = app(environ, start)
            _tell(current, environ["REQUEST_METHOD"])
        finally:
            record.clear()
        return answer

    return observe


def record_endpoints(app: Flask, blocks: Collection[str]) -> None:
    """Have an app's requests tell what answers them.

    Args:
        app: the application.
        blocks: the names of its blocks: others are somebody's guess, and not repeated.
    """

    @app.url_value_preprocessor
    def note(endpoint: str | None, values: Mapping[str, Any] | None) -> None:
        current, block = record.current(), (values or {}).get("block_name", "")
        current.endpoint = endpoint or "unknown"
        current.block = block if block in blocks else ""


def _tell(current: record.RequestRecord, method: str) -> None:
    seconds = time.perf_counter() - current.started_at
    endpoint, block, status = current.endpoint, current.block, current.status
    outcome = current.error or ("ok" if status < 400 else f"http_{status}")
    metrics.request_duration(endpoint, block, outcome).observe(seconds)
    if current.cache:
        metrics.cache_result(block, current.cache).inc()
    fields = {
        "request_id": current.request_id,
        "method": method,
        "endpoint": endpoint,
        "status": status,
        "outcome": outcome,
        "milliseconds": round(seconds * 1000, 2),
    }
    if current.reason:
        fields["reason"] = current.reason
    if block:
        fields["block"] = block
        fields["code"] = current.code
        fields["account"], fields["installation"] = current.account, current.installation
        fields["kit_calls"], fields["cache"] = current.kit_calls, current.cache
    # A database that is down has a line of its own, with the number of requests that it fails.
    quiet = (endpoint in _QUIET and status < 400) or current.error == _STORE_UNAVAILABLE
    log_request("debug" if quiet else "error" if status >= 500 else "info", fields)
