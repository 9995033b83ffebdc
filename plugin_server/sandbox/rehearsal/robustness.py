"""What an app does with requests that Kit would not send: a clear error, never a crash."""

import json
from collections.abc import Callable, Iterator, Mapping
from secrets import token_urlsafe
from typing import Any

from plugin_server.sandbox.rehearsal.calls import FORM, JSON, Call
from plugin_server.sandbox.rehearsal.check import ROBUSTNESS, Flaw, Skipped, fail, group_of, warn
from plugin_server.sandbox.rehearsal.slow_client import send_slowly, stalled
from plugin_server.sandbox.rehearsal.sources import BLOCKS, OAUTH_PAGE, RFC_6749, RFC_9110
from plugin_server.sandbox.rehearsal.subject import Subject
from plugin_server.sandbox.rehearsal.tested_plugin import TestedPlugin

_HUGE = 3_000_000
_DEEP = 50_000
_STALLED = 4
_PAUSE = 0.1
# Seconds within which other clients should be served while some send slowly.
_LONGEST = 3.0
_METHODS = ("GET", "PUT", "DELETE")

_NOT_JSON = {
    "An empty body": b"",
    "Half of a JSON object": b'{"settings": {"a": ',
    "Text that is not JSON": b"settings=1&styles=2",
    "JSON that is not UTF-8": b'{"settings": {"a": "\xff\xfe"}}',
    "JSON nested deeply": b'{"settings": ' + b"[" * _DEEP + b"]" * _DEEP + b"}",
}
_WRONG_HTML: dict[str, Any] = {
    "An array as the body": [],
    "A string as the body": "x",
    "null as the body": None,
    "Settings that are an array": {"settings": []},
    "Settings that are a string": {"settings": "x"},
    "Styles that are an array": {"settings": {}, "styles": []},
    "Styles that are a number": {"settings": {}, "styles": 5},
    "A style that is a string": {"settings": {}, "styles": {"p": "red"}},
}
_WRONG_SEARCH: dict[str, Any] = {
    "An array as the body": [],
    "No search": {},
    "A search that is null": {"search": None},
    "A search that is a number": {"search": 5},
    "A search that is an object": {"search": {"a": 1}},
    "An array of numbers": {"search": [1, 2]},
}
_LEAKS = (b"Traceback (most recent call last)", b"node_modules", b".rb:", b"at Object.<anonymous>")


def error_flaws(call: Call, what: str, member: str = "errors") -> Iterator[Flaw]:
    """Yield what is wrong with the response to a request that Kit would not send.

    Args:
        what: the request, as the start of a sentence.
        member: what says in the response what was wrong: ``errors``, or OAuth's ``error``.
    """
    if call.problem or call.status is None:
        yield fail(f"{what}: {call.problem}", call)
    elif call.status >= 500:
        yield fail(f"{what}: {call.came}", call)
    elif any(leak in call.response_body for leak in _LEAKS):
        yield fail(f"{what}: the response shows where the code failed", call)
    elif 300 <= call.status < 400:
        yield fail(f"{what}: a redirect, {call.came}", call)
    elif not call.member:
        if call.status != 405 and call.status != 413:
            yield warn(f"{what}: {call.came} without a JSON object", call)
    elif call.status >= 400 and not call.member.get(member):
        yield warn(f'{what}: {call.came} without "{member}"', call)


def _is_accepted(call: Call) -> bool:
    return call.ok and not call.member.get("errors") and not call.member.get("error")


def _raw(tested: TestedPlugin, url: str, content: bytes) -> Call:
    token = tested.subject.token(tested.plugin)
    return tested.subject.caller.send("POST", url, content=content, token=token)


def _endpoints(tested: TestedPlugin) -> Iterator[tuple[str, str]]:
    """Yield the plugin's endpoints, each with the start of sentences about it."""
    yield "", tested.plugin.html_url
    for setting in tested.searches:
        yield f"Search of {setting['name']}: ", setting["request_url"]


def _not_json(tested: TestedPlugin) -> Iterator[Flaw]:
    for before, url in _endpoints(tested):
        for what, content in _NOT_JSON.items():
            call = _raw(tested, url, content)
            yield from error_flaws(call, f"{before}{what}")
            if _is_accepted(call) and content:
                yield warn(f"{before}{what} is accepted", call)


def _types(tested: TestedPlugin) -> Iterator[Flaw]:
    for what, body in _WRONG_HTML.items():
        call = _raw(tested, tested.plugin.html_url, json.dumps(body).encode())
        yield from error_flaws(call, what)
    for setting in tested.searches:
        for what, body in _WRONG_SEARCH.items():
            call = _raw(tested, setting["request_url"], json.dumps(body).encode())
            yield from error_flaws(call, f"Search of {setting['name']}: {what}")


def _huge(tested: TestedPlugin) -> Iterator[Flaw]:
    content = json.dumps({"settings": {"a": "x" * _HUGE}, "search": "y" * _HUGE}).encode()
    for before, url in _endpoints(tested):
        call = _raw(tested, url, content)
        what = f"{before}A body of {len(content) // 1_000_000} MB"
        if call.status is None and "no response within" not in call.problem:
            yield warn(f"{what}: the connection breaks without a response", call)
        elif _is_accepted(call):
            yield warn(f"{what} is accepted", call, "Limit bodies, and respond 413.")
        else:
            yield from error_flaws(call, what)


def _unknown_token(tested: TestedPlugin) -> Iterator[Flaw]:
    if tested.plugin.authorization != "oauth":
        raise Skipped("The plugin needs no token.")
    for before, url in _endpoints(tested):
        for token in (token_urlsafe(24), "two words", "x" * 4_000):
            shown = f"“{token}”" if len(token) < 20 else f"{len(token):,} characters"
            body = {"settings": {}, "search": ""}
            call = tested.subject.caller.send("POST", url, json_body=body, token=token)
            what = f"{before}A token of {shown}"
            yield from error_flaws(call, what)
            if _is_accepted(call):
                yield fail(f"{what} is accepted", call)


def _methods(tested: TestedPlugin) -> Iterator[Flaw]:
    token = tested.subject.token(tested.plugin)
    for before, url in _endpoints(tested):
        for method in _METHODS:
            call = tested.subject.caller.send(method, url, token=token)
            what = f"{before}The method {method}"
            if call.ok and method != "GET":
                yield warn(f"{what} is accepted", call)
            else:
                yield from error_flaws(call, what)


def _content_types(tested: TestedPlugin) -> Iterator[Flaw]:
    token = tested.subject.token(tested.plugin)
    body = json.dumps({"settings": tested.typical, "styles": {}}).encode()
    for content_type in (f"{JSON}; charset=utf-8", f"{JSON};charset=UTF-8"):
        call = tested.subject.caller.send(
            "POST", tested.plugin.html_url, content=body, content_type=content_type, token=token
        )
        if call.status is None or call.status >= 400:
            yield fail(f"Content-Type {content_type}: {call.came}", call)
    call = tested.subject.caller.send(
        "POST", tested.plugin.html_url, content=body, content_type=FORM, token=token
    )
    yield from error_flaws(call, f"Content-Type {FORM}")


def _slow(tested: TestedPlugin) -> Iterator[Flaw]:
    subject, url = tested.subject, tested.plugin.html_url
    token = subject.token(tested.plugin)
    headers = {"Content-Type": JSON, "Accept": JSON}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps({"settings": tested.typical, "styles": {}}).encode()
    timeout = subject.caller.timeout
    call = subject.caller.record(
        send_slowly(url, headers, body, pause=lambda: subject.caller.wait(_PAUSE), timeout=timeout)
    )
    yield from error_flaws(call, "A body in pieces")
    if call.status is not None and not call.ok:
        yield fail(f"A body in pieces: {call.came}", call)
    try:
        with stalled(url, headers, body, number=_STALLED, timeout=timeout):
            other = subject.post(tested.plugin, url, {"settings": tested.typical, "styles": {}})
    except OSError as error:
        yield fail(f"While {_STALLED} clients send slowly: {type(error).__name__}", call)
        return
    advice = "Use several threads or processes, or a proxy in front that waits for slow bodies."
    if other.status is None:
        yield fail(f"While {_STALLED} clients send slowly, nobody else is served", other, advice)
    elif other.ms > _LONGEST * 1000:
        yield warn(f"While {_STALLED} clients send slowly, others wait", other, advice)


_OAUTH_URLS: Mapping[str, Callable[[Subject], str]] = {
    "Token URL": lambda subject: subject.app.token_url,
    "Refresh token URL": lambda subject: subject.app.refresh_url,
    "Revoke URL": lambda subject: subject.app.revoke_url,
}


def _oauth_bodies(subject: Subject) -> Iterator[Flaw]:
    bodies: dict[str, tuple[bytes, str]] = {
        "an empty body": (b"", FORM),
        "half of a JSON object": (b'{"grant_type": ', JSON),
        "an array": (b"[]", JSON),
        "a number as code": (b'{"grant_type": "authorization_code", "code": 5}', JSON),
        "an object as token": (b'{"token": {"a": 1}, "refresh_token": {"a": 1}}', JSON),
        "a form that is not UTF-8": (b"grant_type=%FF%FE&code=%00", FORM),
        "3 MB": (b"code=" + b"x" * _HUGE, FORM),
    }
    for name, url in _OAUTH_URLS.items():
        for what, (content, content_type) in bodies.items():
            call = subject.caller.send(
                "POST", url(subject), content=content, content_type=content_type, kind="token"
            )
            if call.status is None and len(content) == _HUGE + 5:
                yield warn(f"{name}, {what}: the connection breaks without a response", call)
                continue
            yield from error_flaws(call, f"{name}, {what}", "error")
            if call.ok and call.member.get("access_token"):
                yield fail(f"{name}, {what}: tokens come back", call)


def _oauth_methods(subject: Subject) -> Iterator[Flaw]:
    for name, url in _OAUTH_URLS.items():
        for method in _METHODS:
            call = subject.caller.send(method, url(subject))
            yield from error_flaws(call, f"{name}, method {method}", "error")
            if call.ok:
                yield warn(f"{name}, method {method}: {call.came}", call)


_check = group_of(ROBUSTNESS)
_KIT_SHAPE = 'Respond with a 4xx status and {"code": 400, "errors": ["…"]}.'
PLUGIN_CHECKS = (
    _check(
        "robust-not-json", "A body that is not JSON gets an error", BLOCKS, _KIT_SHAPE, _not_json
    ),
    _check("robust-types", "A body of other types gets an error", BLOCKS, _KIT_SHAPE, _types),
    _check(
        "robust-huge",
        "A huge body gets an error",
        f"{RFC_9110}#section-15.5.14",
        'Respond 413 and {"code": 413, "errors": ["…"]} before reading it all.',
        _huge,
    ),
    _check(
        "robust-token",
        "Any unknown token gets an error in Kit's shape",
        BLOCKS,
        'Respond 401 and {"code": 401, "errors": ["…"]}.',
        _unknown_token,
    ),
    _check(
        "robust-methods",
        "Other methods get an error",
        f"{RFC_9110}#section-15.5.6",
        "Respond 405 with the header Allow: POST.",
        _methods,
    ),
    _check(
        "robust-content-type",
        "A Content-Type with a charset is taken",
        f"{RFC_9110}#section-8.3.1",
        "Compare the type without its parameters.",
        _content_types,
    ),
    _check(
        "robust-slow",
        "A slow client is served, and stops nobody else",
        BLOCKS,
        "Wait some seconds for a body, and serve others meanwhile.",
        _slow,
    ),
)
APP_CHECKS = (
    _check(
        "robust-oauth-bodies",
        "Odd bodies of OAuth requests get an error",
        f"{RFC_6749}#section-5.2",
        'Respond 400 and {"error": "invalid_request"}.',
        _oauth_bodies,
    ),
    _check(
        "robust-oauth-methods",
        "OAuth endpoints take POST alone",
        OAUTH_PAGE,
        "Respond 405 with the header Allow: POST.",
        _oauth_methods,
    ),
)
