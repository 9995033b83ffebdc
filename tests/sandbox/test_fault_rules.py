"""Rules of fault injection: how a program adds them, and for which requests they hold."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

HARBOUR, KETTLE = 2601, 2603
KEY = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
KETTLE_KEY = {"X-Kit-Api-Key": "kit_sandbox_slow_kettle"}
DEFAULTS = {"account": None, "credential": None, "seconds": 0, "retry_after": None, "times": None}


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
    ("rule", "messages"),
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
        ({"resource": "posts", "fault": "lost_response"}, ["lost_response belongs"]),
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
            ["account must be", "credential must be", "times must be", "color is not"],
        ),
    ],
)
def test_every_error_of_a_rule_is_reported(
    browser: httpx2.Client, rule: Any, messages: list[str]
) -> None:
    response = browser.post("/faults.json", json=rule)
    errors = response.json()["errors"]
    assert response.status_code == 422
    assert all(e.startswith(m) for e, m in zip(errors, messages, strict=True)), errors
    assert browser.get("/faults.json").json() == []


def test_a_body_that_is_not_json_is_rejected(browser: httpx2.Client) -> None:
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
    kit: Any, resource: str, hit: list[str], missed: list[str]
) -> None:
    kit.faulty(resource=resource, fault="server_error")
    assert {kit.get(path).status_code for path in hit} == {500}
    assert kit.refresh().status_code == 200
    assert all(kit.get(path).status_code == 200 for path in missed)


def test_a_rule_can_be_for_one_account_or_one_credential(kit: Any) -> None:
    def statuses() -> list[int]:
        responses = [kit.browser.get("/v4/account", headers=each) for each in (KEY, KETTLE_KEY)]
        return [kit.get("account").status_code, *(response.status_code for response in responses)]

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


def test_a_rule_holds_for_its_number_of_requests_and_then_the_next_one(kit: Any) -> None:
    kit.faulty(resource="posts", fault="rate_limited", times=2)
    kit.faulty(resource="posts", fault="server_error", times=1)
    assert [kit.get("posts").status_code for _ in range(4)] == [429, 429, 500, 200]
    assert kit.browser.get("/faults.json").json() == []


def test_a_rule_is_used_up_exactly_under_threads(kit: Any) -> None:
    kit.faulty(resource="account", fault="server_error", times=25)
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda _: kit.get("account").status_code, range(60))
        assert sorted(responses) == [200] * 35 + [500] * 25
    counts = kit.requests()
    assert counts["total"] == 60
    assert counts["by_status"] == {"200": 35, "500": 25}
    assert len(counts["log"]) == 60
