"""What each kind of fault does to a response of Kit's API: it replaces it or alters it."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence

from flask import Response, jsonify, request

from plugin_server.sandbox.kit.accounts import NO_ACCESS
from plugin_server.sandbox.kit.authentication import identity, kit_path
from plugin_server.sandbox.kit.context import sandbox
from plugin_server.sandbox.kit.faults.broken_responses import DroppedResponse, TruncatedResponse
from plugin_server.sandbox.kit.faults.rules import OAUTH_ENDPOINTS, Fault
from plugin_server.sandbox.kit.rejection import challenge

_HTML_401 = """<!doctype html>
<html lang="en"><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>
"""
_HTML_ERROR = """<!doctype html>
<html lang="en"><head><title>Service unavailable</title></head>
<body><h1>503 Service unavailable</h1><p>The origin server did not respond.</p></body></html>
"""
# What a token response may lack (RFC 6749, 5.1, and more), and what other servers put there.
_OPTIONAL = ("token_type", "expires_in", "scope", "created_at")
_ODD = {
    "token_type": 7,
    "expires_in": "7199.5",
    "scope": ["public"],
    "created_at": "today",
    "account": {"plan": None},
}


def replacement(faults: Sequence[Fault]) -> Response | None:
    """Return the response that a request gets instead of its own; ``None`` when it gets its own."""
    for fault in faults:
        if fault.fault in _REPLACING:
            return _REPLACING[fault.fault](fault)
    return None


def alter(response: Response, faults: Sequence[Fault]) -> Response:
    """Return a request's own response as its faults alter it."""
    for fault in faults:
        if fault.fault in _ALTERING:
            response = _ALTERING[fault.fault](response)
    return response


def rate_limited(fault: Fault | None = None) -> Response:
    """Return Kit's response to a request beyond the rate limit: 429 in plain text."""
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


def _expire_tokens(_fault: Fault) -> Response | None:
    sandbox().store.expire_tokens(identity().account_id or 0)
    return _errors("The access token expired", 401, is_challenge=True)


def _revoke_tokens(_fault: Fault) -> Response | None:
    sandbox().store.revoke_tokens(identity().account_id or 0)
    # The OAuth endpoints notice by themselves, and have an error format of their own.
    if kit_path(request.path) in OAUTH_ENDPOINTS:
        return None
    return _errors("The access token is invalid", 401, is_challenge=True)


def _withhold_access(_fault: Fault) -> Response:
    return _errors(NO_ACCESS, 401)


def _refuse_bulk(_fault: Fault) -> Response:
    text = (
        "This request exceeds your queued bulk requests limit."
        " Please wait while we process your existing requests and try again later."
    )
    return _errors(text, 413)


def _html_401(_fault: Fault) -> Response:
    return Response(_HTML_401, 401, content_type="text/html; charset=utf-8")


def _errors(message: str, status: int, *, is_challenge: bool = False) -> Response:
    response = jsonify(errors=[message])
    response.status_code = status
    response.headers.update(challenge(message) if is_challenge else {})
    return response


def _truncate(response: Response) -> Response:
    return TruncatedResponse(response.get_data(), response.status_code, response.headers)


def _halve_json(response: Response) -> Response:
    body = response.get_data()
    return Response(body[: len(body) // 2], 200, content_type="application/json")


def _lose(_response: Response) -> Response:
    return DroppedResponse()


def _change_members(
    members: Mapping[str, object], *, without: Collection[str] = ()
) -> Callable[[Response], Response]:
    """Return a function that gives a token response other members; errors stay unchanged."""

    def change(response: Response) -> Response:
        body = response.get_json()
        if response.status_code != 200:
            return response
        left = {name: value for name, value in {**body, **members}.items() if name not in without}
        response.set_data(json.dumps(left))
        return response

    return change


_REPLACING: dict[str, Callable[[Fault], Response | None]] = {
    "rate_limited": rate_limited,
    "server_error": _server_error,
    "html_error": _html_error,
    "dropped": _drop,
    "expired_token": _expire_tokens,
    "revoked_token": _revoke_tokens,
    "access_withheld": _withhold_access,
    "unreadable_401": _html_401,
    "bulk_queue_full": _refuse_bulk,
}
_ALTERING: dict[str, Callable[[Response], Response]] = {
    "truncated": _truncate,
    "bad_json": _halve_json,
    "lost_answer": _lose,
    "null_members": _change_members(dict.fromkeys(_OPTIONAL)),
    "odd_members": _change_members(_ODD),
    "bare_tokens": _change_members({}, without=(*_OPTIONAL, "refresh_token")),
    "no_access_token": _change_members({}, without=("access_token",)),
}
