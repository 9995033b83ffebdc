"""The resources beside posts and broadcasts: their records and query parameters."""

from collections import Counter
from typing import Any

import httpx2
import pytest

from plugin_server.sandbox.kit.account_files import load_accounts
from plugin_server.sandbox.kit.accounts import Account

HARBOUR = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
KETTLE = {"X-Kit-Api-Key": "kit_sandbox_slow_kettle"}
SIXTY = {"X-Kit-Api-Key": "kit_sandbox_sixty_letters"}
FIFTY_THOUSAND = {"X-Kit-Api-Key": "kit_sandbox_fifty_thousand_letters"}
BLANK = {"X-Kit-Api-Key": "kit_sandbox_blank_page"}


@pytest.fixture(scope="module")
def harbour() -> Account:
    return next(iter(load_accounts("http://127.0.0.1:4000").values()))


def stats(
    browser: httpx2.Client, query: str = "", headers: dict[str, str] = HARBOUR
) -> dict[str, Any]:
    response = browser.get(f"/v4/account/growth_stats{query}", headers=headers)
    return dict(response.json()["stats"])


def test_growth_is_reported_in_the_accounts_own_time_zone(
    browser: httpx2.Client, clock: Any
) -> None:
    clock.advance(11 * 3600)  # 2026-09-22, 01:13 UTC: the day before in both places
    assert stats(browser) == {
        "cancellations": 247,
        "net_new_subscribers": 1612,
        "new_subscribers": 1859,
        "subscribers": 12480,
        "starting": "2026-06-23T00:00:00-02:30",
        "ending": "2026-09-21T23:59:59-02:30",
    }
    assert stats(browser, headers=KETTLE)["ending"] == "2026-09-21T23:59:59-04:00"
    # Where it is that day already; by its offset alone; and without a zone.
    assert stats(browser, headers=SIXTY)["ending"] == "2026-09-22T23:59:59+14:00"
    assert stats(browser, headers=FIFTY_THOUSAND)["ending"] == "2026-09-22T23:59:59+05:45"
    assert stats(browser, headers=BLANK)["ending"] == "2026-09-22T23:59:59+00:00"


def test_each_end_of_a_period_has_the_offset_of_its_day(browser: httpx2.Client) -> None:
    found = stats(browser, "?starting=2026-03-07&ending=2026-03-08", KETTLE)
    assert (found["starting"], found["ending"]) == (
        "2026-03-07T00:00:00-05:00",
        "2026-03-08T23:59:59-04:00",
    )


def test_a_sent_broadcast_has_a_url_also_where_there_are_no_posts(browser: httpx2.Client) -> None:
    body = browser.get("/v4/broadcasts?status=completed", headers=KETTLE).json()
    urls = [each["public_url"] for each in body["broadcasts"] if each["public"]]
    assert "https://slow-kettle.example.com/posts/a-kettle-is-a-promise" in urls
    assert not [url for url in urls if url.endswith("/posts/")]


def test_growth_is_reported_for_a_period(browser: httpx2.Client) -> None:
    week = stats(browser, "?starting=2026-01-05&ending=2026-01-11")
    assert (week["new_subscribers"], week["cancellations"]) == (143, 19)
    assert week["starting"] == "2026-01-05T00:00:00-03:30"
    assert week["subscribers"] == stats(browser)["subscribers"]
    shrinking = stats(browser, headers=KETTLE)
    assert shrinking["net_new_subscribers"] < 0


def test_every_error_of_a_period_is_reported(browser: httpx2.Client) -> None:
    query = {"starting": "05/01/2026", "ending": "2026-13-01"}
    response = browser.get("/v4/account/growth_stats", params=query, headers=HARBOUR)
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 2


def test_email_statistics_end_now(browser: httpx2.Client) -> None:
    found = browser.get("/v4/account/email_stats", headers=HARBOUR).json()["stats"]
    assert found["sent"] > found["opened"] > found["clicked"] > 0
    assert found["starting"] == "2026-06-23T14:13:20Z"
    assert found["ending"] == "2026-09-21T14:13:20Z"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [808, 807, 806, 803, 802, 801]),
        ({"status": "active", "type": "embed"}, [808, 807, 803, 801]),
        ({"type": "hosted"}, [806, 802]),
        ({"status": "archived"}, [804]),
        ({"status": "archived", "type": "hosted"}, []),
        ({"status": "trashed"}, [805]),
        ({"status": "all"}, [808, 807, 806, 805, 804, 803, 802, 801]),
        ({"status": "all", "per_page": "2"}, [808, 807]),
    ],
)
def test_forms_are_found_by_type_and_status(
    browser: httpx2.Client, query: dict[str, str], ids: list[int]
) -> None:
    forms = browser.get("/v4/forms", params=query, headers=HARBOUR).json()["forms"]
    assert [form["id"] for form in forms] == ids
    assert [form["id"] for form in forms if form["archived"]] == [n for n in ids if n == 804]


def test_purchases_are_not_for_api_keys(browser: httpx2.Client) -> None:
    for path in ("purchases", "purchases/901"):
        response = browser.get(f"/v4/{path}", headers=HARBOUR)
        assert response.status_code == 401
        assert "OAuth" in response.json()["errors"][0]
        assert "private.invalid" not in response.text


def test_purchases_hold_the_cases_that_blocks_stumble_over(harbour: Account) -> None:
    purchases = harbour.collections["purchases"]
    products = [product for purchase in purchases for product in purchase["products"]]
    names: dict[str, set[str]] = {}
    for product in products:
        names.setdefault(product["pid"], set()).add(product["name"])
    assert {purchase["currency"] for purchase in purchases} == {"USD", "EUR"}
    assert Counter(product["pid"] for product in products)["tide-calendar"] > 3
    assert any(len(each) > 1 for each in names.values())
    assert any(product["unit_price"] == 0 for product in products)
    for purchase in purchases:
        assert purchase["email_address"].endswith("@private.invalid")
        subtotal = sum(p["unit_price"] * p["quantity"] for p in purchase["products"])
        assert purchase["subtotal"] == pytest.approx(subtotal)
        total = purchase["subtotal"] - purchase["discount"] + purchase["tax"]
        assert purchase["total"] == pytest.approx(total)


@pytest.mark.parametrize(
    "name",
    [
        *("custom_fields", "email_templates", "forms", "purchases"),
        *("segments", "sequences", "tags"),
    ],
)
def test_each_resource_is_full_somewhere_and_empty_elsewhere(
    browser: httpx2.Client, harbour: Account, name: str
) -> None:
    assert len(harbour.collections[name]) > 1
    if name != "purchases":
        assert browser.get(f"/v4/{name}", headers=BLANK).json()[name] == []
        assert browser.get(f"/v4/{name}", headers=HARBOUR).json()[name]
