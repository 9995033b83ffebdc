"""Lists of subscribers: their order, over pages, and what filters leave out."""

from typing import Any

import httpx2
import pytest

TOKEN = {"Authorization": "Bearer kit_sandbox_harbour_letters_oauth"}


def listed(browser: httpx2.Client, path: str = "subscribers", **query: str) -> list[dict[str, Any]]:
    """Return three pages of a list, each with the cursor of the one before."""
    found: list[dict[str, Any]] = []
    for _ in range(3):
        response = browser.get(f"/v4/{path}", headers=TOKEN, params={"per_page": "6", **query})
        assert response.status_code == 200, response.text
        body = response.json()
        found += body["subscribers"]
        if not body["pagination"]["has_next_page"]:
            break
        query["after"] = body["pagination"]["end_cursor"]
    return found


def numbers(browser: httpx2.Client, person: dict[str, Any]) -> dict[str, Any]:
    response = browser.get(f"/v4/subscribers/{person['id']}/stats", headers=TOKEN)
    return dict(response.json()["subscriber"]["stats"])


def assert_sorted(values: list[Any], order: str) -> None:
    assert len(set(values)) > 1
    assert values == sorted(values, reverse=order == "desc")


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"sort_field": "id"}, "id"),
        ({"sort_field": "created_at"}, "created_at"),
        (
            {"sort_field": "cancelled_at", "status": "cancelled", "include": "canceled_at"},
            "canceled_at",
        ),
    ],
)
def test_a_list_is_sorted_over_its_pages(
    browser: httpx2.Client, query: dict[str, str], name: str, order: str
) -> None:
    found = listed(browser, **query, sort_order=order)
    assert len({each["id"] for each in found}) == 18
    assert_sorted([each[name] for each in found], order)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("sent", "sent"),
        ("opens", "opened"),
        ("clicks", "clicked"),
        ("open_rate", "open_rate"),
        ("click_rate", "click_rate"),
    ],
)
def test_a_list_is_sorted_by_engagement(
    browser: httpx2.Client, field: str, name: str, order: str
) -> None:
    people = [listed(browser, sort_field=f"engagement__{field}", sort_order=order)]
    other = "asc" if order == "desc" else "desc"
    people.append(listed(browser, sort_field=f"engagement__{field}", sort_order=other))
    first, last = ([numbers(browser, each)[name] for each in page] for page in people)
    assert first == sorted(first, reverse=order == "desc")
    assert max(first) <= min(last) if order == "asc" else min(first) >= max(last)


def test_days_bound_a_list(browser: httpx2.Client) -> None:
    day = listed(browser)[10]["created_at"]
    later = listed(browser, created_after=day)
    earlier = listed(browser, created_before=day)
    assert later
    assert earlier
    assert min(each["created_at"] for each in later) >= day
    assert max(each["created_at"] for each in earlier) <= day


@pytest.mark.parametrize("status", ["active", "cancelled"])
def test_a_status_is_that_of_each(browser: httpx2.Client, status: str) -> None:
    assert {each["state"] for each in listed(browser, status=status)} == {status}
