"""Misbehaviour on demand, as a program asks for it and as a client of Kit's API meets it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

HARBOUR, KETTLE = 2601, 2603
KEY = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
KETTLE_KEY = {"X-Kit-Api-Key": "kit_sandbox_slow_kettle"}
DEFAULTS = {"account": None, "credential": None, "seconds": 0, "retry_after": None, "times": None}


class Kit:
    """A client of Kit's API with tokens, and the way to its faults."""

    def __init__(self, browser: httpx2.Client, redirect_uri: str) -> None:
        self.browser, self.redirect_uri = browser, redirect_uri
        self.tokens: dict[str, Any] = {}

    def connect(self, account: int = HARBOUR) -> None:
        self.browser.post("/session", data={"account": str(account)})
        asked = {"client_id": "kit-client", "response_type": "code"}
        asked["redirect_uri"] = self.redirect_uri
        answer = self.browser.post("/oauth/authorize", data={**asked, "decision": "approve"})
        code = httpx2.URL(answer.headers["Location"]).params["code"]
        secret = {"client_secret": "kit-secret", "grant_type": "authorization_code"}
        self.tokens = self.post_token({**asked, **secret, "code": code}).json()

    def post_token(self, body: dict[str, str]) -> httpx2.Response:
        return self.browser.post("/oauth/token", json={"client_id": "kit-client", **body})

    def refresh(self) -> httpx2.Response:
        asked = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        answer = self.post_token(asked)
        if answer.is_success:
            self.tokens = answer.json()
        return answer

    def get(self, path: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.browser.get(f"/v4/{path}", headers=headers)

    def faulty(self, **rule: Any) -> int:
        answer = self.browser.post("/faults.json", json=rule)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def requests(self) -> dict[str, Any]:
        return dict(self.browser.get("/requests.json").json())


@pytest.fixture
def kit(browser: httpx2.Client, pasted: dict[str, Any]) -> Iterator[Kit]:
    kit = Kit(browser, pasted["app"]["redirect_uris"][0])
    kit.connect()
    browser.delete("/requests.json")
    return kit


# The rules


def test_a_rule_is_added_listed_and_removed(browser: httpx2.Client) -> None:
    rule = {"resource": "posts", "fault": "rate_limited", "retry_after": 7, "times": 3}
    made = browser.post("/faults.json", json=rule)
    shown = {**DEFAULTS, **rule, "id": 1, "taken": 0}
    assert (made.status_code, made.json()) == (201, shown)
    browser.post("/faults.json", json={"resource": "*", "fault": "latency", "seconds": 0.2})
    assert [each["id"] for each in browser.get("/faults.json").json()] == [1, 2]
    assert browser.delete("/faults/1.json").status_code == 204
    missing = browser.delete("/faults/1.json")
    assert (missing.status_code, len(missing.json()["errors"])) == (404, 1)
    assert [each["id"] for each in browser.get("/faults.json").json()] == [2]
    assert browser.delete("/faults.json").status_code == 204
    assert browser.get("/faults.json").json() == []


@pytest.mark.parametrize(
    ("rule", "mistakes"),
    [
        ([], ["Send one rule"]),
        ({}, ["resource must be", "fault must be"]),
        ({"resource": "/v4/posts", "fault": "dropped"}, ["resource must be"]),
        ({"resource": "post", "fault": "dropped"}, ["The sandbox has no resource post."]),
        ({"resource": ["posts"], "fault": ["dropped"]}, ["resource must be", "fault must be"]),
        ({"resource": "posts", "fault": "magic"}, ["fault must be one of latency, "]),
        ({"resource": "posts", "fault": "latency"}, ["latency needs seconds."]),
        ({"resource": "posts", "fault": "latency", "seconds": 61}, ["seconds must be"]),
        ({"resource": "posts", "fault": "latency", "seconds": "1"}, ["seconds must be"]),
        ({"resource": "posts", "fault": "latency", "seconds": True}, ["seconds must be"]),
        ({"resource": "posts", "fault": "dropped", "retry_after": 1}, ["retry_after belongs"]),
        ({"resource": "posts", "fault": "rate_limited", "retry_after": -1}, ["retry_after must"]),
        ({"resource": "posts", "fault": "lost_answer"}, ["lost_answer belongs"]),
        ({"resource": "oauth/token", "fault": "expired_token"}, ["expired_token does not"]),
        ({"resource": "oauth/revoke", "fault": "access_withheld"}, ["access_withheld does not"]),
        ({"resource": "oauth/revoke", "fault": "bare_tokens"}, ["bare_tokens belongs"]),
        ({"resource": "posts", "fault": "null_members"}, ["null_members belongs"]),
        ({"resource": "*", "fault": "revoked_token", "credential": "api_key"}, ["An API key"]),
        (
            {
                "resource": "posts",
                "fault": "dropped",
                "account": 1,
                "credential": "cookie",
                "times": 0,
                "color": "red",
            },
            ["color is not", "account must be", "credential must be", "times must be"],
        ),
    ],
)
def test_every_mistake_of_a_rule_is_named(
    browser: httpx2.Client, rule: Any, mistakes: list[str]
) -> None:
    answer = browser.post("/faults.json", json=rule)
    errors = answer.json()["errors"]
    assert answer.status_code == 422
    assert all(e.startswith(m) for e, m in zip(errors, mistakes, strict=True)), errors
    assert browser.get("/faults.json").json() == []


def test_a_body_that_is_no_json_is_refused(browser: httpx2.Client) -> None:
    assert browser.post("/faults.json", content=b"{").status_code == 422


@pytest.mark.parametrize("path", ["/faults.json", "/faults/1.json", "/requests.json"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_sites_cannot_change_the_rules(
    browser: httpx2.Client, method: str, path: str
) -> None:
    headers = {"Origin": "https://evil.example.com"}
    assert browser.request(method, path, headers=headers).status_code in {403, 405}


@pytest.mark.parametrize(
    ("resource", "hit", "missed"),
    [
        ("posts", ["posts", "posts/4101"], ["broadcasts", "account"]),
        ("posts/{id}", ["posts/4101", "posts/4102"], ["posts"]),
        ("posts/4101", ["posts/4101"], ["posts", "posts/4102"]),
        ("account", ["account", "account/colors"], ["posts"]),
        ("account/colors", ["account/colors"], ["account"]),
        ("*", ["posts", "account", "broadcasts", "nonsense"], []),
    ],
)
def test_a_rule_holds_for_its_resource_and_what_is_below(
    kit: Kit, resource: str, hit: list[str], missed: list[str]
) -> None:
    kit.faulty(resource=resource, fault="server_error")
    assert {kit.get(path).status_code for path in hit} == {500}
    assert kit.refresh().status_code == 200
    assert all(kit.get(path).status_code == 200 for path in missed)


def test_a_rule_can_be_for_one_account_or_one_credential(kit: Kit) -> None:
    def statuses() -> list[int]:
        answers = [kit.browser.get("/v4/account", headers=each) for each in (KEY, KETTLE_KEY)]
        return [kit.get("account").status_code, *(answer.status_code for answer in answers)]

    for rule, expected in [
        ({"account": HARBOUR}, [500, 500, 200]),
        ({"account": KETTLE}, [200, 200, 500]),
        ({"credential": "oauth"}, [500, 200, 200]),
        ({"credential": "api_key"}, [200, 500, 500]),
        ({"account": HARBOUR, "credential": "api_key"}, [200, 500, 200]),
    ]:
        kit.faulty(resource="account", fault="server_error", **rule)
        assert statuses() == expected, rule
        kit.browser.delete("/faults.json")


def test_a_rule_holds_for_so_many_requests_and_then_the_next_one(kit: Kit) -> None:
    kit.faulty(resource="posts", fault="rate_limited", times=2)
    kit.faulty(resource="posts", fault="server_error", times=1)
    assert [kit.get("posts").status_code for _ in range(4)] == [429, 429, 500, 200]
    assert kit.browser.get("/faults.json").json() == []


def test_a_rule_is_used_up_exactly_under_threads(kit: Kit) -> None:
    kit.faulty(resource="account", fault="server_error", times=25)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: kit.get("account").status_code, range(60))
        assert sorted(answers) == [200] * 35 + [500] * 25
    counts = kit.requests()
    assert counts["total"] == 60
    assert counts["by_status"] == {"200": 35, "500": 25}
    assert len(counts["log"]) == 60


# The kinds


def test_latency_waits_and_then_answers(kit: Kit) -> None:
    kit.faulty(resource="account", fault="latency", seconds=0.05, times=2)
    kit.faulty(resource="account", fault="server_error", times=1)
    for status in (500, 200):
        started = time.perf_counter()
        assert kit.get("account").status_code == status
        assert time.perf_counter() - started >= 0.05


@pytest.mark.parametrize("retry_after", [7, None])
def test_rate_limited_is_plain_text(kit: Kit, retry_after: int | None) -> None:
    kit.faulty(resource="posts", fault="rate_limited", retry_after=retry_after)
    answer = kit.get("posts")
    assert (answer.status_code, answer.text) == (429, "Retry later")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers.get("Retry-After") == (str(retry_after) if retry_after else None)


def test_html_error_is_a_page(kit: Kit) -> None:
    kit.faulty(resource="posts", fault="html_error")
    answer = kit.get("posts")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        503,
        "text/html; charset=utf-8",
    )
    assert answer.text.startswith("<!doctype html>")


def test_bad_json_is_framed_correctly(kit: Kit) -> None:
    whole = kit.get("posts").content
    kit.faulty(resource="posts", fault="bad_json")
    answer = kit.get("posts")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content == whole[: len(whole) // 2]


def test_truncated_breaks_off_in_the_middle(kit: Kit) -> None:
    whole = kit.get("posts").content
    kit.faulty(resource="posts", fault="truncated")
    headers = {"Authorization": f"Bearer {kit.tokens['access_token']}"}
    with kit.browser.stream("GET", "/v4/posts", headers=headers) as answer:
        assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(whole)))
        with pytest.raises(httpx2.RemoteProtocolError):
            answer.read()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_dropped_gives_no_answer(kit: Kit, method: str, capfd: pytest.CaptureFixture[str]) -> None:
    kit.faulty(resource="posts", fault="dropped", times=1)
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        kit.browser.request(method, "/v4/posts", headers=KEY)
    assert kit.requests()["by_status"] == {"none": 1}
    assert kit.browser.request(method, "/v4/posts", headers=KEY).status_code == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("times", [None, 1])
def test_an_expired_token_is_good_again_after_a_refresh(kit: Kit, times: int | None) -> None:
    stale = dict(kit.tokens)
    kit.faulty(resource="posts", fault="expired_token", account=HARBOUR, times=times)
    answer = kit.get("posts")
    assert (answer.status_code, answer.json()) == (401, {"errors": ["The access token expired"]})
    # The token has ended everywhere, not only where it met the rule.
    assert kit.get("account").status_code == 401
    assert kit.refresh().status_code == 200
    assert kit.get("posts").status_code == 200
    kit.tokens = stale
    assert kit.get("account").status_code == 401


def test_tokens_can_expire_again_and_again(kit: Kit) -> None:
    kit.faulty(resource="posts", fault="expired_token", times=2)
    for status in (401, 401, 200):
        assert kit.get("posts").status_code == status
        kit.refresh()


def test_a_revoked_token_cannot_be_refreshed(kit: Kit) -> None:
    kit.faulty(resource="posts", fault="revoked_token")
    assert kit.get("posts").status_code == 401
    refused = kit.refresh()
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    kit.connect()
    assert kit.get("posts").status_code == 200


def test_a_token_can_be_revoked_just_before_its_refresh(kit: Kit) -> None:
    kit.faulty(resource="oauth/token", fault="revoked_token", times=1)
    assert kit.refresh().json()["error"] == "invalid_grant"
    assert kit.get("posts").status_code == 401


def test_ending_tokens_leaves_other_accounts_and_keys_alone(kit: Kit) -> None:
    kit.faulty(resource="account", fault="revoked_token", account=HARBOUR)
    assert kit.browser.get("/v4/account", headers=KEY).status_code == 200
    kit.connect(KETTLE)
    assert kit.get("account").status_code == 200


def test_a_lost_answer_has_used_up_the_refresh_token(kit: Kit) -> None:
    kit.faulty(resource="oauth/token", fault="lost_answer", account=HARBOUR, times=1)
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        kit.refresh()
    assert kit.refresh().json()["error"] == "invalid_grant"
    assert kit.get("account").status_code == 200


def test_the_token_endpoint_can_fail_without_using_anything_up(kit: Kit) -> None:
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
    kit: Kit, fault: str, starts: str
) -> None:
    kit.faulty(resource="*", fault=fault, times=2)
    for _ in range(2):
        answer = kit.get("posts")
        assert answer.status_code == 401
        assert answer.text.startswith(starts)
        assert "access token" not in answer.text
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
    kit: Kit, fault: str, missing: set[str], odd: dict[str, Any]
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


def test_an_odd_token_response_leaves_refusals_as_they_are(kit: Kit) -> None:
    kit.faulty(resource="oauth/token", fault="bare_tokens")
    kit.tokens["refresh_token"] = "unknown"
    assert kit.refresh().json()["error"] == "invalid_grant"


def test_the_revocation_endpoint_can_fail_and_is_counted(kit: Kit) -> None:
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


# The counts


def test_requests_are_counted_and_logged_without_secrets(
    kit: Kit, clock: Callable[[], float]
) -> None:
    token = kit.tokens["access_token"]
    kit.get(f"posts?per_page=5&access_token={token}")
    kit.browser.get("/v4/posts/4101", headers=KEY)
    kit.browser.get("/v4/posts/1", headers=KEY)
    kit.browser.get("/v4/account", headers={"X-Kit-Api-Key": "nonsense"})
    kit.browser.get("/v4/account")
    kit.refresh()
    kit.browser.get("/v4/oauth/authorize")
    kit.browser.get("/")
    answer = kit.browser.get("/requests.json")
    report = answer.json()
    log = report.pop("log")
    assert report == {
        "total": 6,
        "by_resource": {"posts/{id}": 2, "account": 2, "posts": 1, "oauth/token": 1},
        "by_account": {str(HARBOUR): 4, "none": 2},
        "by_status": {"200": 3, "401": 2, "404": 1},
    }
    assert log[0] == {
        "at": clock(),
        "method": "GET",
        "resource": "posts",
        "path_and_query": "/v4/posts?per_page=5&access_token=...",
        "account": HARBOUR,
        "credential": "oauth",
        "status": 200,
    }
    assert [each["credential"] for each in log[1:]] == ["api_key"] * 3 + [None, "oauth"]
    secrets = [token, *kit.tokens.values(), *KEY.values(), "kit-secret"]
    assert not any(
        str(each) in answer.text for each in secrets if isinstance(each, str) and len(each) > 8
    )
    kit.browser.delete("/requests.json")
    assert kit.requests() == {
        "total": 0,
        "by_resource": {},
        "by_account": {},
        "by_status": {},
        "log": [],
    }


# Kit's own limits


@pytest.mark.parametrize(("credential", "allowed"), [("oauth", 600), ("api_key", 120)])
def test_each_credential_has_kits_limit_in_a_rolling_minute(
    kit: Kit, clock: Any, credential: str, allowed: int
) -> None:
    def get() -> httpx2.Response:
        if credential == "oauth":
            return kit.get("account")
        return kit.browser.get("/v4/account", headers=KEY)

    assert {get().status_code for _ in range(allowed // 2)} == {200}
    clock.advance(30)
    assert {get().status_code for _ in range(allowed - allowed // 2)} == {200}
    refused = get()
    assert (refused.status_code, refused.text) == (429, "Retry later")
    assert "Retry-After" not in refused.headers
    assert kit.browser.get("/v4/account", headers=KETTLE_KEY).status_code == 200
    assert kit.refresh().status_code == 200
    clock.advance(29)
    assert get().status_code == 429
    clock.advance(1)
    assert {get().status_code for _ in range(allowed // 2)} == {200}
    assert get().status_code == 429
