"""Middleware that gives each request an id, a log line and a measurement."""

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
# Ids that a client may choose: nothing that could control a terminal, look like another field, or be a token.
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Requested every few seconds by machines: logged only when they fail.
_QUIET = {"health.healthz", "health.readyz", "metrics.show", "static"}
_STORE_UNAVAILABLE = "StoreUnavailable"


def observed(app: "WSGIApplication") -> "WSGIApplication":
    """Return an app that logs and measures each request, whatever the response."""

    def observe(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SAFE.fullmatch(given) else os.urandom(8).hex()
        current = record.RequestRecord(request_id, time.perf_counter())

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            current.status = int(status[:3])
            headers.append((REQUEST_ID, request_id))
            return start_response(status, headers, *error)

        # For middleware outside of this one, such as traces, which reads it afterwards.
        environ["plugin_server.record"] = current
        record.set_current(current)
        try:
            response = app(environ, start)
            _report(current, environ["REQUEST_METHOD"])
        finally:
            record.clear()
        return response

    return observe


def record_endpoints(app: Flask, blocks: Collection[str]) -> None:
    """Record the endpoint and the block of an app's requests.

    Args:
        app: the application.
        blocks: the names of its blocks; others are not recorded, because clients may send any.
    """

    @app.url_value_preprocessor
    def record_endpoint(endpoint: str | None, values: Mapping[str, Any] | None) -> None:
        current, block = record.current(), (values or {}).get("block_name", "")
        current.endpoint = endpoint or "unknown"
        current.block = block if block in blocks else ""


def _report(current: record.RequestRecord, method: str) -> None:
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
    # While the database is down, error_handlers.py writes a line with the number of failed requests.
    quiet = (endpoint in _QUIET and status < 400) or current.error == _STORE_UNAVAILABLE
    log_request("debug" if quiet else "error" if status >= 500 else "info", fields)
