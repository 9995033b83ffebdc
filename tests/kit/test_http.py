"""Every way in which Kit can fail becomes one of our own errors."""

import inspect

import httpx2
import pytest

from plugin_server.errors import (
    KitError,
    KitNotFound,
    KitRateLimited,
    KitRejected,
    KitUnauthorized,
    KitUnavailable,
)
from plugin_server.kit.http import kit_errors, make_http_client, read_json

LIBRARY_ERRORS = [
    error
    for _, error in inspect.getmembers(httpx2, inspect.isclass)
    if issubclass(error, Exception) and not issubclass(error, Warning)
]


@pytest.mark.parametrize("error", LIBRARY_ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_the_http_library_is_translated(error: type[Exception]) -> None:
    instance = error.__new__(error)
    with pytest.raises(KitError), kit_errors():
        raise instance


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, KitRejected),
        (401, KitUnauthorized),
        (403, KitNotFound),
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
    status: int, error: type[KitError], body: str
) -> None:
    with pytest.raises(error):
        read_json(httpx2.Response(status, text=body))


@pytest.mark.parametrize("body", ["", "<html>", '{"posts": [', "[]", '"x"'])
def test_a_good_status_without_a_json_object_is_refused(body: str) -> None:
    with pytest.raises(KitRejected):
        read_json(httpx2.Response(200, text=body))


@pytest.mark.parametrize(("given", "passed_on"), [("7", "7"), ("", "60"), ("tomorrow", "60")])
def test_kits_retry_after_is_passed_on(given: str, passed_on: str) -> None:
    with pytest.raises(KitRateLimited) as error:
        read_json(httpx2.Response(429, text="Retry later", headers={"Retry-After": given}))
    assert error.value.headers == {"Retry-After": passed_on}


@pytest.mark.parametrize("error", [KitUnavailable, KitRateLimited])
def test_an_outage_says_when_to_try_again(error: type[KitError]) -> None:
    assert int(error().headers["Retry-After"]) > 0


def test_no_cookie_is_carried_from_one_account_to_another() -> None:
    def kit(request: httpx2.Request) -> httpx2.Response:
        assert "Cookie" not in request.headers
        return httpx2.Response(200, json={}, headers={"Set-Cookie": "session=a; Path=/"})

    http = make_http_client(httpx2.MockTransport(kit))
    for _ in range(2):
        http.get("https://kit.example/v4/account")
