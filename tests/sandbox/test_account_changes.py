"""What is written by Kit's API shows everywhere, at once."""

import base64
import json
from typing import Any

import httpx2
import pytest

TOKEN = {"Authorization": "Bearer kit_sandbox_harbour_letters_oauth"}


class Kit:
    """A client of Kit's API that returns what is in a response's only member."""

    def __init__(self, browser: httpx2.Client) -> None:
        self.browser = browser

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        sent = {} if body is None else {"json": body}
        response = self.browser.request(
            method, f"/v4/{path}", headers=TOKEN, params=query or None, **sent
        )
        assert response.is_success, response.text
        if not response.content:
            return None
        members = [value for name, value in response.json().items() if name != "pagination"]
        return members[0] if len(members) == 1 else members

    def subscriber(self, email: str = "new@example.com") -> int:
        return int(self("POST", "subscribers", {"email_address": email})["id"])

    def listed(self, path: str, **query: str) -> list[int]:
        return [each["id"] for each in self("GET", path, per_page="3", **query)]


@pytest.fixture
def kit(browser: httpx2.Client) -> Kit:
    return Kit(browser)


def test_a_tag_shows_in_the_subscriber(kit: Kit) -> None:
    person = kit.subscriber()
    before = kit("GET", "tags", include="subscriber_count")[0]
    tag = before["id"]
    kit("POST", f"tags/{tag}/subscribers/{person}")
    assert [each["id"] for each in kit("GET", f"subscribers/{person}/tags")] == [tag]
    assert kit.listed(f"tags/{tag}/subscribers")[0] == person
    count = kit("GET", "tags", include="subscriber_count")[0]["subscriber_count"]
    assert count == before["subscriber_count"] + 1
    kit("DELETE", "bulk/tags", {"tags": [{"id": tag}]})
    assert kit("GET", f"subscribers/{person}/tags") == []


def test_tagging_again_leaves_the_first_time(kit: Kit, clock: Any) -> None:
    person, tag = kit.subscriber(), kit.listed("tags")[0]
    first = kit("POST", f"tags/{tag}/subscribers/{person}")["tagged_at"]
    clock.advance(60)
    assert kit("POST", f"tags/{tag}/subscribers/{person}")["tagged_at"] == first


def test_an_unsubscription_shows_in_lists_and_growth(kit: Kit) -> None:
    before = kit("GET", "account/growth_stats")
    person, form = kit.subscriber(), kit.listed("forms")[0]
    kit("POST", f"forms/{form}/subscribers/{person}")
    kit("POST", f"subscribers/{person}/unsubscribe")
    assert person not in kit.listed("subscribers")
    assert kit.listed("subscribers", status="cancelled")[0] == person
    assert kit.listed(f"forms/{form}/subscribers", status="cancelled")[0] == person
    after = kit("GET", "account/growth_stats")
    for name, change in (("new_subscribers", 1), ("cancellations", 1), ("subscribers", 0)):
        assert after[name] == before[name] + change
    assert kit("GET", f"subscribers/{person}")["state"] == "cancelled"


def test_a_renamed_and_a_deleted_field_show_in_subscribers(kit: Kit) -> None:
    field = kit("POST", "custom_fields", {"label": "Shoe size"})
    body = {"email_address": "new@example.com", "fields": {"shoe_size": "38"}}
    person = kit("POST", "subscribers", body)["id"]
    renamed = kit("PUT", f"custom_fields/{field['id']}", {"label": "Größe"})
    assert (renamed["key"], renamed["name"]) == ("groe", field["name"])
    assert kit("GET", f"subscribers/{person}")["fields"]["groe"] == "38"
    kit("DELETE", f"custom_fields/{field['id']}")
    assert "groe" not in kit("GET", f"subscribers/{person}")["fields"]


def test_a_public_broadcast_becomes_a_post_when_it_is_due(kit: Kit, clock: Any) -> None:
    sent = {"subject": "Low tide", "content": "<p>Mud.</p>", "public": True}
    at = {"published_at": "2026-09-22 07:00:00", "send_at": "2026-09-22T07:00:00Z"}
    broadcast = kit("POST", "broadcasts", {**sent, **at})
    assert broadcast["status"] == "scheduled"
    assert kit.listed("broadcasts")[0] == broadcast["id"]
    assert kit("GET", "posts")[0]["title"] != "Low tide"
    clock.advance(2 * 86400)
    post = kit("GET", "posts")[0]
    assert (post["title"], post["status"]) == ("Low tide", "published")
    shown = kit("GET", f"broadcasts/{broadcast['id']}")
    assert (shown["status"], shown["public_url"]) == ("completed", post["public_url"])


def test_another_account_does_not_change(kit: Kit, browser: httpx2.Client) -> None:
    kit("POST", "tags", {"name": "Ours"})
    headers = {"X-Kit-Api-Key": "kit_sandbox_slow_kettle"}
    assert "Ours" not in browser.get("/v4/tags", headers=headers).text


def test_sequence_emails_are_appended_and_paged_by_position(kit: Kit) -> None:
    sequence = kit("POST", "sequences", {"name": "New"})["id"]
    email = {"subject": "A", "delay_value": 1, "delay_unit": "days"}
    path = f"sequences/{sequence}/emails"
    positions = [kit("POST", path, email)["position"] for _ in range(3)]
    assert positions == [0, 1, 2]
    response = kit.browser.get(f"/v4/{path}?per_page=2", headers=TOKEN).json()
    cursor = response["pagination"]["end_cursor"]
    assert json.loads(base64.b64decode(cursor)) == [1, response["emails"][1]["id"]]
    assert [each["position"] for each in kit("GET", path, after=cursor)] == [2]


def test_a_purchase_creates_its_customer_and_appends_to_its_transaction(kit: Kit) -> None:
    body = {
        "email_address": "customer@example.com",
        "transaction_id": "t-9",
        "products": [{"name": "Map", "pid": 3, "lid": 4, "quantity": 2, "unit_price": 1.5}],
    }
    first = kit("POST", "purchases", body)
    assert kit("GET", f"subscribers/{first['subscriber_id']}")["state"] == "active"
    again = kit("POST", "purchases", {"purchase": body})
    assert (again["id"], len(again["products"])) == (first["id"], 2)


def test_bulk_results_start_with_what_existed_and_are_ordered_by_name(kit: Kit) -> None:
    existing = kit("GET", "tags")[-1]["name"]
    names = ["zebra", "apple", existing]
    tags, failures = kit("POST", "bulk/tags", {"tags": [{"name": name} for name in names]})
    assert [tag["name"] for tag in tags] == [existing, "apple", "zebra"]
    assert failures == []


def test_a_place_is_set_and_returns_to_what_is_inferred(kit: Kit) -> None:
    person = kit.subscriber()
    place = {"city": "Ghent", "state_province": "VOV", "country_code": "BE"}
    place |= {"latitude": 51.05, "longitude": 3.72, "timezone": "Europe/Brussels"}
    kit("POST", f"subscribers/{person}/location", {"location": place})
    near = {"type": "location", "latitude": 51.2, "longitude": 3.2, "radius": 40}
    found = kit("POST", "subscribers/filter", {"all": [near]})
    assert [each["id"] for each in found] == [str(person)]
    kit("DELETE", f"subscribers/{person}/location")
    assert kit("GET", f"subscribers/{person}")["location"] is None
