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
        noted = record.Record(request_id, time.perf_counter())

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            noted.status = int(status[:3])
            headers.append((REQUEST_ID, request_id))
            return start_response(status, headers, *error)

        # For whoever stands outside of this, and looks when all is over.
        environ["plugin_server.record"] = noted
        record.begin(noted)
        try:
            answer = app(environ, start)
            _tell(noted, environ["REQUEST_METHOD"])
        finally:
            record.end()
        return answer

    return observe


def note_endpoints(app: Flask, blocks: Collection[str]) -> None:
    """Have an app's requests tell what answers them.

    Args:
        app: the application.
        blocks: the names of its blocks: others are somebody's guess, and not repeated.
    """

    @app.url_value_preprocessor
    def note(endpoint: str | None, values: Mapping[str, Any] | None) -> None:
        noted, block = record.current(), (values or {}).get("block_name", "")
        noted.endpoint = endpoint or "unknown"
        noted.block = block if block in blocks else ""


def _tell(noted: record.Record, method: str) -> None:
    seconds = time.perf_counter() - noted.begun
    endpoint, block, status = noted.endpoint, noted.block, noted.status
    outcome = noted.error or ("ok" if status < 400 else f"http_{status}")
    metrics.request_duration(endpoint, block, outcome).observe(seconds)
    if noted.cache:
        metrics.cache_result(block, noted.cache).inc()
    fields = {
        "request_id": noted.request_id,
        "method": method,
        "endpoint": endpoint,
        "status": status,
        "outcome": outcome,
        "milliseconds": round(seconds * 1000, 2),
    }
    if noted.reason:
        fields["reason"] = noted.reason
    if block:
        fields["block"] = block
        fields["code"] = noted.code
        fields["account"], fields["installation"] = noted.account, noted.installation
        fields["kit_calls"], fields["cache"] = noted.kit_calls, noted.cache
    # A database that is down has a line of its own, with the number of requests that it fails.
    quiet = (endpoint in _QUIET and status < 400) or noted.error == _STORE_UNAVAILABLE
    log_request("debug" if quiet else "error" if status >= 500 else "info", fields)
