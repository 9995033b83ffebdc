"""The accounts with very many posts, over HTTP."""

import unicodedata
from collections import Counter
from typing import Any

import httpx2
import pytest

from plugin_server.sandbox.kit.account_files import load_accounts

ARCHIVES = {2660: ("sixty", 60), 2610: ("ten_thousand", 10_000), 2650: ("fifty_thousand", 50_000)}
BASE = "http://127.0.0.1:4000"


def key(name: str) -> dict[str, str]:
    return {"X-Kit-Api-Key": f"kit_sandbox_{name}_letters"}


def walk(browser: httpx2.Client, name: str, **query: str) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = []
    query = {"per_page": "1000", **query}
    while True:
        response = browser.get("/v4/posts", params=query, headers=key(name)).json()
        posts += response["posts"]
        if not response["pagination"]["has_next_page"]:
            return posts
        query["after"] = response["pagination"]["end_cursor"]


@pytest.mark.parametrize(("name", "published"), ARCHIVES.values())
@pytest.mark.slow
def test_an_archive_has_exactly_so_many_published_posts(
    browser: httpx2.Client, name: str, published: int
) -> None:
    posts = walk(browser, name)
    states = Counter(post["status"] for post in posts)
    assert states == {"published": published, "draft": 4, "scheduled": 2}
    ids = [post["id"] for post in posts]
    assert ids == sorted(ids, reverse=True)
    dates = [post["published_at"] for post in posts if post["status"] == "published"]
    assert dates == sorted(dates, reverse=True)
    urls = [post["public_url"] for post in posts if post["public_url"]]
    assert len(urls) == len(set(urls)) == published
    first_published = next(n for n, post in enumerate(posts) if post["status"] == "published")
    assert any(post["status"] == "draft" for post in posts[first_published:])
    assert any(post["thumbnail_url"] for post in posts)
    assert any(post["description"] is None for post in posts)
    count = browser.get("/v4/posts?include_total_count=true&per_page=1", headers=key(name)).json()
    assert count["pagination"]["total_count"] == len(posts)


def test_titles_are_varied_as_in_life(browser: httpx2.Client) -> None:
    titles = Counter(post["title"] for post in walk(browser, "ten_thousand"))
    assert len(titles) > 5_000
    assert titles["Monday notes"] > 10
    assert any("é" in title for title in titles)
    scripts = {unicodedata.name(title[0]).split()[0] for title in titles}
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "HANGUL", "DEVANAGARI"} <= scripts


def test_an_archive_is_the_same_at_every_start() -> None:
    first, second = (load_accounts(BASE)[2610].posts or [] for _ in range(2))
    for index in (0, 1, 5_000, -1):
        assert first[index] == second[index]
    assert first[3:5] == [second[3], second[4]]
    with pytest.raises(IndexError):
        first[len(first)]


def test_content_is_made_on_demand_and_stays_the_same(browser: httpx2.Client) -> None:
    def get(path: str) -> dict[str, Any]:
        return dict(browser.get(f"/v4/{path}", headers=key("fifty_thousand")).json())

    assert "content" not in get("posts?per_page=1")["posts"][0]
    listed = get("posts?per_page=1&include_content=true")["posts"][0]
    assert listed["content"].startswith("<p>")
    assert get(f"posts/{listed['id']}")["post"] == listed
    assert get("posts/5000000") == {"errors": ["Not Found"]}
    assert get(f"posts/{listed['id'] + 1}") == {"errors": ["Not Found"]}


def test_pages_run_backwards_too(browser: httpx2.Client) -> None:
    forward = walk(browser, "sixty", per_page="7")
    cursor, backward = "WzFd", []
    while cursor:
        query = {"per_page": "7", "before": cursor}
        response = browser.get("/v4/posts", params=query, headers=key("sixty")).json()
        backward = response["posts"] + backward
        has_more = response["pagination"]["has_previous_page"]
        cursor = response["pagination"]["start_cursor"] if has_more else ""
    assert backward == forward


def test_the_archives_are_creators_like_the_others(browser: httpx2.Client) -> None:
    page = browser.get("/").text
    for id_, (name, published) in ARCHIVES.items():
        assert f'<option value="{id_}">{name.replace("_", " ").title()} Letters</option>' in page
        assert f"{published + 6} posts" in page
        account = browser.get("/v4/account", headers=key(name)).json()["account"]
        assert account["id"] == id_
