"""Every way in which Kit can fail becomes one of our own errors."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from plugin_server.errors import (
    AccessWithheld,
    KitError,
    KitForbidden,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
    KitUnreadable,
    PluginError,
)
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.transport import make_http_client, read_json, send

Handler = Callable[[httpx2.Request], httpx2.Response]


def send_to(handler: Handler, *, seconds: float = 8, max_bytes: int = 1000) -> httpx2.Response:
    http = make_http_client(httpx2.MockTransport(handler))
    request = http.build_request("GET", "https://kit.example/v4/account")
    return send(http, request, deadline=Deadline.after(seconds), max_bytes=max_bytes)


LIBRARY_ERRORS = [
    error
    for _, error in inspect.getmembers(httpx2, inspect.isclass)
    if issubclass(error, Exception) and not issubclass(error, Warning)
]


@pytest.mark.parametrize("error", LIBRARY_ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_the_http_library_is_translated(error: type[Exception]) -> None:
    instance = error.__new__(error)

    def fail(_request: httpx2.Request) -> httpx2.Response:
        raise instance

    with pytest.raises(KitError):
        send_to(fail)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, KitRejected),
        (401, AccessWithheld),
        (403, KitForbidden),
        (404, KitNotFound),
        (413, KitRejected),
        (422, KitRejected),
        (429, KitRateLimited),
        (500, KitUnavailable),
        (503, KitUnavailable),
    ],
)
@pytest.mark.parametrize("body", ["Retry later", "<html>", '{"errors": ["x"]}', ""])
def test_a_bad_status_is_judged_whatever_the_body(
    status: int, error: type[PluginError], body: str
) -> None:
    with pytest.raises(error):
        read_json(httpx2.Response(status, text=body))


@pytest.mark.parametrize("text", ["The access token is invalid", "The access token expired"])
def test_a_token_that_is_no_good_differs_from_an_account_that_may_not_be_read(text: str) -> None:
    with pytest.raises(KitUnauthorized):
        read_json(httpx2.Response(401, json={"errors": [text]}))


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, {"errors": ["This request would exceed your subscriber limit"]}, "exceed your"),
        (401, {"errors": ["API access needs the Creator plan."]}, "needs the Creator plan."),
        (400, {"errors": ["Stats start on 2021-11-30"]}, "Stats start on 2021-11-30."),
        (409, {"errors": ["The secret was rotated"]}, "The secret was rotated."),
        (413, {"errors": ["exceeds your queued limit"]}, "exceeds your queued limit."),
        (
            422,
            {"errors": [["name can't be\n blank"], "  ", "second"]},
            "name can't be blank; second.",
        ),
    ],
)
def test_a_creator_reads_what_kit_says_is_wrong(status: int, body: Any, said: str) -> None:
    with pytest.raises(PluginError) as error:
        read_json(httpx2.Response(status, json=body))
    own, kits = error.value.messages
    assert own == error.value.message or own.startswith("Kit did not accept")
    assert kits.startswith("Kit says: ")
    assert said in kits
    assert kits.endswith(".")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, "{}"),
        (403, "<html>Forbidden by a firewall"),
        (403, "Forbidden by a firewall"),
        (403, '{"errors": null}'),
        (422, '{"errors": [[], {"a": 1}, 5]}'),
        (404, '{"errors": ["Not Found"]}'),
        (429, '{"errors": ["Retry later"]}'),
        (500, '{"errors": ["boom"]}'),
    ],
)
def test_a_creator_reads_nothing_that_is_not_kits_or_does_not_help(status: int, body: str) -> None:
    with pytest.raises(PluginError) as error:
        read_json(httpx2.Response(status, text=body))
    assert len(error.value.messages) == 1


def test_what_kit_says_is_short_and_names_nobody() -> None:
    said = f"reader@person.example has {'x' * 5000} Bearer abcdef"
    with pytest.raises(PluginError) as error:
        read_json(httpx2.Response(422, json={"errors": [said]}))
    assert "person.example" not in error.value.messages[1]
    assert len(error.value.messages[1]) < 350


def test_a_plan_that_lacks_something_is_no_absence() -> None:
    with pytest.raises(KitError) as error:
        read_json(httpx2.Response(403, json={"errors": ["no"]}))
    assert not isinstance(error.value, KitNotFound)
    # With HTTP 200, so that Kit shows it to the creator.
    assert (error.value.status, error.value.code) == (200, 403)


def test_an_error_page_is_not_read_to_its_end() -> None:
    def page() -> Iterator[bytes]:
        while True:
            yield b"<p>Sorry</p>" * 1000

    response = send_to(lambda _: httpx2.Response(503, content=page()), max_bytes=10**9)
    with pytest.raises(KitUnavailable):
        read_json(response)


@pytest.mark.parametrize(("status", "reason"), [(429, "http_429"), (500, "http_500")])
def test_a_bad_status_is_the_reason(status: int, reason: str) -> None:
    with pytest.raises(KitError) as error:
        read_json(httpx2.Response(status))
    assert error.value.reason == reason


@pytest.mark.parametrize("body", ["", "<html>", '{"posts": [', "[]", '"x"'])
def test_a_good_status_without_a_json_object_is_refused(body: str) -> None:
    with pytest.raises(KitUnreadable):
        read_json(httpx2.Response(200, text=body))


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [("7", "7"), ("0", "1"), ("", "60"), ("tomorrow", "60"), ("-5", "60"), ("9" * 8, "3600")],
)
def test_kits_retry_after_is_passed_on(given: str, passed_on: str) -> None:
    with pytest.raises(KitRateLimited) as error:
        read_json(httpx2.Response(429, text="Retry later", headers={"Retry-After": given}))
    assert error.value.headers == {"Retry-After": passed_on}


def test_a_retry_after_may_be_a_date() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with pytest.raises(KitUnavailable) as error:
        read_json(httpx2.Response(503, headers={"Retry-After": moment}))
    assert 60 < int(error.value.headers["Retry-After"]) <= 91


@pytest.mark.parametrize("error", [KitUnavailable, KitRateLimited])
def test_an_outage_says_when_to_try_again(error: type[KitError]) -> None:
    assert int(error().headers["Retry-After"]) > 0


def test_a_response_that_comes_in_drips_is_given_up() -> None:
    def drips() -> Iterator[bytes]:
        while True:
            yield b" "

    with pytest.raises(KitUnavailable):
        send_to(lambda _: httpx2.Response(200, content=drips()), seconds=0.05, max_bytes=10**9)


def test_a_response_that_is_too_long_is_refused() -> None:
    with pytest.raises(KitRejected):
        send_to(lambda _: httpx2.Response(200, content=b" " * 1001))


def test_no_cookie_is_carried_from_one_account_to_another() -> None:
    def kit(request: httpx2.Request) -> httpx2.Response:
        assert "Cookie" not in request.headers
        return httpx2.Response(200, json={}, headers={"Set-Cookie": "session=a; Path=/"})

    http = make_http_client(httpx2.MockTransport(kit))
    for _ in range(2):
        http.get("https://kit.example/v4/account")
