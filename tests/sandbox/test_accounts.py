"""The shipped accounts hold the cases that blocks stumble over."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import available_timezones

import httpx2
import pytest

from plugin_server.resources.paths import STATIC
from plugin_server.sandbox.kit.account_files import load_accounts
from plugin_server.sandbox.kit.accounts import Account

BASE = "http://127.0.0.1:4000"


@pytest.fixture(scope="module")
def harbour() -> Account:
    return next(iter(load_accounts(BASE).values()))


def test_the_developers_account_comes_first(harbour: Account) -> None:
    assert harbour.developer
    assert [account.developer for account in load_accounts(BASE).values()].count(True) == 1


def test_there_are_enough_posts_in_every_state(harbour: Account) -> None:
    states = Counter(post["status"] for post in harbour.posts or [])
    assert states["published"] >= 64
    assert states["draft"] >= 4
    assert states["scheduled"] >= 2


@pytest.mark.parametrize(
    "field", ["description", "meta_description", "thumbnail_url", "thumbnail_alt", "public_url"]
)
def test_published_posts_lack_each_optional_field_somewhere(harbour: Account, field: str) -> None:
    published = [post for post in harbour.posts or [] if post["status"] == "published"]
    assert any(post[field] is None for post in published)
    assert any(post[field] for post in published)


@pytest.mark.parametrize(
    "text",
    ["&", "<", '"', "'", "🐈", "נמל", "رسالة", "港", "É", "{{ subscriber.first_name }}", "{%"],
)
def test_titles_hold_difficult_text(harbour: Account, text: str) -> None:
    assert any(text in post["title"] for post in harbour.posts or [])


@pytest.mark.parametrize("text", ["<style>", "<!DOCTYPE html>", "<img", "<blockquote>", "{% if"])
def test_contents_hold_difficult_html(harbour: Account, text: str) -> None:
    assert any(text in post["content"] for post in harbour.posts or [])


def test_there_are_long_equal_and_paid_posts(harbour: Account) -> None:
    posts = harbour.posts or []
    assert max(len(post["title"]) for post in posts) > 200
    assert Counter(post["title"] for post in posts)["Fog"] == 2
    assert any(post["is_paid"] for post in posts)
    urls = [post["public_url"] for post in posts if post["public_url"]]
    assert len(urls) == len(set(urls))


def test_broadcasts_share_publications_with_posts(harbour: Account) -> None:
    posts = {post["publication_id"] for post in harbour.posts or []}
    shared = [b for b in harbour.broadcasts if b["publication_id"] in posts]
    assert 0 < len(shared) < len(harbour.broadcasts)
    assert any(broadcast["send_at"] is None for broadcast in harbour.broadcasts)


def test_accounts_have_zones_of_every_kind() -> None:
    accounts = load_accounts(BASE).values()
    january = datetime(2026, 1, 1, tzinfo=UTC)
    hours = {a.zone.utcoffset(january).total_seconds() / 3600 for a in accounts}
    assert {-5, 14} < hours
    assert any(each % 1 for each in hours)
    assert any("timezone" not in account.account for account in accounts)
    names = {a.account["timezone"]["name"] for a in accounts if "timezone" in a.account}
    assert len(names - available_timezones()) == 1


@pytest.mark.slow
def test_some_were_published_on_another_day_than_that_of_utc() -> None:
    for account in load_accounts(BASE).values():
        records = [*(account.posts or []), *account.broadcasts][:100]
        moments = [datetime.fromisoformat(r["published_at"]) for r in records if r["published_at"]]
        if account.name in ("The Slow Kettle", "Sixty Letters"):
            assert any(m.date() != m.astimezone(account.zone).date() for m in moments)


def test_pictures_are_absolute_and_exist(harbour: Account) -> None:
    for post in harbour.posts or []:
        if post["thumbnail_url"]:
            assert post["thumbnail_url"].startswith(f"{BASE}/pictures/")
            name = post["thumbnail_url"].rpartition("/")[2]
            assert (STATIC / "sandbox" / "pictures" / name).stat().st_size < 60_000


def test_pictures_are_served(browser: httpx2.Client) -> None:
    response = browser.get("/pictures/harbour.png")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    assert browser.get("/pictures/..%2fsandbox.css").status_code == 404
