"""Simulated failures between Kit and a plugin, on one request."""

from typing import Any

import httpx2
import pytest

REQUEST: dict[str, Any] = {"settings": {}, "styles": {}}
RENEWED = {"access_token": "a2", "refresh_token": "r2", "expires_in": 3600, "created_at": 2}


@pytest.fixture
def block(installed: httpx2.Client) -> str:
    draft = installed.post("/drafts", json={"subject": "A letter"}).json()["id"]
    made = installed.post(f"/editor/{draft}/blocks", json={"plugin_id": 1}).json()
    return f"/editor/{draft}/blocks/{made['id']}"


def render(browser: httpx2.Client, block: str, kind: str) -> dict[str, Any]:
    response = browser.post(f"{block}/html", json={**REQUEST, "simulate": kind})
    assert response.status_code == 200, response.text
    return dict(response.json())


def know_only(foreign: Any, token: str) -> None:
    """Let the app response 401 to every other access token."""

    def html(request: dict[str, Any]) -> tuple[int, Any]:
        good = request["headers"]["Authorization"] == f"Bearer {token}"
        return (200, {"code": 200, "html": "<p>Hello</p>"}) if good else (401, {})

    foreign.responses["/html"] = html


def test_a_plugin_that_is_down_gets_no_request(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    assert render(installed, block, "down")["errors"] == [
        "The app could not be reached (ConnectError)."
    ]
    found = installed.post(
        f"{block}/search/post", json={**REQUEST, "search": "", "simulate": "down"}
    )
    assert "could not be reached" in found.json()["errors"][0]
    assert foreign.requests[1:] == []  # the first was for the tokens


def test_an_expired_token_is_refreshed_as_in_kit(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    know_only(foreign, "a2")
    foreign.responses["/refresh"] = RENEWED
    assert render(installed, block, "expired")["html"] == "<p>Hello</p>"
    sent = [request["headers"]["Authorization"] for request in foreign.to("/html")]
    assert sent[0].startswith("Bearer expired-")
    assert sent[1:] == ["Bearer a2"]
    assert foreign.to("/refresh")[0]["body"]["refresh_token"] == "r1"


def test_a_simulation_whose_refresh_fails_does_not_end_the_installation(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    know_only(foreign, "a1")
    foreign.responses["/refresh"] = {"error": "invalid_grant"}
    assert "Install the app again" in render(installed, block, "expired")["errors"][0]
    assert render(installed, block, "")["html"] == "<p>Hello</p>"


def test_a_slow_plugin_is_shown_all_the_same(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    assert render(installed, block, "slow")["html"] == "<p>Hello</p>"


def test_without_authorization_no_token_can_expire(
    installed: httpx2.Client, foreign: Any, block: str, pasted: dict[str, Any]
) -> None:
    pasted["plugins"][0]["authorization"] = "none"
    installed.put("/dashboard/app.json", json=pasted)
    installed.post("/apps/1/uninstall")
    assert render(installed, block, "expired")["html"] == "<p>Hello</p>"


@pytest.mark.parametrize("kind", ["fire", None, 7, {}])
def test_an_unknown_kind_changes_nothing(installed: httpx2.Client, block: str, kind: Any) -> None:
    assert render(installed, block, kind)["html"] == "<p>Hello</p>"
