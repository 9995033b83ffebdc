"""What every request to Kit's API passes: the count, the rate limit, and misbehaviour on demand."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, request

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.kit.authentication import Identity, identify, kit_path, resource_of
from plugin_server.sandbox.kit.faults.broken_responses import DroppedResponse, TruncatedResponse
from plugin_server.sandbox.kit.faults.rules import OAUTH_ENDPOINTS, Fault

# The query parameters whose values are kept for the log. Others could be secrets.
_SHOWN = frozenset(
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
_HTML_401 = """<!doctype html>
<html lang="en"><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>
"""
_HTML_ERROR = """<!doctype html>
<html lang="en"><head><title>Service unavailable</title></head>
<body><h1>503 Service unavailable</h1><p>The origin server did not answer.</p></body></html>
"""
# What a token response may lack (RFC 6749, 5.1, and more), and what else others put there.
_OPTIONAL = ("token_type", "expires_in", "scope", "created_at")
_ODD = {
    "token_type": 7,
    "expires_in": "7199.5",
    "scope": ["public"],
    "created_at": "today",
    "account": {"plan": None},
}


def register_middleware(app: Flask) -> None:
    """Pass every request to Kit's API through the gate, on its way in and out."""
    app.before_request(_enter)
    app.after_request(_leave)


def identity() -> Identity:
    """Return who sends the request that is being answered."""
    found: Identity = g.identity
    return found


def _enter() -> Response | None:
    path = kit_path(request.path)
    if path is None:
        return None
    who = g.identity = identify(path)
    g.answered = sandbox().request_log.arrived(
        request.method, resource_of(path), _path_and_query(), who.account_id, who.credential
    )
    if path not in OAUTH_ENDPOINTS and not _is_within_limit(who):
        return _retry_later()
    g.faults = sandbox().faults.take(path, who.account_id, who.credential)
    wait = sum(fault.seconds for fault in g.faults)
    if wait:
        before_blocking()
        time.sleep(wait)
    for fault in g.faults:
        if fault.fault in _INSTEAD:
            return _INSTEAD[fault.fault](fault)
    return None


def _leave(response: Response) -> Response:
    if "answered" not in g:
        return response
    for fault in g.get("faults", ()):
        if fault.fault in _AFTERWARDS:
            response = _AFTERWARDS[fault.fault](response)
    g.answered(None if isinstance(response, DroppedResponse) else response.status_code)
    return response


def _is_within_limit(who: Identity) -> bool:
    if not sandbox().config.rate_limits or who.account is None or who.credential is None:
        return True
    return sandbox().limits.allow(who.credential, who.account.id)


def _path_and_query() -> str:
    query = [(k, v if k in _SHOWN else "...") for k, v in request.args.items(multi=True)]
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _retry_later(fault: Fault | None = None) -> Response:
    response = Response("Retry later", 429, content_type="text/plain")
    if fault and fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _server_error(_fault: Fault) -> Response:
    return _errors("Internal Server Error", 500)


def _html_error(_fault: Fault) -> Response:
    return Response(_HTML_ERROR, 503, content_type="text/html; charset=utf-8")


def _drop(_fault: Fault) -> Response:
    return DroppedResponse()


def _expire_token(_fault: Fault) -> Response | None:
    sandbox().store.end_tokens(identity().account_id or 0)
    return _errors("The access token expired", 401)


def _revoke_token(_fault: Fault) -> Response | None:
    sandbox().store.revoke_tokens(identity().account_id or 0)
    # The OAuth endpoints find out by themselves, and have a shape of their own for errors.
    if kit_path(request.path) in OAUTH_ENDPOINTS:
        return None
    return _errors("The access token is invalid", 401)


def _withhold(_fault: Fault) -> Response:
    # Kit's wording is not published; it is only known to be another than those about tokens.
    return _errors("This account does not have API access. Please check your subscription.", 401)


def _html_401(_fault: Fault) -> Response:
    return Response(_HTML_401, 401, content_type="text/html; charset=utf-8")


def _errors(message: str, status: int) -> Response:
    response = jsonify(errors=[message])
    response.status_code = status
    return response


def _truncate(response: Response) -> Response:
    return TruncatedResponse(response.get_data(), response.status_code, response.headers)


def _halve(response: Response) -> Response:
    body = response.get_data()
    return Response(body[: len(body) // 2], 200, content_type="application/json")


def _lose(_response: Response) -> Response:
    return DroppedResponse()


def _changed(
    members: Mapping[str, object], *, without: Collection[str] = ()
) -> Callable[[Response], Response]:
    """Return what gives a token response other members; errors stay as they are."""

    def change(response: Response) -> Response:
        body = response.get_json()
        if response.status_code != 200:
            return response
        kept = {name: value for name, value in {**body, **members}.items() if name not in without}
        response.set_data(json.dumps(kept))
        return response

    return change


# A fault either takes the place of the answer or is done to it.
_INSTEAD: dict[str, Callable[[Fault], Response | None]] = {
    "rate_limited": _retry_later,
    "server_error": _server_error,
    "html_error": _html_error,
    "dropped": _drop,
    "expired_token": _expire_token,
    "revoked_token": _revoke_token,
    "access_withheld": _withhold,
    "unreadable_401": _html_401,
}
_AFTERWARDS: dict[str, Callable[[Response], Response]] = {
    "truncated": _truncate,
    "bad_json": _halve,
    "lost_answer": _lose,
    "null_members": _changed(dict.fromkeys(_OPTIONAL)),
    "odd_members": _changed(_ODD),
    "bare_tokens": _changed({}, without=(*_OPTIONAL, "refresh_token")),
    "no_access_token": _changed({}, without=("access_token",)),
}
