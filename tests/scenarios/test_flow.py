"""What a creator does with the app, over HTTP, both servers real processes."""

import base64
import json
import re
import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

REDIRECT_URI = "https://app.kit.com/apps/install"
STYLES = {
    "p": {"color": "rgb(45, 45, 47)", "font-family": "Charter, Georgia, serif", "font-size": "18px"}
}


def call(preview: Any, path: str, token: str, body: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.post(f"{preview.server}{path}", json=body, headers=headers)


def test_a_creator_installs_inserts_refreshes_and_uninstalls(preview: Any, creator: Any) -> None:
    token = creator.tokens()

    search = call(preview, "/blocks/post/search/post", token["access_token"], {"search": ""})
    options = search.json()["data"]
    assert search.json()["code"] == 200
    assert 0 < len(options) <= 50

    chosen = options[0]
    requested = {"settings": {"post": chosen["value"], "layout": "card"}, "styles": STYLES}
    block = call(preview, "/blocks/post/html", token["access_token"], requested).json()
    assert block["code"] == 200
    assert "#2d2d2f" in block["html"]

    again = call(
        preview, "/blocks/post/search/post", token["access_token"], {"search": chosen["value"]}
    )
    assert again.json()["data"] == [chosen]

    renewed = httpx2.post(
        f"{preview.server}/oauth/refresh",
        json={
            "client_id": "sandbox-app",
            "grant_type": "refresh_token",
            "refresh_token": token["refresh_token"],
        },
    ).json()
    assert renewed["access_token"] != token["access_token"]
    assert call(preview, "/blocks/post/html", renewed["access_token"], requested).json() == block

    revoked = httpx2.post(
        f"{preview.server}/oauth/revoke",
        json={
            "client_id": "sandbox-app",
            "client_secret": "sandbox-secret",
            "token": renewed["access_token"],
        },
    )
    assert (revoked.status_code, revoked.json()) == (200, {})
    for each in (token, renewed):
        refused = call(preview, "/blocks/post/html", each["access_token"], requested)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_the_sandbox_installs_and_uninstalls_through_its_app_page(creator: Any) -> None:
    page = creator.install()
    assert page.status_code == 200
    assert 'data-testid="uninstall"' in page.text
    page = creator.press(page, "uninstall")
    assert 'data-testid="install"' in page.text


def test_a_creator_who_is_signed_in_is_not_sent_to_kit_again(creator: Any) -> None:
    creator.authorize()
    address = f"{creator.preview.server}/oauth/authorize"
    query = "client_id=sandbox-app&response_type=code&redirect_uri=https://app.kit.com/apps/install"
    page = creator.browser.get(f"{address}?{query}")
    assert page.status_code == 200
    assert 'data-testid="allow"' in page.text


STATES = ["", "plain", "a b&c=d#e%/?+", 'é "\\ 🙂', "\r\n\t\0", "x" * 2048, "é" * 1024]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_the_state_comes_back_untouched(creator: Any, state: str, decision: str) -> None:
    parameters = {"state": state} if state else {}
    back = creator.authorize(decision, **parameters)
    assert back.params.get("state", "") == state
    assert ("code" in back.params) == (decision == "allow")
    assert back.params.get("error") == (None if decision == "allow" else "access_denied")


def test_a_creator_may_switch_to_another_account(creator: Any) -> None:
    creator.authorize()
    page = creator.visit(
        f"{creator.preview.server}/oauth/authorize?client_id=sandbox-app&response_type=code"
        "&redirect_uri=https://app.kit.com/apps/install&state=s"
    )
    assert "Harbour Letters" in page.text
    page = creator.press(page, "switch")
    assert page.url.host == httpx2.URL(creator.preview.sandbox).host
    page = creator.press(page, "kit-approve")
    back = creator.press(page, "allow", stop_at="https://app.kit.com")
    assert httpx2.URL(back.headers["Location"]).params["state"] == "s"


def test_refusing_kits_own_consent_denies_the_installation(creator: Any) -> None:
    page = creator.visit(
        f"{creator.preview.server}/oauth/authorize?client_id=sandbox-app&response_type=code"
        "&redirect_uri=https://app.kit.com/apps/install&state=s"
    )
    back = creator.press(page, "kit-deny", stop_at="https://app.kit.com")
    assert httpx2.URL(back.headers["Location"]).params["error"] == "access_denied"


def test_kit_connect_returns_to_exactly_the_address_it_was_given(creator: Any) -> None:
    target = f"{creator.preview.sandbox}/apps/1?success=true&next=a%20b"
    query = urlencode({"redirect": target})
    page = creator.visit(f"{creator.preview.server}/kit/connect?{query}")
    page = creator.press(page, "kit-approve")
    assert str(page.url) == target


def authorize_address(preview: Any, **changes: str) -> str:
    query = {"client_id": "sandbox-app", "response_type": "code", "redirect_uri": REDIRECT_URI}
    return f"{preview.server}/oauth/authorize?{urlencode({**query, **changes})}"


def connect_address(preview: Any, target: str) -> str:
    return f"{preview.server}/kit/connect?{urlencode({'redirect': target})}"


def test_connecting_and_authorizing_are_one_account_in_either_order(
    preview: Any, make_creator: Any
) -> None:
    target = f"{preview.sandbox}/apps/1"
    connect, authorize = connect_address(preview, target), authorize_address(preview)
    first = make_creator(preview)
    assert str(first.press(first.visit(connect), "kit-approve").url) == target
    assert 'data-testid="allow"' in first.visit(authorize).text
    second = make_creator(preview)
    second.authorize()
    assert second.visit(connect, stop_at=target).headers["Location"] == target
    with closing(sqlite3.connect(preview.data_dir / "plugin-server.db")) as db:
        counts = [
            db.execute(f"SELECT count(*) FROM {table} WHERE {column} = '2601'").fetchone()[0]
            for table, column in (("accounts", "id"), ("connections", "account_id"))
        ]
    assert counts == [1, 1]


def test_a_session_that_has_not_just_consented_does_not_connect_anybody(
    preview: Any, creator: Any
) -> None:
    target = f"{preview.sandbox}/apps/1"
    creator.authorize()
    creator.visit(connect_address(preview, target))
    page = creator.visit(connect_address(preview, target))
    assert 'data-testid="kit-approve"' in page.text


def test_refusing_kit_on_connect_does_not_look_like_success(preview: Any, creator: Any) -> None:
    page = creator.visit(connect_address(preview, f"{preview.sandbox}/apps/1?success=true"))
    page = creator.press(page, "kit-deny")
    assert (page.status_code, page.url.path) == (400, "/kit/callback")
    assert "Start again from Kit" in page.text


def callback_state(creator: Any) -> str:
    """Begin a sign-in; return the state that Kit would bring back."""
    page = creator.browser.get(authorize_address(creator.preview, state="s"))
    return str(httpx2.URL(page.headers["Location"]).params["state"])


def test_an_error_of_kit_that_is_no_refusal_is_reported_as_one(preview: Any, creator: Any) -> None:
    query = {"state": callback_state(creator), "error": "temporarily_unavailable"}
    back = creator.browser.get(f"{preview.server}/kit/callback", params=query)
    params = httpx2.URL(back.headers["Location"]).params
    assert (params["error"], params["state"]) == ("server_error", "s")


def test_a_response_of_another_server_is_not_taken_for_kits(preview: Any, creator: Any) -> None:
    for iss in ("https://evil.example", "", f"{preview.sandbox}.evil.example"):
        query = {"state": callback_state(creator), "code": "c", "iss": iss}
        response = creator.browser.get(f"{preview.server}/kit/callback", params=query)
        assert response.status_code == 400
        assert "not from Kit" in response.text


def test_a_sign_in_cannot_be_finished_in_another_browser(
    preview: Any, creator: Any, make_creator: Any
) -> None:
    query = {"state": callback_state(creator), "code": "c"}
    theirs = make_creator(preview).browser
    for _ in range(2):
        response = theirs.get(f"{preview.server}/kit/callback", params=query)
        assert response.status_code == 400
        assert "another browser" in response.text


def test_the_consent_page_and_its_cookie_are_locked_down(creator: Any) -> None:
    creator.authorize()
    page = creator.browser.get(
        f"{creator.preview.server}/oauth/authorize?client_id=sandbox-app&response_type=code"
        "&redirect_uri=https://app.kit.com/apps/install"
    )
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "form-action" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    fresh = httpx2.get(f"{creator.preview.server}/kit/connect")
    assert "HttpOnly" in fresh.headers["Set-Cookie"]
    assert "SameSite=Lax" in fresh.headers["Set-Cookie"]


def session_of(creator: Any) -> dict[str, Any]:
    """Return what the session cookie says, which is signed but not secret."""
    payload = creator.browser.cookies["plugin_session"].split(".")[0]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_the_session_is_a_new_one_after_sign_in(creator: Any) -> None:
    callback_state(creator)
    before = session_of(creator)
    creator.authorize("deny")
    after = session_of(creator)
    assert "account_id" not in before
    assert after["account_id"] == "2601"
    assert after["id"] != before["id"]


def test_kit_connect_leads_nowhere_else(creator: Any) -> None:
    page = creator.browser.get(
        f"{creator.preview.server}/kit/connect?redirect=https://evil.example"
    )
    assert page.status_code == 400
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example"},
        {"redirect_uri": "https://app.kit.com/apps/"},
        {"redirect_uri": "https://evil.example", "response_type": "token"},
        {"redirect_uri": "https://evil.example/\"'<é>", "scope": "x"},
    ],
)
def test_a_wrong_client_or_redirect_uri_is_a_page_and_never_a_redirect(
    creator: Any, change: dict[str, str]
) -> None:
    query = {
        "client_id": "sandbox-app",
        "response_type": "code",
        "redirect_uri": "https://app.kit.com/apps",
        **change,
    }
    page = creator.browser.get(f"{creator.preview.server}/oauth/authorize", params=query)
    assert page.status_code == 400
    assert "evil" not in page.text
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "é\"'"}, "unsupported_response_type"),
        ({"scope": "write:everything"}, "invalid_scope"),
        ({"scope": ["read:posts", "read:posts"]}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_any_other_mistake_is_sent_back_with_the_state(
    creator: Any, change: dict[str, Any], error: str
) -> None:
    back = creator.authorize(state="s", **change)
    assert str(back).startswith("https://app.kit.com/apps/install?")
    assert (back.params["error"], back.params["state"]) == (error, "s")
    assert back.params["iss"] == creator.preview.server


def test_a_consent_page_of_another_browser_cannot_be_submitted(
    preview: Any, creator: Any, make_creator: Any
) -> None:
    victim = make_creator(preview)
    victim.authorize()
    page = creator.visit(
        f"{preview.server}/oauth/authorize?client_id=sandbox-app&response_type=code"
        "&redirect_uri=https://app.kit.com/apps/install"
    )
    page = creator.press(page, "kit-approve")
    form = {"request": re.findall(r'name="request" value="([^"]+)"', page.text)[0]}
    response = victim.browser.post(
        f"{preview.server}/oauth/authorize", data={**form, "decision": "allow"}
    )
    assert response.status_code == 400
