import httpx2
import pytest

HARBOUR = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
BLANK = {"X-Kit-Api-Key": "kit_sandbox_blank_page"}
KETTLE = {"X-Kit-Api-Key": "kit_sandbox_slow_kettle"}


@pytest.mark.parametrize("path", ["account", "account/colors", "posts", "posts/4101", "broadcasts"])
@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Authentication Failed"),
        ({"Authorization": "Bearer"}, "Authentication Failed"),
        ({"Authorization": "Bearer nonsense"}, "The access token is invalid"),
        ({"X-Kit-Api-Key": "nonsense"}, "The API key is invalid"),
    ],
)
def test_refuses_who_is_not_known(
    browser: httpx2.Client, path: str, headers: dict[str, str], message: str
) -> None:
    response = browser.get(f"/v4/{path}", headers=headers)
    assert (response.status_code, response.json()) == (401, {"errors": [message]})


@pytest.mark.parametrize("path", ["posts/1", "broadcasts/1", "posts/x", "nonsense", "account/x"])
def test_returns_404_in_kits_format(browser: httpx2.Client, path: str) -> None:
    response = browser.get(f"/v4/{path}", headers=HARBOUR)
    assert (response.status_code, response.json()) == (404, {"errors": ["Not Found"]})


@pytest.mark.parametrize(
    "query",
    [
        {"per_page": "0"},
        {"per_page": "1001"},
        {"per_page": "ten"},
        {"per_page": "9" * 5000},
        {"after": "nonsense"},
        {"after": "WyJ4Il0="},
        {"before": "e30="},
    ],
)
def test_refuses_a_page_that_cannot_be_read(browser: httpx2.Client, query: dict[str, str]) -> None:
    response = browser.get("/v4/posts", params=query, headers=HARBOUR)
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 1


def test_an_account_without_posts_has_an_empty_page(browser: httpx2.Client) -> None:
    response = browser.get("/v4/posts?include_total_count=true", headers=BLANK).json()
    assert response == {
        "posts": [],
        "pagination": {
            "has_previous_page": False,
            "has_next_page": False,
            "start_cursor": None,
            "end_cursor": None,
            "per_page": 500,
            "total_count": 0,
        },
    }


def test_an_older_account_has_broadcasts_and_no_posts(browser: httpx2.Client) -> None:
    assert browser.get("/v4/posts", headers=KETTLE).status_code == 404
    broadcasts = browser.get("/v4/broadcasts", headers=KETTLE).json()["broadcasts"]
    assert {broadcast["public"] for broadcast in broadcasts} == {True, False}


def test_an_account_can_lack_a_profile(browser: httpx2.Client) -> None:
    assert browser.get("/v4/account/creator_profile", headers=BLANK).status_code == 404


def test_content_comes_on_request_only(browser: httpx2.Client) -> None:
    def keys(path: str) -> set[str]:
        return set(browser.get(path, headers=HARBOUR).json()["posts"][0])

    assert keys("/v4/posts?include_content=true") - keys("/v4/posts") == {"content"}
    one = browser.get("/v4/posts/4101", headers=HARBOUR).json()["post"]
    assert one["content"].startswith("<p>")


@pytest.mark.parametrize("resource", ["posts", "broadcasts"])
def test_walks_every_page_there_and_back(browser: httpx2.Client, resource: str) -> None:
    everything = browser.get(f"/v4/{resource}", headers=HARBOUR).json()[resource]
    ids = [record["id"] for record in everything]
    assert ids == sorted(ids, reverse=True)

    def walk(query: dict[str, str], onward: str, cursor: str, has: str) -> list[list[int]]:
        pages = []
        while True:
            response = browser.get(
                f"/v4/{resource}", params={"per_page": "7", **query}, headers=HARBOUR
            ).json()
            pages.append([record["id"] for record in response[resource]])
            if not response["pagination"][has]:
                return pages
            query = {onward: response["pagination"][cursor]}

    forward = walk({}, "after", "end_cursor", "has_next_page")
    assert sum(forward, []) == ids
    backward = walk({"before": "WzFd"}, "before", "start_cursor", "has_previous_page")
    assert sum(reversed(backward), []) == ids


def test_a_cursor_is_the_id_in_base64(browser: httpx2.Client) -> None:
    response = browser.get("/v4/posts?after=WzQxMDJd&per_page=1", headers=HARBOUR).json()
    assert [post["id"] for post in response["posts"]] == [4101]
    assert response["pagination"] == {
        "has_previous_page": True,
        "has_next_page": False,
        "start_cursor": "WzQxMDFd",
        "end_cursor": "WzQxMDFd",
        "per_page": 1,
    }


def test_a_token_may_come_in_the_query_and_is_not_logged(browser: httpx2.Client) -> None:
    token = "kit_sandbox_harbour_letters_oauth"
    assert browser.get("/v4/account", params={"access_token": token}).status_code == 200
    assert token not in browser.get("/requests.json").text


@pytest.mark.parametrize(
    ("headers", "challenged"), [({"Authorization": "Bearer nonsense"}, True), ({}, False)]
)
def test_a_bad_token_is_challenged(
    browser: httpx2.Client, headers: dict[str, str], challenged: bool
) -> None:
    challenge = browser.get("/v4/account", headers=headers).headers.get("WWW-Authenticate", "")
    assert ('error_description="The access token is invalid"' in challenge) is challenged
