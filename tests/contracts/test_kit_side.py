"""Every response of the sandbox's Kit side has the shape that Kit documents."""

import httpx2
import pytest
from support.kit.shapes import problems

ERRORS = "errors:str[]"
KEYS = {
    name: {"X-Kit-Api-Key": f"kit_sandbox_{name}"}
    for name in ("harbour_letters", "blank_page", "slow_kettle", "sixty_letters")
}
COLLECTIONS = ["forms", "custom_fields", "email_templates", "sequences", "tags", "segments"]
CALLBACK = "https://plugins.example.com/kit/callback"
PAGES = [
    "",
    "?per_page=3",
    "?per_page=3&include_total_count=true",
    "?per_page=1000",
    "?after=WzQxMTBd&per_page=4",
    "?before=WzQxMTBd&per_page=4",
    "?after=WzFd",
    "?before=Wzk5OTk5XQ==",
]


def page_of(many: str) -> str:
    return f"{many}:{many.removesuffix('s')}[] pagination:pagination"


def has_shape(response: httpx2.Response, shape: str, status: int = 200) -> None:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    assert problems(response.json(), shape) == []


@pytest.mark.parametrize("account", KEYS)
def test_the_account(kit: httpx2.Client, account: str) -> None:
    has_shape(kit.get("/v4/account", headers=KEYS[account]), "user:user account:account")
    has_shape(kit.get("/v4/account/colors", headers=KEYS[account]), "colors:hex[]")
    profile = kit.get("/v4/account/creator_profile", headers=KEYS[account])
    if account == "blank_page":
        has_shape(profile, ERRORS, 404)
    else:
        has_shape(profile, "profile:profile")


@pytest.mark.parametrize("account", KEYS)
@pytest.mark.parametrize("query", ["", "?starting=2026-01-01&ending=2026-01-31"])
def test_the_statistics(kit: httpx2.Client, account: str, query: str) -> None:
    has_shape(
        kit.get(f"/v4/account/growth_stats{query}", headers=KEYS[account]), "stats:growth_stats"
    )
    has_shape(kit.get("/v4/account/email_stats", headers=KEYS[account]), "stats:email_stats")


@pytest.mark.parametrize("query", PAGES)
@pytest.mark.parametrize("account", KEYS)
@pytest.mark.parametrize("resource", ["posts", "broadcasts", *COLLECTIONS])
def test_each_page(kit: httpx2.Client, account: str, resource: str, query: str) -> None:
    response = kit.get(f"/v4/{resource}{query}", headers=KEYS[account])
    if (account, resource) == ("slow_kettle", "posts"):
        has_shape(response, ERRORS, 404)
    else:
        has_shape(response, page_of(resource))
        assert ("total_count" in response.json()["pagination"]) == ("total_count" in query)


def test_posts_with_their_content(kit: httpx2.Client) -> None:
    response = kit.get("/v4/posts?include_content=true", headers=KEYS["harbour_letters"])
    has_shape(response, page_of("posts"))
    assert all("content" in post for post in response.json()["posts"])


@pytest.mark.parametrize("type_", ["", "embed", "hosted"])
@pytest.mark.parametrize("status", ["", "active", "archived", "trashed", "all"])
def test_forms_by_type_and_status(kit: httpx2.Client, type_: str, status: str) -> None:
    query = {"type": type_, "status": status}
    has_shape(kit.get("/v4/forms", params=query, headers=KEYS["harbour_letters"]), page_of("forms"))


@pytest.mark.parametrize("query", PAGES)
def test_purchases(kit: httpx2.Client, bearer: dict[str, str], query: str) -> None:
    response = kit.get(f"/v4/purchases{query}", headers=bearer)
    has_shape(response, page_of("purchases"))
    for record in response.json()["purchases"]:
        has_shape(kit.get(f"/v4/purchases/{record['id']}", headers=bearer), "purchase:purchase")
    has_shape(kit.get("/v4/purchases/1", headers=bearer), ERRORS, 404)


@pytest.mark.parametrize("path", ["purchases", "purchases/901"])
def test_purchases_with_an_api_key(kit: httpx2.Client, path: str) -> None:
    has_shape(kit.get(f"/v4/{path}", headers=KEYS["harbour_letters"]), ERRORS, 401)


@pytest.mark.parametrize("resource", ["post", "broadcast"])
def test_each_record(kit: httpx2.Client, resource: str) -> None:
    headers = KEYS["harbour_letters"]
    for record in kit.get(f"/v4/{resource}s", headers=headers).json()[f"{resource}s"]:
        has_shape(
            kit.get(f"/v4/{resource}s/{record['id']}", headers=headers), f"{resource}:{resource}"
        )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v4/posts/1", 404),
        ("GET", "/v4/broadcasts/1", 404),
        ("GET", "/v4/nonsense", 404),
        ("GET", "/v4/", 404),
        ("POST", "/v4/posts", 404),
        ("DELETE", "/v4/account", 404),
        ("GET", "/v4/posts?per_page=1001", 422),
        ("GET", "/v4/broadcasts?after=nonsense", 422),
        ("GET", "/v4/forms?status=nonsense", 422),
        ("GET", "/v4/forms?type=nonsense", 422),
        ("GET", "/v4/tags?per_page=0", 422),
        ("GET", "/v4/account/growth_stats?starting=yesterday&ending=today", 422),
        ("GET", "/v4/account/growth_stats?starting=2026-02-01&ending=2026-01-01", 422),
    ],
)
def test_each_error(kit: httpx2.Client, method: str, path: str, status: int) -> None:
    has_shape(kit.request(method, path, headers=KEYS["harbour_letters"]), ERRORS, status)


@pytest.mark.parametrize(
    "path",
    [
        "account",
        "account/colors",
        "account/creator_profile",
        "posts",
        "posts/1",
        "broadcasts",
        "broadcasts/1",
        "account/growth_stats",
        "account/email_stats",
        "purchases",
        "purchases/901",
        *COLLECTIONS,
    ],
)
def test_each_resource_wants_a_credential(kit: httpx2.Client, path: str) -> None:
    has_shape(kit.get(f"/v4/{path}"), ERRORS, 401)


def token_request(kit: httpx2.Client) -> dict[str, str]:
    """Paste an app, let the creator approve it, and return what changes the code for tokens."""
    app = {
        "name": "App",
        "authorization_url": "https://plugins.example.com/kit/connect",
        "redirect_uris": [CALLBACK],
        "kit_client_id": "id",
        "kit_client_secret": "secret",
    }
    assert kit.put("/dashboard/app.json", json={"app": app}).status_code == 200
    request = {"client_id": "id", "response_type": "code", "redirect_uri": CALLBACK}
    response = kit.post("/v4/oauth/authorize", data={**request, "decision": "approve"})
    return {
        "client_id": "id",
        "client_secret": "secret",
        "grant_type": "authorization_code",
        "code": httpx2.URL(response.headers["Location"]).params["code"],
        "redirect_uri": CALLBACK,
    }


@pytest.fixture(scope="module")
def bearer(kit: httpx2.Client) -> dict[str, str]:
    """The header of an access token of the developer's account."""
    tokens = kit.post("/v4/oauth/token", json=token_request(kit)).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_the_token_endpoint(kit: httpx2.Client) -> None:
    grant = token_request(kit)
    tokens = kit.post("/v4/oauth/token", json=grant)
    has_shape(tokens, "token")
    refresh = {
        "client_id": "id",
        "grant_type": "refresh_token",
        "refresh_token": tokens.json()["refresh_token"],
    }
    has_shape(kit.post("/v4/oauth/token", json=refresh), "token")
    has_shape(kit.post("/v4/oauth/token", json=refresh), "token_error", 400)
    has_shape(kit.post("/v4/oauth/token", json={**grant, "client_id": "x"}), "token_error", 401)
    has_shape(kit.post("/v4/oauth/token", json={}), "token_error", 401)
    has_shape(kit.post("/v4/oauth/token", content=b"x"), "token_error", 400)
