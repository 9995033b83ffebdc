"""One log line and one measurement for each request, and the id by which to find both."""

import os
import re
import time
from collections.abc import Collection

from flask import Flask, Response, request

from plugin_server.logs import log_request
from plugin_server.observe import metrics, record

REQUEST_ID = "X-Request-Id"
# What a caller may choose: nothing that could steer a terminal, pretend to be another field, or be a token.
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Asked every few seconds by machines: worth a line only when they fail.
_QUIET = {"pages.healthz", "pages.readyz", "metrics.show", "static"}


def init_app(app: Flask, blocks: Collection[str]) -> None:
    """Observe every request of an app; to be called before anything else hooks into requests.

    Args:
        app: the application.
        blocks: the names of its blocks: others are somebody's guess, and not repeated.
    """

    @app.before_request
    def begin() -> None:
        asked = request.environ.get("HTTP_X_REQUEST_ID", "")
        request_id = asked if _SAFE.fullmatch(asked) else os.urandom(8).hex()
        record.begin(record.Record(request_id, time.perf_counter()))

    @app.after_request
    def finish(response: Response) -> Response:
        noted = record.current()
        response.headers.add(REQUEST_ID, noted.request_id)
        seconds = time.perf_counter() - noted.begun
        endpoint = request.endpoint or "unknown"
        block = (request.view_args or {}).get("block_name", "")
        block = block if block in blocks else ""
        status = response.status_code
        outcome = noted.error or ("ok" if status < 400 else f"http_{status}")
        metrics.request_duration(endpoint, block, outcome).observe(seconds)
        if noted.cache:
            metrics.cache_result(block, noted.cache).inc()
        fields = {
            "request_id": noted.request_id,
            "method": request.method,
            "endpoint": endpoint,
            "status": status,
            "outcome": outcome,
            "milliseconds": round(seconds * 1000, 2),
        }
        if block:
            fields["block"] = block
            fields["code"] = noted.code
            fields["account"], fields["installation"] = noted.account, noted.installation
            fields["kit_calls"], fields["cache"] = noted.kit_calls, noted.cache
        quiet = endpoint in _QUIET and status < 400
        log_request("error" if status >= 500 else "debug" if quiet else "info", fields)
        return response

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        record.end()
