"""Middleware for every request to Kit's API: request log, rate limit, fault injection."""

import time
from urllib.parse import urlencode

from flask import Flask, Response, g, request

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.kit.authentication import Identity, identify, kit_path, resource_of
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.faults.broken_responses import DroppedResponse
from plugin_server.sandbox.kit.faults.responses import alter, rate_limited, replacement
from plugin_server.sandbox.kit.faults.rules import OAUTH_ENDPOINTS

# The query parameters whose values are logged. Others could be secrets.
_LOGGED_PARAMETERS = frozenset(
    {
        "after",
        "before",
        "ending",
        "include_content",
        "include_total_count",
        "per_page",
        "starting",
        "status",
        "type",
    }
)


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
        request.method, resource_of(path), _path_and_query(), who.account_id, who.credential
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
    if not sandbox().config.rate_limits or who.account is None or who.credential is None:
        return True
    return sandbox().limits.allow(who.credential, who.digest)


def _path_and_query() -> str:
    query = [
        (k, v if k in _LOGGED_PARAMETERS else "...") for k, v in request.args.items(multi=True)
    ]
    return f"{request.path}?{urlencode(query)}" if query else request.path
