"""Middleware for every request to Kit's API: request log, rate limit, fault injection."""

import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, request

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.kit.authentication import Identity, identify, kit_path, resource_of
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.faults.responses import (
    DroppedResponse,
    alter,
    rate_limited,
    replacement,
)
from plugin_server.sandbox.kit.faults.rules import OAUTH_ENDPOINTS
from plugin_server.sandbox.kit.texts import words

# Source: https://developers.kit.com/api-reference/rate-limits
PER_MINUTE = {"oauth": 600, "api_key": 120}

# The query parameters whose values are logged. Others could be secrets.
_LOGGED_PARAMETERS = frozenset(
    (
        *words("after archived before email_address ending event_type include include_content"),
        *words("include_total_count per_page slim snippet_type sort_field sort_order starting"),
        *words("status type added_after added_before created_after created_before sent_after"),
        *words("email_sent_after email_sent_before sent_before tagged_after tagged_before"),
        *words("updated_after updated_before"),
    )
)
# Longer bodies are not logged.
_LOGGED_BYTES = 100_000


def register_middleware(app: Flask) -> None:
    """Run the middleware before and after every request to Kit's API."""
    app.before_request(_before)
    app.after_request(_after)


def _before() -> Response | None:
    path = kit_path(request.path)
    if path is None:
        return None
    who = g.identity = identify(path)
    g.log_status = sandbox().request_log.add(
        request.method,
        resource_of(path),
        _path_and_query(),
        who.account_id,
        who.credential,
        _body(path),
    )
    if path not in OAUTH_ENDPOINTS and not _is_within_limit(who):
        return rate_limited()
    g.faults = sandbox().faults.take(path, who.account_id, who.credential)
    stale = [fault.seconds for fault in g.faults if fault.fault == "stale_lists"]
    g.seconds_behind = sum(stale)
    wait = sum(fault.seconds for fault in g.faults) - g.seconds_behind
    if wait:
        before_blocking()
        time.sleep(wait)
    return replacement(g.faults)


def _after(response: Response) -> Response:
    if "log_status" not in g:
        return response
    response = alter(response, g.get("faults", ()))
    g.log_status(None if isinstance(response, DroppedResponse) else response.status_code)
    return response


def _is_within_limit(who: Identity) -> bool:
    """Return whether a token or key may have one more request in a rolling minute.

    A refused request does not count: how Kit counts it is not documented, and this way a client that
    keeps on retrying is let in again.
    """
    if not sandbox().config.rate_limits or who.account is None or who.credential is None:
        return True
    limit = PER_MINUTE[who.credential]
    return sandbox().limits.acquire(f"{who.credential} {who.digest}", limit).granted


def _path_and_query() -> str:
    query = [
        (k, v if k in _LOGGED_PARAMETERS else "...") for k, v in request.args.items(multi=True)
    ]
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _body(path: str) -> Any:
    """Return the JSON of a request to the API; the OAuth endpoints get secrets, which are not logged."""
    if path in OAUTH_ENDPOINTS or not 0 < (request.content_length or 0) <= _LOGGED_BYTES:
        return None
    return request.get_json(force=True, silent=True)
