"""The log and the counts of requests to Kit's API."""

from collections.abc import Callable
from typing import Any

HARBOUR = 2601
KEY = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}


def test_requests_are_counted_and_logged_without_secrets(
    kit: Any, clock: Callable[[], float]
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
    response = kit.browser.get("/requests.json")
    report = response.json()
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
        "body": None,
        "status": 200,
    }
    assert [each["credential"] for each in log[1:]] == ["api_key"] * 3 + [None, "oauth"]
    secrets = [token, *kit.tokens.values(), *KEY.values(), "kit-secret"]
    assert not any(
        str(each) in response.text for each in secrets if isinstance(each, str) and len(each) > 8
    )
    kit.browser.delete("/requests.json")
    assert kit.requests() == {
        "total": 0,
        "by_resource": {},
        "by_account": {},
        "by_status": {},
        "log": [],
    }
