"""Errors of Kit's API that depend on what the account has, on its plan and on the items of a bulk request."""

from typing import Any

import httpx2
import pytest
from support.kit.suite_account import FIELD, FORM, FREE, KEY, PERSON, TAG, TOKEN, send

NOBODY = "Subscriber does not exist"
ACCOUNT_PAGE = "/sandbox/accounts/{}.json"


def refusal(response: httpx2.Response) -> tuple[int, list[str]]:
    return response.status_code, response.json()["errors"]


def made(kit: httpx2.Client, path: str, body: Any) -> dict[str, Any]:
    response = send(kit, "POST", path, body)
    assert response.status_code == 201, response.text
    return dict(next(iter(response.json().values())))


def test_an_unknown_token_is_refused_in_kits_words(kit: httpx2.Client) -> None:
    response = send(kit, "GET", "account", None, {"Authorization": "Bearer nonsense"})
    assert refusal(response) == (401, ["The access token is invalid"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "broadcasts"), ("PUT", "broadcasts/1"), ("DELETE", "broadcasts/1")),
        ("POST", "sequences"),
    ],
)
def test_what_a_plan_lacks_is_refused_in_kits_words(
    kit: httpx2.Client, method: str, path: str
) -> None:
    text = "You do not have sufficient permissions to access this resource. Please contact support."
    assert refusal(send(kit, method, path, {}, FREE)) == (403, [text])


def test_bulk_subscribers_stay_within_the_plans_limit(kit: httpx2.Client) -> None:
    account = send(kit, "GET", "account", None).json()["account"]
    page = ACCOUNT_PAGE.format(account["id"])
    limited = {"plan": {**account["plan"], "subscriber_limit": 1}}
    assert kit.patch(page, json={"account": limited}).status_code == 204
    body = {"subscribers": [{"email_address": "one-too-many@example.com"}]}
    refused = send(kit, "POST", "bulk/subscribers", body)
    assert refusal(refused) == (403, ["This request would exceed your subscriber limit"])
    assert kit.patch(page, json={"account": {"plan": account["plan"]}}).status_code == 204
    assert send(kit, "POST", "bulk/subscribers", body).status_code == 200


def test_an_inactive_sequence_takes_nobody(kit: httpx2.Client) -> None:
    sequence = made(kit, "sequences", {"name": "Paused", "active": False})["id"]
    by_id = send(kit, "POST", f"sequences/{sequence}/subscribers/{PERSON}", {})
    body = {"email_address": "olive@noexample.com"}
    by_email = send(kit, "POST", f"sequences/{sequence}/subscribers", body)
    assert refusal(by_id) == refusal(by_email) == (422, ["Sequence is inactive"])


def test_only_the_first_email_of_a_sequence_comes_at_once(kit: httpx2.Client) -> None:
    sequence = made(kit, "sequences", {"name": "At once"})["id"]
    email = {"subject": "A", "delay_value": 0, "delay_unit": "days"}
    made(kit, f"sequences/{sequence}/emails", email)
    assert send(kit, "POST", f"sequences/{sequence}/emails", email).status_code == 422


def test_a_draft_needs_a_template_that_exists(kit: httpx2.Client) -> None:
    draft = made(kit, "broadcasts", {"subject": "A"})["id"]
    refused = send(kit, "PUT", f"broadcasts/{draft}", {"email_template_id": 1})
    assert refusal(refused) == (422, ["Email template not found"])


def test_an_unknown_status_is_refused_with_the_known_ones(kit: httpx2.Client) -> None:
    status, (message,) = refusal(send(kit, "GET", "broadcasts?status=nope", None))
    assert status == 422
    for word in ("draft", "scheduled", "sending", "completed", "aborted"):
        assert word in message


def test_a_secret_is_not_rotated_while_two_are_valid(kit: httpx2.Client) -> None:
    body = {"url": "https://app.example.com/", "events": ["tag.created"]}
    path = f"webhook_endpoints/{made(kit, 'webhook_endpoints', body)['id']}/rotate_secret"
    assert send(kit, "POST", path, {}).status_code == 200
    assert send(kit, "POST", path, {}).status_code == 409
    assert send(kit, "POST", path, {"force": True}).status_code == 200


def test_a_key_may_not_change_what_an_app_has_made(kit: httpx2.Client) -> None:
    body = {"url": "https://app.example.com/", "events": ["tag.created"]}
    path = f"webhook_endpoints/{made(kit, 'webhook_endpoints', body)['id']}"
    status, (message,) = refusal(send(kit, "DELETE", path, None, KEY))
    assert (status, message.split(".")[0]) == (
        403,
        "You do not have sufficient permissions to access this resource",
    )


@pytest.mark.parametrize(
    ("method", "path", "name", "item", "failure"),
    [
        *(
            ("POST", f"bulk/{many}", many, item, {one: item, "errors": [f"{word} can't be blank"]})
            for many, one, word in (
                ("tags", "tag", "Name"),
                ("custom_fields", "custom_field", "Label"),
            )
            for item in ({word.lower(): " "}, {word.lower(): None})
        ),
        (
            *("DELETE", "bulk/tags", "tags", {"id": 12345}),
            {"tag": {"id": 12345}, "errors": ["Tag does not exist"]},
        ),
        *(
            (
                *(method, "bulk/tags/subscribers", "taggings", item),
                {"tagging": item, "errors": errors},
            )
            for method in ("POST", "DELETE")
            for item, errors in (
                ({"tag_id": TAG, "subscriber_id": 12345}, [NOBODY]),
                ({"tag_id": 12345, "subscriber_id": PERSON}, ["Tag does not exist"]),
                ({"tag_id": 12345, "subscriber_id": 12345}, [NOBODY, "Tag does not exist"]),
            )
        ),
        *(
            (
                *("POST", "bulk/forms/subscribers", "additions", item),
                {"subscription": {**echoed, "referrer": None}, "errors": errors},
            )
            for item, echoed, errors in (
                (
                    {"form_id": FORM, "subscriber_id": 12345},
                    {"form_id": FORM, "subscriber_id": None},
                    [NOBODY],
                ),
                (
                    {"form_id": 12345, "subscriber_id": 12345},
                    {"form_id": None, "subscriber_id": None},
                    [NOBODY, "Form does not exist"],
                ),
            )
        ),
        *(
            (
                *("POST", "bulk/custom_fields/subscribers", "custom_field_values", item),
                {"custom_field_value": item, "errors": errors},
            )
            for item, errors in (
                (
                    {"subscriber_id": 12345, "subscriber_custom_field_id": FIELD, "value": "x"},
                    [NOBODY],
                ),
                (
                    {"subscriber_id": PERSON, "subscriber_custom_field_id": 12345, "value": "x"},
                    ["Custom field does not exist"],
                ),
            )
        ),
        (
            *("POST", "bulk/subscribers", "subscribers"),
            {"first_name": "A", "email_address": "nonsense"},
            {
                "subscriber": {
                    **{"first_name": "A", "email_address": "nonsense"},
                    **{"state": "active", "created_at": None},
                },
                "errors": ["Email address is invalid"],
            },
        ),
    ],
)
def test_what_cannot_be_done_in_bulk_is_a_failure_with_kits_sentence(
    kit: httpx2.Client, method: str, path: str, name: str, item: Any, failure: Any
) -> None:
    response = send(kit, method, path, {name: [item]})
    assert (response.status_code, response.json()["failures"]) == (200, [failure])


@pytest.mark.parametrize(
    ("method", "path", "name", "item"),
    [
        ("POST", "bulk/custom_fields", "custom_fields", {"label": "Late"}),
        ("POST", "bulk/custom_fields/subscribers", "custom_field_values", {}),
        ("POST", "bulk/forms/subscribers", "additions", {}),
        ("POST", "bulk/subscribers", "subscribers", {"email_address": "late@example.com"}),
        ("DELETE", "bulk/tags", "tags", {"id": 12345}),
        ("POST", "bulk/tags/subscribers", "taggings", {}),
        ("DELETE", "bulk/tags/subscribers", "taggings", {}),
    ],
)
def test_more_than_a_hundred_items_are_done_later(
    kit: httpx2.Client, method: str, path: str, name: str, item: Any
) -> None:
    response = send(kit, method, path, {name: [item] * 101})
    assert (response.status_code, response.json()) == (202, {})


def test_more_than_ten_values_of_custom_fields_follow_later(kit: httpx2.Client) -> None:
    labels = [f"Value {number}" for number in range(11)]
    body = {"custom_fields": [{"label": label} for label in labels]}
    fields = send(kit, "POST", "bulk/custom_fields", body).json()["custom_fields"]
    values = {field["key"]: "x" for field in fields}
    person = {"email_address": "many-values@example.com", "fields": values}
    response = send(kit, "POST", "subscribers", person)
    subscriber = response.json()["subscriber"]
    assert (response.status_code, subscriber["fields"]["value_3"]) == (202, None)
    path = f"subscribers/{subscriber['id']}"
    assert send(kit, "PUT", path, {"fields": values}).status_code == 202
    found = send(kit, "GET", path, None, TOKEN).json()["subscriber"]
    assert found["fields"]["value_3"] == "x"
