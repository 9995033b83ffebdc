from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser


def start(browser: httpx2.Client) -> httpx2.URL:
    return httpx2.URL(browser.get("/apps/1/install").headers["Location"])


def finish(browser: httpx2.Client, **parameters: str) -> httpx2.Response:
    return browser.get("/apps/install", params=parameters)


def shown_message(response: httpx2.Response) -> str:
    return LexborHTMLParser(response.text).css_first("main p").text()


def is_installed(browser: httpx2.Client) -> bool:
    return 'data-testid="uninstall"' in browser.get("/apps/1").text


def test_install_redirects_to_the_app_with_kits_parameters(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    target = start(browser)
    assert str(target).startswith(pasted["app"]["authorize_url"] + "?")
    assert target.params["client_id"] == "plugin-client"
    assert target.params["response_type"] == "code"
    assert target.params["redirect_uri"] == str(browser.base_url.join("/apps/install"))
    assert len(target.params["state"]) > 20


def test_install_keeps_the_query_of_the_authorize_url(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    pasted["app"]["authorize_url"] += "?tenant=one"
    browser.put("/dashboard/app.json", json=pasted)
    assert start(browser).params["tenant"] == "one"


def test_the_code_is_exchanged_as_kit_does_it(installed: httpx2.Client, foreign: Any) -> None:
    (request,) = foreign.to("/token")
    assert request["body"] == {
        "client_id": "plugin-client",
        "client_secret": "plugin-secret",
        "grant_type": "authorization_code",
        "code": "c1",
        "redirect_uri": str(installed.base_url.join("/apps/install")),
    }
    assert is_installed(installed)


def test_install_goes_on_to_the_api_access(browser: httpx2.Client, pasted: dict[str, Any]) -> None:
    response = finish(browser, code="c1", state=start(browser).params["state"])
    target = httpx2.URL(response.headers["Location"])
    assert str(target).startswith(pasted["app"]["authorization_url"] + "?redirect=http%3A")
    assert target.params["redirect"] == str(browser.base_url.join("/apps/1?success=true"))


def test_install_ends_at_the_app_page_without_api_access(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    none = {
        "authorization_url": "",
        "redirect_uris": [],
        "kit_client_id": "",
        "kit_client_secret": "",
    }
    app = {**pasted["app"], **none}
    browser.put("/dashboard/app.json", json={**pasted, "app": app})
    response = finish(browser, code="c1", state=start(browser).params["state"])
    assert response.headers["Location"].endswith("/apps/1?success=true")


def test_an_app_that_requests_nothing_needs_no_installation(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    assert "is not installed for Harbour Letters" in browser.get("/editor").text
    plugins = [{**pasted["plugins"][0], "authorization": "none"}]
    browser.put("/dashboard/app.json", json={"app": {"name": "Open"}, "plugins": plugins})
    assert 'data-testid="insert-post"' in browser.get("/editor").text
    page = browser.get("/apps/1").text
    assert "nothing to install" in page
    assert 'data-testid="install"' not in page
    assert 'data-testid="uninstall"' not in page
    assert start(browser).path == "/apps/1"


@pytest.mark.parametrize("state", ["", "another"])
def test_refuses_a_state_that_is_not_this_browsers(
    browser: httpx2.Client, pasted: dict[str, Any], state: str
) -> None:
    start(browser)
    response = finish(browser, code="c1", state=state)
    assert response.status_code == 400
    assert "does not belong to an installation" in shown_message(response)
    assert not is_installed(browser)


def test_a_state_works_once(installed: httpx2.Client, foreign: Any) -> None:
    assert finish(installed, code="c1", state="").status_code == 400
    assert len(foreign.to("/token")) == 1


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"error": "access_denied"}, "You did not allow the connection"),
        ({"error": "server_error"}, "The app refused the installation: server_error."),
        ({}, "The app refused the installation: it sent no code."),
    ],
)
def test_reports_why_the_app_refused(
    browser: httpx2.Client, pasted: dict[str, Any], parameters: dict[str, str], sentence: str
) -> None:
    response = finish(browser, state=start(browser).params["state"], **parameters)
    assert response.status_code == 400
    assert sentence in shown_message(response)


@pytest.mark.parametrize(
    ("token_response", "sentence"),
    [
        (lambda _: (401, {"error": "invalid_client"}), "responded with 401: invalid_client."),
        (lambda _: (500, b"<h1>Oops</h1>"), "responded with 500: no reason given."),
        (b"nonsense", "lacks access_token, refresh_token, expires_in, created_at"),
        ({"access_token": "a", "expires_in": "1"}, "lacks refresh_token, expires_in, created_at"),
    ],
)
def test_reports_an_invalid_token_response(
    browser: httpx2.Client, pasted: dict[str, Any], foreign: Any, token_response: Any, sentence: str
) -> None:
    foreign.responses["/token"] = token_response
    response = finish(browser, code="c1", state=start(browser).params["state"])
    assert response.status_code == 502
    assert sentence in shown_message(response)
    assert not is_installed(browser)


def test_uninstall_revokes_and_forgets(installed: httpx2.Client, foreign: Any) -> None:
    installed.post("/apps/1/uninstall")
    (request,) = foreign.to("/revoke")
    assert request["body"] == {
        "client_id": "plugin-client",
        "client_secret": "plugin-secret",
        "token": "a1",
    }
    assert not is_installed(installed)
    assert "is not installed for Harbour Letters" in installed.get("/editor").text


def test_uninstall_ends_the_tokens_of_the_kit_api(
    installed: httpx2.Client, pasted: dict[str, Any]
) -> None:
    redirect_uri = pasted["app"]["redirect_uris"][0]
    parameters = {"client_id": "kit-client", "response_type": "code", "redirect_uri": redirect_uri}
    back = installed.post("/oauth/authorize", data={**parameters, "decision": "approve"})
    code = httpx2.URL(back.headers["Location"]).params["code"]
    body = {**parameters, "client_secret": "kit-secret", "grant_type": "authorization_code"}
    tokens = installed.post("/oauth/token", json={**body, "code": code}).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert installed.get("/v4/account", headers=headers).status_code == 200
    installed.post("/apps/1/uninstall")
    assert installed.get("/v4/account", headers=headers).status_code == 401


def test_uninstall_forgets_even_when_the_app_fails(installed: httpx2.Client, foreign: Any) -> None:
    foreign.responses["/revoke"] = lambda _: (500, {})
    installed.post("/apps/1/uninstall")
    page = installed.get("/apps/1").text
    assert "The app did not confirm: status 500" in page
    assert 'data-testid="install"' in page


def test_an_installation_belongs_to_one_creator(installed: httpx2.Client) -> None:
    installed.post("/session", data={"account": "2602", "back": "/apps/1"})
    assert not is_installed(installed)
    installed.post("/session", data={"account": "2601", "back": "/apps/1"})
    assert is_installed(installed)


def test_only_the_developer_sees_inactive_plugins(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    pasted["plugins"][0]["active"] = False
    browser.put("/dashboard/app.json", json=pasted)
    assert "One of your posts" in browser.get("/apps/1").text
    browser.post("/session", data={"account": "2602", "back": "/apps/1"})
    assert "One of your posts" not in browser.get("/apps/1").text


@pytest.mark.parametrize("back", ["https://evil.example.com/", "//evil.example.com", "/\\evil", ""])
def test_switching_goes_to_own_pages_only(browser: httpx2.Client, back: str) -> None:
    response = browser.post("/session", data={"account": "2602", "back": back})
    assert response.headers["Location"] == "/apps/1"


def test_switching_refuses_an_unknown_creator(browser: httpx2.Client) -> None:
    assert browser.post("/session", data={"account": "1"}).status_code == 400


def test_the_cookie_has_a_name_of_its_own(browser: httpx2.Client, pasted: dict[str, Any]) -> None:
    start(browser)
    assert "sandbox_session" in browser.cookies


def test_install_requests_the_scopes_of_all_plugins_once(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    assert "scope" not in start(browser).params
    (post,) = pasted["plugins"]
    plugins = [
        {**post, "scopes": "read:posts, read:profile"},
        {**post, "name": "Form", "scopes": ["read:forms", "read:posts"]},
        {**post, "name": "Open", "authorization": "none", "scopes": "read:nothing"},
    ]
    browser.put("/dashboard/app.json", json={**pasted, "plugins": plugins})
    assert start(browser).params["scope"] == "read:posts read:profile read:forms"


def with_app(browser: httpx2.Client, pasted: dict[str, Any], **fields: Any) -> None:
    app = {**pasted["app"], **fields}
    assert browser.put("/dashboard/app.json", json={**pasted, "app": app}).status_code == 200


def test_after_installing_the_app_page_offers_to_go_on(
    installed: httpx2.Client, pasted: dict[str, Any]
) -> None:
    def offered() -> list[str | None]:
        page = LexborHTMLParser(installed.get("/apps/1?success=true").text)
        return [link.attributes["href"] for link in page.css('[data-testid="after-install"]')]

    assert offered() == []
    with_app(installed, pasted, redirect_after_install="https://x.example.com/welcome")
    assert offered() == ["https://x.example.com/welcome"]


def test_an_installation_returns_to_where_it_was_started(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    with_app(browser, pasted, return_to_domains="shop.example.com")
    back = "https://shop.example.com/done?step=2"
    begun = browser.get("/apps/1/install", params={"return_to": back, "k_app_id": "k_1"})
    state = httpx2.URL(begun.headers["Location"]).params["state"]
    finish(browser, code="c1", state=state)
    assert browser.get("/apps/1?success=true").headers["Location"] == back
    assert browser.get("/apps/1?success=true").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.com/",
        "https://shop.example.com.evil.example/",
        "https://shop.example.com@evil.example/",
        "https://sub.shop.example.com/",
        "http://shop.example.com/",
        "//shop.example.com/",
        "javascript:alert(1)//shop.example.com",
        "https://shop.example.com\\@evil.example/",
    ],
)
def test_an_installation_returns_to_no_other_domain(
    browser: httpx2.Client, pasted: dict[str, Any], url: str
) -> None:
    with_app(browser, pasted, return_to_domains="shop.example.com")
    response = browser.get("/apps/1/install", params={"return_to": url})
    assert response.status_code == 400
    assert "allowed return_to domains" in shown_message(response)
