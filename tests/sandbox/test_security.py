from typing import Any

import httpx2
import pytest


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "127.0.0.1.evil.example.com", "10.0.0.1", "[::2]", "0.0.0.0", "[", "a b"],
)
@pytest.mark.parametrize("path", ["/", "/v4/account", "/oauth/token"])
def test_responds_to_loopback_names_only(browser: httpx2.Client, host: str, path: str) -> None:
    assert browser.get(path, headers={"Host": host}).status_code in {400, 421}


@pytest.mark.parametrize("host", ["localhost", "localhost:4000", "127.0.0.1:1", "[::1]:4000"])
def test_responds_to_every_loopback_name(browser: httpx2.Client, host: str) -> None:
    assert browser.get("/", headers={"Host": host}).status_code == 200


def test_a_page_redirects_to_the_host_that_has_the_cookie(browser: httpx2.Client) -> None:
    headers = {"Host": "localhost:1", "Sec-Fetch-Mode": "navigate"}
    response = browser.get("/drafts?a=b", headers=headers)
    assert response.headers["Location"] == str(browser.base_url.join("/drafts?a=b"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/dashboard/app.json"),
        ("POST", "/dashboard"),
        ("POST", "/session"),
        ("POST", "/apps/1/uninstall"),
        ("POST", "/drafts"),
        ("POST", "/live"),
        ("POST", "/v4/oauth/authorize"),
        ("POST", "/oauth/authorize"),
    ],
)
def test_takes_changes_from_its_own_pages_only(
    browser: httpx2.Client, method: str, path: str, headers: dict[str, str]
) -> None:
    assert browser.request(method, path, headers=headers).status_code == 403


def test_takes_changes_from_its_own_pages(browser: httpx2.Client) -> None:
    own = {"Origin": str(browser.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    response = browser.post("/dashboard", data={"name": "App"}, headers=own)
    assert response.status_code == 303


def test_refuses_a_large_body(browser: httpx2.Client) -> None:
    body = b"x" * (1024 * 1024 + 1)
    assert browser.put("/dashboard/app.json", content=body).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/apps/1",
        "/dashboard",
        "/dashboard/plugins/new",
        "/editor",
        "/drafts",
        "/faults",
        "/nowhere",
    ],
)
def test_every_page_has_a_strict_policy(
    browser: httpx2.Client, pasted: dict[str, Any], path: str
) -> None:
    response = browser.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert " style=" not in response.text
    assert " onclick=" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
