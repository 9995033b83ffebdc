import base64
import hashlib
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

VERIFIER = "a-verifier-that-is-certainly-longer-than-43-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
def parameters(pasted: dict[str, Any]) -> dict[str, str]:
    """The parameters of a good authorization request."""
    return {
        "client_id": "kit-client",
        "response_type": "code",
        "redirect_uri": pasted["app"]["redirect_uris"][0],
        "state": "s1",
    }


def decide(
    browser: httpx2.Client, parameters: dict[str, str], decision: str = "approve"
) -> httpx2.URL:
    response = browser.post("/v4/oauth/authorize", data={**parameters, "decision": decision})
    assert response.status_code == 302, response.text
    return httpx2.URL(response.headers["Location"])


def redeem(
    browser: httpx2.Client, parameters: dict[str, str], code: str, **changes: str | None
) -> httpx2.Response:
    body = {
        "client_id": "kit-client",
        "client_secret": "kit-secret",
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": parameters["redirect_uri"],
        **changes,
    }
    sent = {name: value for name, value in body.items() if value is not None}
    return browser.post("/v4/oauth/token", json=sent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"client_id": ""},
        {"redirect_uri": "https://evil.example.com/"},
        {"redirect_uri": ""},
    ],
)
def test_never_redirects_for_an_unknown_client_or_uri(
    browser: httpx2.Client, parameters: dict[str, str], wrong: dict[str, str]
) -> None:
    for response in (
        browser.get("/v4/oauth/authorize", params={**parameters, **wrong}),
        browser.post("/v4/oauth/authorize", data={**parameters, **wrong, "decision": "approve"}),
    ):
        assert response.status_code == 400
        assert "Location" not in response.headers


def test_a_redirect_uri_is_compared_as_a_whole(
    browser: httpx2.Client, parameters: dict[str, str]
) -> None:
    parameters["redirect_uri"] += "/"
    assert browser.get("/v4/oauth/authorize", params=parameters).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_sends_other_errors_back_with_the_state(
    browser: httpx2.Client, parameters: dict[str, str], wrong: dict[str, str], error: str
) -> None:
    response = browser.get("/v4/oauth/authorize", params={**parameters, **wrong})
    parameters = httpx2.URL(response.headers["Location"]).params
    assert (parameters["error"], parameters["state"]) == (error, "s1")


@pytest.mark.parametrize("base", ["/v4/oauth", "/oauth"])
def test_shows_the_consent_page_under_both_paths(
    browser: httpx2.Client, parameters: dict[str, str], base: str
) -> None:
    response = browser.get(f"{base}/authorize", params=parameters)
    page = LexborHTMLParser(response.text)
    assert page.css_first("h1").text() == "Allow Harbour blocks to use your account?"
    assert page.css_first('[data-testid="kit-approve"]')
    assert page.css_first('[data-testid="kit-deny"]')
    assert (
        parameters["redirect_uri"].rpartition("/kit")[0]
        in response.headers["Content-Security-Policy"]
    )


def test_denying_goes_back_without_a_code(
    browser: httpx2.Client, parameters: dict[str, str]
) -> None:
    back = decide(browser, parameters, "deny")
    assert dict(back.params) == {"error": "access_denied", "state": "s1"}


def test_gives_tokens_that_open_the_api(browser: httpx2.Client, parameters: dict[str, str]) -> None:
    back = decide(browser, parameters)
    assert back.params["state"] == "s1"
    tokens = redeem(browser, parameters, back.params["code"]).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 172_800)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    account = browser.get("/v4/account", headers=headers).json()
    assert account["account"]["name"] == "Harbour Letters"


def test_the_tokens_belong_to_the_signed_in_creator(
    browser: httpx2.Client, parameters: dict[str, str]
) -> None:
    browser.post("/session", data={"account": "2603", "back": "/"})
    tokens = redeem(browser, parameters, decide(browser, parameters).params["code"]).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    account = browser.get("/v4/account", headers=headers).json()
    assert account["account"]["name"] == "The Slow Kettle"


@pytest.mark.parametrize(
    ("label", "as_json"),
    [
        ("application/json", True),
        ("application/x-www-form-urlencoded", True),
        ("application/x-www-form-urlencoded", False),
    ],
)
def test_the_body_is_json_or_a_form(
    browser: httpx2.Client, parameters: dict[str, str], label: str, as_json: bool
) -> None:
    code = decide(browser, parameters).params["code"]
    body = {
        "client_id": "kit-client",
        "client_secret": "kit-secret",
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": parameters["redirect_uri"],
    }
    request = httpx2.Request("POST", "http://x/", **({"json": body} if as_json else {"data": body}))
    response = browser.post("/oauth/token", content=request.read(), headers={"Content-Type": label})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "nonsense"}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example.com/"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": None}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code_verifier": VERIFIER}, "invalid_grant"),
    ],
)
def test_refuses_a_wrong_exchange(
    browser: httpx2.Client, parameters: dict[str, str], changes: dict[str, str | None], error: str
) -> None:
    code = decide(browser, parameters).params["code"]
    response = (
        redeem(browser, parameters, code, **changes)
        if "code" not in changes
        else redeem(browser, parameters, changes["code"] or "")
    )
    assert response.status_code == (401 if error == "invalid_client" else 400)
    assert response.json()["error"] == error


def test_a_code_works_once(browser: httpx2.Client, parameters: dict[str, str]) -> None:
    code = decide(browser, parameters).params["code"]
    assert redeem(browser, parameters, code).status_code == 200
    assert redeem(browser, parameters, code).json()["error"] == "invalid_grant"


def test_a_code_ends_after_ten_minutes(
    browser: httpx2.Client, parameters: dict[str, str], clock: Any
) -> None:
    code = decide(browser, parameters).params["code"]
    clock.advance(600)
    assert redeem(browser, parameters, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("verifier", "status"), [(VERIFIER, 200), (VERIFIER + "x", 400), ("short", 400), (None, 400)]
)
def test_a_challenge_demands_its_verifier(
    browser: httpx2.Client, parameters: dict[str, str], verifier: str | None, status: int
) -> None:
    code = decide(browser, {**parameters, **PKCE}).params["code"]
    response = redeem(browser, parameters, code, code_verifier=verifier)
    assert response.status_code == status


def test_a_public_app_needs_no_secret_with_pkce(
    browser: httpx2.Client, parameters: dict[str, str]
) -> None:
    code = decide(browser, {**parameters, **PKCE}).params["code"]
    response = redeem(browser, parameters, code, client_secret=None, code_verifier=VERIFIER)
    assert response.status_code == 200


def test_refreshing_rotates_the_refresh_token(
    browser: httpx2.Client, parameters: dict[str, str]
) -> None:
    def refresh(token: str) -> httpx2.Response:
        body = {
            "client_id": "kit-client",
            "grant_type": "refresh_token",
            "refresh_token": token,
        }
        return browser.post("/v4/oauth/token", json=body)

    first = redeem(browser, parameters, decide(browser, parameters).params["code"]).json()
    second = refresh(first["refresh_token"]).json()
    assert second["expires_in"] == 7_200
    assert refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(second["refresh_token"]).status_code == 200


def test_an_access_token_ends(
    browser: httpx2.Client, parameters: dict[str, str], clock: Any
) -> None:
    tokens = redeem(browser, parameters, decide(browser, parameters).params["code"]).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    clock.advance(172_799)
    assert browser.get("/v4/account", headers=headers).status_code == 200
    clock.advance(1)
    refused = browser.get("/v4/account", headers=headers)
    assert (refused.status_code, refused.json()) == (401, {"errors": ["The access token expired"]})


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("body", ["data", "json"])
@pytest.mark.parametrize("path", ["/oauth/revoke", "/v4/oauth/revoke"])
def test_a_revoked_token_ends_its_partner_and_the_installation(
    browser: httpx2.Client, parameters: dict[str, str], which: str, body: str, path: str
) -> None:
    tokens = redeem(browser, parameters, decide(browser, parameters).params["code"]).json()
    client = {"client_id": "kit-client", "client_secret": "kit-secret"}
    response = browser.post(path, **{body: {**client, "token": tokens[which]}})
    assert (response.status_code, response.json()) == (200, {})
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    refused = browser.get("/v4/account", headers=headers)
    assert refused.json() == {"errors": ["The access token is invalid"]}
    renewal = {"client_id": "kit-client", "grant_type": "refresh_token"}
    renewal["refresh_token"] = tokens["refresh_token"]
    assert browser.post("/oauth/token", json=renewal).json()["error"] == "invalid_grant"
    assert browser.post(path, **{body: {**client, "token": tokens[which]}}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"token": "nonsense"}, 200, None),
        ({"token": ""}, 400, "invalid_request"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
    ],
)
def test_a_revocation_needs_the_client_and_any_token(
    browser: httpx2.Client,
    parameters: dict[str, str],
    changes: dict[str, str],
    status: int,
    error: str | None,
) -> None:
    tokens = redeem(browser, parameters, decide(browser, parameters).params["code"]).json()
    body = {
        "client_id": "kit-client",
        "client_secret": "kit-secret",
        "token": tokens["refresh_token"],
        **changes,
    }
    response = browser.post("/oauth/revoke", data=body)
    assert (response.status_code, response.json().get("error")) == (status, error)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert browser.get("/v4/account", headers=headers).status_code == 200


def test_a_developer_can_let_the_access_token_end(
    browser: httpx2.Client, parameters: dict[str, str]
) -> None:
    tokens = redeem(browser, parameters, decide(browser, parameters).params["code"]).json()
    browser.post("/apps/1/end-tokens")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert browser.get("/v4/account", headers=headers).status_code == 401


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b""])
def test_refuses_a_body_that_is_neither(
    browser: httpx2.Client, pasted: dict[str, Any], body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    response = browser.post("/v4/oauth/token", content=body, headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
