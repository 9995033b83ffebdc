"""Each kind of fault, as a client of Kit's API meets it."""

import time
from typing import Any

import httpx2
import pytest

HARBOUR, KETTLE = 2601, 2603
KEY = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}


def test_latency_waits_and_then_responds(kit: Any) -> None:
    kit.faulty(resource="account", fault="latency", seconds=0.05, times=2)
    kit.faulty(resource="account", fault="server_error", times=1)
    for status in (500, 200):
        started = time.perf_counter()
        assert kit.get("account").status_code == status
        assert time.perf_counter() - started >= 0.05


def test_a_record_can_be_gone(kit: Any) -> None:
    kit.faulty(resource="posts/{id}", fault="not_found", times=1)
    post = kit.get("posts").json()["posts"][0]["id"]
    response = kit.get(f"posts/{post}")
    assert (response.status_code, response.json()) == (404, {"errors": ["Not Found"]})
    assert kit.get(f"posts/{post}").status_code == 200


@pytest.mark.parametrize("retry_after", [7, None])
def test_rate_limited_is_plain_text(kit: Any, retry_after: int | None) -> None:
    kit.faulty(resource="posts", fault="rate_limited", retry_after=retry_after)
    response = kit.get("posts")
    assert (response.status_code, response.text) == (429, "Retry later")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers.get("Retry-After") == (str(retry_after) if retry_after else None)


def test_html_error_is_a_page(kit: Any) -> None:
    kit.faulty(resource="posts", fault="html_error")
    response = kit.get("posts")
    assert (response.status_code, response.headers["Content-Type"]) == (
        503,
        "text/html; charset=utf-8",
    )
    assert response.text.startswith("<!doctype html>")


def test_bad_json_is_framed_correctly(kit: Any) -> None:
    whole = kit.get("posts").content
    kit.faulty(resource="posts", fault="bad_json")
    response = kit.get("posts")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.content == whole[: len(whole) // 2]


def test_truncated_breaks_off_in_the_middle(kit: Any) -> None:
    whole = kit.get("posts").content
    kit.faulty(resource="posts", fault="truncated")
    headers = {"Authorization": f"Bearer {kit.tokens['access_token']}"}
    with kit.browser.stream("GET", "/v4/posts", headers=headers) as response:
        assert (response.status_code, response.headers["Content-Length"]) == (200, str(len(whole)))
        with pytest.raises(httpx2.RemoteProtocolError):
            response.read()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_dropped_gives_no_response(
    kit: Any, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    kit.faulty(resource="posts", fault="dropped", times=1)
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        kit.browser.request(method, "/v4/posts", headers=KEY)
    assert kit.requests()["by_status"] == {"none": 1}
    assert kit.browser.request(method, "/v4/posts", headers=KEY).status_code == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("times", [None, 1])
def test_an_expired_token_is_good_again_after_a_refresh(kit: Any, times: int | None) -> None:
    stale = dict(kit.tokens)
    kit.faulty(resource="posts", fault="expired_token", account=HARBOUR, times=times)
    response = kit.get("posts")
    assert (response.status_code, response.json()) == (
        401,
        {"errors": ["The access token expired"]},
    )
    # The token has ended everywhere, not only where it met the rule.
    assert kit.get("account").status_code == 401
    assert kit.refresh().status_code == 200
    assert kit.get("posts").status_code == 200
    kit.tokens = stale
    assert kit.get("account").status_code == 401


def test_tokens_can_expire_again_and_again(kit: Any) -> None:
    kit.faulty(resource="posts", fault="expired_token", times=2)
    for status in (401, 401, 200):
        assert kit.get("posts").status_code == status
        kit.refresh()


def test_a_revoked_token_cannot_be_refreshed(kit: Any) -> None:
    kit.faulty(resource="posts", fault="revoked_token")
    assert kit.get("posts").status_code == 401
    refused = kit.refresh()
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    kit.connect()
    assert kit.get("posts").status_code == 200


def test_a_token_can_be_revoked_just_before_its_refresh(kit: Any) -> None:
    kit.faulty(resource="oauth/token", fault="revoked_token", times=1)
    assert kit.refresh().json()["error"] == "invalid_grant"
    assert kit.get("posts").status_code == 401


def test_ending_tokens_leaves_other_accounts_and_keys_alone(kit: Any) -> None:
    kit.faulty(resource="account", fault="revoked_token", account=HARBOUR)
    assert kit.browser.get("/v4/account", headers=KEY).status_code == 200
    kit.connect(KETTLE)
    assert kit.get("account").status_code == 200


def test_a_lost_response_has_used_up_the_refresh_token(kit: Any) -> None:
    kit.faulty(resource="oauth/token", fault="lost_response", account=HARBOUR, times=1)
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        kit.refresh()
    assert kit.refresh().json()["error"] == "invalid_grant"
    assert kit.get("account").status_code == 200


def test_the_token_endpoint_can_fail_without_using_anything_up(kit: Any) -> None:
    kit.faulty(resource="oauth/token", fault="dropped", times=1)
    kit.faulty(resource="oauth/token", fault="html_error", times=1)
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        kit.refresh()
    assert kit.refresh().status_code == 503
    assert kit.refresh().status_code == 200


@pytest.mark.parametrize(
    ("fault", "starts"),
    [("access_withheld", '{"errors":['), ("unreadable_401", "<!doctype html>")],
)
def test_access_can_be_withheld_while_the_tokens_stay_good(
    kit: Any, fault: str, starts: str
) -> None:
    kit.faulty(resource="*", fault=fault, times=2)
    for _ in range(2):
        response = kit.get("posts")
        assert response.status_code == 401
        assert response.text.startswith(starts)
        assert "access token" not in response.text
    assert kit.get("posts").status_code == 200


@pytest.mark.parametrize(
    ("fault", "missing", "odd"),
    [
        ("null_members", set(), {"expires_in": None, "scope": None, "created_at": None}),
        ("odd_members", set(), {"expires_in": "7199.5", "scope": ["public"]}),
        (
            "bare_tokens",
            {"refresh_token", "expires_in", "scope", "created_at", "token_type"},
            {},
        ),
        ("no_access_token", {"access_token"}, {}),
    ],
)
def test_a_token_response_can_be_odd(
    kit: Any, fault: str, missing: set[str], odd: dict[str, Any]
) -> None:
    before = dict(kit.tokens)
    kit.faulty(resource="oauth/token", fault=fault, times=1)
    got = kit.refresh().json()
    assert before.keys() - got.keys() == missing
    assert odd.items() <= got.items()
    if "access_token" in got:
        assert kit.get("account").status_code == 200
    # The old refresh token is spent all the same.
    kit.tokens = before
    assert kit.refresh().json()["error"] == "invalid_grant"


def test_an_odd_token_response_leaves_errors_unchanged(kit: Any) -> None:
    kit.faulty(resource="oauth/token", fault="bare_tokens")
    kit.tokens["refresh_token"] = "unknown"
    assert kit.refresh().json()["error"] == "invalid_grant"


def test_the_revocation_endpoint_can_fail_and_is_counted(kit: Any) -> None:
    client = {"client_id": "kit-client", "client_secret": "kit-secret"}
    body = {**client, "token": kit.tokens["access_token"]}
    kit.faulty(resource="*", fault="server_error", times=1)
    kit.faulty(resource="oauth/revoke", fault="server_error", account=HARBOUR, times=1)
    assert kit.browser.post("/oauth/revoke", data=body).status_code == 500
    assert kit.get("account").status_code == 500
    assert kit.get("account").status_code == 200
    assert kit.browser.post("/v4/oauth/revoke", data=body).status_code == 200
    assert kit.requests()["by_resource"]["oauth/revoke"] == 2
    assert kit.get("account").status_code == 401


def test_lists_lag_behind(kit: Any, clock: Any) -> None:
    token = {"Authorization": f"Bearer {kit.tokens['access_token']}"}
    kit.faulty(resource="*", fault="stale_lists", seconds=30)
    tag = kit.browser.post("/v4/tags", json={"name": "Salt"}, headers=token).json()["tag"]
    person = kit.browser.post(
        "/v4/subscribers", json={"email_address": "new@example.com"}, headers=token
    ).json()["subscriber"]
    members = f"tags/{tag['id']}/subscribers"
    kit.browser.post(f"/v4/{members}/{person['id']}", headers=token)

    def listed() -> list[bool]:
        paths = ("tags", "subscribers?per_page=1", members)
        return ["Salt" in kit.get(paths[0]).text] + [
            person["email_address"] in kit.get(path).text for path in paths[1:]
        ]

    assert listed() == [False, False, False]
    assert kit.get(f"subscribers/{person['id']}").status_code == 200
    clock.advance(30)
    assert listed() == [True, True, True]


def test_a_bulk_queue_can_be_full(kit: Any) -> None:
    kit.faulty(resource="bulk/tags", fault="bulk_queue_full")
    token = {"Authorization": f"Bearer {kit.tokens['access_token']}"}
    response = kit.browser.post("/v4/bulk/tags", json={"tags": [{"name": "A"}]}, headers=token)
    assert response.status_code == 413
    sentence = (
        "This request exceeds your queued bulk requests limit. Please wait while we process your"
        " existing requests and try again later."
    )
    assert response.json() == {"errors": [sentence]}
