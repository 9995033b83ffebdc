"""Every operation of Kit's API has the shapes and the sentences that Kit documents.

The fixture account of Kit's own test suite is the data; what a case changes, no other case needs.
"""

import re
from typing import Any

import httpx2
import pytest
from support.kit.shapes import problems
from support.kit.suite_account import (
    BROADCAST,
    EMAIL,
    FIELD,
    FORM,
    FREE,
    KEY,
    LOCATION,
    NEW_EMAIL,
    OTHER_TAG,
    PAGED,
    PERSON,
    PURCHASE,
    SEQUENCE,
    SNIPPET,
    TAG,
    TOKEN,
    WEBHOOK,
    send,
)

from plugin_server.sandbox.kit.api import OPERATIONS

# Method, path, body, status, shape of the response.
SUCCESSES: list[tuple[str, str, Any, int, str]] = [
    ("GET", "account", None, 200, "user:user account:account"),
    ("GET", "account/colors", None, 200, "colors:hex[]"),
    ("PUT", "account/colors", {"colors": ["#111111", "#FF00aa"]}, 200, "colors:hex[]"),
    ("GET", "account/creator_profile", None, 200, "profile:profile"),
    ("GET", "account/email_stats", None, 200, "stats:email_stats"),
    ("GET", "account/growth_stats?starting=&ending=", None, 200, "stats:growth_stats"),
    ("GET", "broadcasts", None, 200, f"broadcasts:broadcast[]{PAGED}"),
    ("GET", "broadcasts?slim=true&status=completed", None, 200, f"broadcasts:broadcast[]{PAGED}"),
    ("POST", "broadcasts", {"subject": "A", "content": "<p>B</p>"}, 201, "broadcast:broadcast"),
    ("POST", "broadcasts", [], 201, "broadcast:broadcast"),
    ("GET", f"broadcasts/{BROADCAST}", None, 200, "broadcast:broadcast"),
    ("PUT", "broadcasts/{broadcast}", {"subject": "C"}, 200, "broadcast:broadcast"),
    ("DELETE", "broadcasts/{broadcast}", [], 204, ""),
    ("GET", "broadcasts/stats", None, 200, f"broadcasts:broadcast_with_stats[]{PAGED}"),
    ("GET", f"broadcasts/{BROADCAST}/stats", None, 200, "broadcast:broadcast_with_stats"),
    ("GET", f"broadcasts/{BROADCAST}/clicks", None, 200, f"broadcast:broadcast_clicks{PAGED}"),
    ("GET", "custom_fields", None, 200, f"custom_fields:custom_field[]{PAGED}"),
    ("POST", "custom_fields", {"label": " Shoe size "}, 201, "custom_field:custom_field"),
    ("POST", "custom_fields", {"label": "last name"}, 200, "custom_field:custom_field"),
    ("PUT", "custom_fields/{custom_field}", {"label": "Boat"}, 200, "custom_field:custom_field"),
    ("DELETE", "custom_fields/{custom_field}", None, 204, ""),
    ("GET", "email_templates", None, 200, f"email_templates:email_template[]{PAGED}"),
    ("GET", "forms?include=subscriber_count", None, 200, f"forms:form[]{PAGED}"),
    ("GET", f"forms/{FORM}/subscribers", None, 200, f"subscribers:subscribed[]{PAGED}"),
    (
        *("POST", f"forms/{FORM}/subscribers"),
        {"email_address": "olive@noexample.com", "referrer": "https://a.example/?utm_source=b"},
        *(200, "subscriber:subscribed"),
    ),
    ("POST", f"forms/2780977/subscribers/{PERSON}", None, 201, "subscriber:subscribed"),
    ("GET", "posts?include_content=1", None, 200, f"posts:post[]{PAGED}"),
    ("GET", "posts/3175837", None, 200, "post:post"),
    ("GET", "purchases", None, 200, f"purchases:purchase[]{PAGED}"),
    ("GET", "purchases/200001", None, 200, "purchase:purchase"),
    ("POST", "purchases", PURCHASE, 201, "purchase:purchase"),
    ("POST", "purchases", {"purchase": PURCHASE}, 201, "purchase:purchase"),
    ("GET", "segments", None, 200, f"segments:segment[]{PAGED}"),
    ("GET", "sequences?include=stats", None, 200, f"sequences:sequence[]{PAGED}"),
    (
        *("POST", "sequences"),
        {
            **{"name": "New", "send_days": ["monday"], "send_hour": 0, "time_zone": "Asia/Tokyo"},
            **{"active": False, "repeat": 1, "email_template_id": "5215567"},
            "exclude_subscriber_sources": [{"type": "tag", "ids": [TAG]}],
        },
        *(201, "sequence:sequence"),
    ),
    ("GET", f"sequences/{SEQUENCE}?include=stats", None, 200, "sequence:sequence"),
    ("PUT", "sequences/{sequence}", {"hold": True}, 200, "sequence:sequence"),
    ("DELETE", "sequences/{sequence}", None, 204, ""),
    (
        *("GET", f"sequences/{SEQUENCE}/emails?include=stats&include_content=true", None),
        *(200, f"emails:email[]{PAGED}"),
    ),
    ("POST", f"sequences/{SEQUENCE}/emails", NEW_EMAIL, 201, "email:email"),
    ("GET", f"sequences/{SEQUENCE}/emails/{EMAIL}", None, 200, "email:email"),
    ("PUT", f"sequences/{SEQUENCE}/emails/{EMAIL}", {"send_days": None}, 200, "email:email"),
    ("DELETE", f"sequences/{SEQUENCE}/emails/4533459", None, 204, ""),
    ("GET", f"sequences/{SEQUENCE}/subscribers", None, 200, f"subscribers:added[]{PAGED}"),
    (
        *("POST", f"sequences/{SEQUENCE}/subscribers", {"email_address": "OLIVE@noexample.com"}),
        *(200, "subscriber:added"),
    ),
    ("POST", f"sequences/1341993/subscribers/{PERSON}", None, 201, "subscriber:added"),
    ("GET", "snippets?include_content=1", None, 200, f"snippets:snippet[]{PAGED}"),
    (
        *("POST", "snippets"),
        {"name": "Cat fact", "snippet_type": "inline", "content": "Meow"},
        *(201, "snippet:snippet"),
    ),
    (
        *("POST", "snippets"),
        {
            **{"name": "Block", "snippet_type": "block"},
            "document_attributes": {"value_html": "<p>x</p>"},
        },
        *(201, "snippet:snippet"),
    ),
    ("GET", f"snippets/{SNIPPET}", None, 200, "snippet:snippet"),
    ("PUT", f"snippets/{SNIPPET}", {"name": "Other", "content": "x"}, 200, "snippet:snippet"),
    (
        *("GET", "subscribers?include=attribution,tags,location&sort_order=asc", None),
        *(200, f"subscribers:subscriber[]{PAGED}"),
    ),
    (
        *("GET", "subscribers?status=cancelled&sort_field=cancelled_at&include=canceled_at", None),
        *(200, f"subscribers:subscriber[]{PAGED}"),
    ),
    (
        "GET",
        "subscribers?sort_field=engagement__opens",
        None,
        200,
        f"subscribers:subscriber[]{PAGED}",
    ),
    (
        *("POST", "subscribers"),
        {"email_address": "new@example.com", "fields": {"last_name": "Moe", "nope": 1}},
        *(201, "subscriber:written_subscriber warnings:str[]"),
    ),
    (
        *("POST", "subscribers", {"email_address": "olive@noexample.com"}),
        *(200, "subscriber:written_subscriber"),
    ),
    (
        *("POST", "subscribers"),
        {"email_address": "null@example.com", "first_name": None, "state": None, "fields": None},
        *(201, "subscriber:written_subscriber"),
    ),
    (
        *("POST", "subscribers/filter"),
        {
            "all": [
                {"type": "opens", "count_greater_than": 1, "after": "2024-01-01"},
                {"type": "subscriber_state", "states": ["active"]},
                {"type": "tags", "any": [{"type": "ids", "matching": [TAG]}]},
            ],
            "include": [{"type": "tags"}, {"type": "stats"}, {"type": "custom_fields"}],
        },
        *(200, f"subscribers:filtered[]{PAGED}"),
    ),
    ("GET", f"subscribers/{PERSON}", None, 200, "subscriber:subscriber"),
    ("PUT", f"subscribers/{PERSON}", [], 200, "subscriber:written_subscriber"),
    ("POST", "subscribers/1579118533/unsubscribe", [], 204, ""),
    ("GET", f"subscribers/{PERSON}/stats", None, 200, "subscriber:person_stats"),
    ("GET", f"subscribers/{PERSON}/tags", None, 200, f"tags:persons_tag[]{PAGED}"),
    ("POST", f"subscribers/{PERSON}/location", {"location": LOCATION}, 200, "subscriber:located"),
    ("PATCH", f"subscribers/{PERSON}/location", {"location": LOCATION}, 200, "subscriber:located"),
    ("DELETE", f"subscribers/{PERSON}/location", None, 204, ""),
    ("GET", "tags?include=subscriber_count", None, 200, f"tags:tag[]{PAGED}"),
    ("POST", "tags", {"name": "Fresh"}, 201, "tag:tag"),
    ("POST", "tags", {"name": "WordPress"}, 200, "tag:tag"),
    ("PUT", f"tags/{TAG}", {"name": "wordpress"}, 200, "tag:tag"),
    ("GET", f"tags/{TAG}/subscribers?slim=1", None, 200, f"subscribers:tagged[]{PAGED}"),
    (
        *("POST", f"tags/{OTHER_TAG}/subscribers", {"email_address": "reader-2@noexample.com"}),
        *(201, "subscriber:tagged"),
    ),
    ("POST", f"tags/{OTHER_TAG}/subscribers/1579118535", None, 201, "subscriber:tagged"),
    ("DELETE", f"tags/{OTHER_TAG}/subscribers/1579118535", None, 204, ""),
    (
        *("DELETE", f"tags/{OTHER_TAG}/subscribers", {"email_address": "reader-2@noexample.com"}),
        *(204, ""),
    ),
    (
        *("DELETE", f"tags/{OTHER_TAG}/subscribers?email_address=reader-2@noexample.com", None),
        *(204, ""),
    ),
    ("GET", "webhooks", None, 200, f"webhooks:webhook[]{PAGED}"),
    ("POST", "webhooks", WEBHOOK, 201, "webhook:webhook"),
    ("DELETE", "webhooks/{webhook}", [], 204, ""),
    ("GET", "webhook_endpoints", None, 200, f"webhook_endpoints:webhook_endpoint[]{PAGED}"),
    (
        *("POST", "webhook_endpoints"),
        {"url": "https://app.example.com/kit", "events": ["post.published"]},
        *(201, "webhook_endpoint:webhook_endpoint"),
    ),
    (
        *("GET", "webhook_endpoints/{webhook_endpoint}", None),
        *(200, "webhook_endpoint:webhook_endpoint"),
    ),
    (
        *("PATCH", "webhook_endpoints/{webhook_endpoint}", {"status": "disabled"}),
        *(200, "webhook_endpoint:webhook_endpoint"),
    ),
    (
        *("POST", "webhook_endpoints/{webhook_endpoint}/rotate_secret", None),
        *(200, "webhook_endpoint:webhook_endpoint"),
    ),
    (
        *("POST", "webhook_endpoints/{webhook_endpoint}/revoke_previous_secret", None),
        *(200, "webhook_endpoint:webhook_endpoint"),
    ),
    ("DELETE", "webhook_endpoints/{webhook_endpoint}", None, 204, ""),
    (
        *("GET", "webhook_endpoints/{webhook_endpoint}/deliveries", None),
        *(200, f"deliveries:delivery[]{PAGED}"),
    ),
    (
        *(
            "POST",
            "bulk/custom_fields",
            {"custom_fields": [{"label": "Last Name"}, {"label": "Z"}]},
        ),
        *(200, "custom_fields:custom_field[] failures:failure[]"),
    ),
    (
        *("POST", "bulk/custom_fields/subscribers"),
        {
            "custom_field_values": [
                {"subscriber_id": PERSON, "subscriber_custom_field_id": str(FIELD), "value": 5},
                {"subscriber_id": 12345, "subscriber_custom_field_id": 12345, "value": "x"},
            ]
        },
        *(200, "custom_field_values:value[] failures:failure[]"),
    ),
    (
        *("POST", "bulk/forms/subscribers"),
        {"additions": [{"form_id": FORM, "subscriber_id": PERSON}, {"form_id": 5}]},
        *(200, "subscribers:bulk_subscribed[] failures:failure[]"),
    ),
    (
        *("POST", "bulk/subscribers"),
        {"subscribers": [{"email_address": "bulk@example.com"}, {"email_address": "nonsense"}]},
        *(200, "subscribers:subscriber[] failures:failure[]"),
    ),
    (
        *("POST", "bulk/tags", {"tags": [{"name": "wordpress"}, {"name": ""}, {"name": "Abc"}]}),
        *(200, "tags:tag[] failures:failure[]"),
    ),
    ("DELETE", "bulk/tags", {"tags": [{"id": 2907193}, {"id": 12345}]}, 200, "failures:failure[]"),
    (
        *("POST", "bulk/tags/subscribers"),
        {"taggings": [{"tag_id": TAG, "subscriber_id": PERSON}, {"tag_id": 1, "subscriber_id": 2}]},
        *(200, "subscribers:bulk_tagged[] failures:failure[]"),
    ),
    (
        *("DELETE", "bulk/tags/subscribers"),
        {"taggings": [{"tag_id": OTHER_TAG, "subscriber_id": PERSON}]},
        *(200, "failures:failure[]"),
    ),
    (
        *("POST", "bulk/tags", {"tags": [{"name": f"Many {n}"} for n in range(101)]}),
        *(202, "any~:any"),
    ),
]


@pytest.fixture(scope="module")
def made(kit: httpx2.Client) -> Any:
    """A function that replaces ``{tag}`` in a path by the id of a new record."""
    bodies = {
        "broadcast": {},
        "custom_field": {"label": "To go"},
        "sequence": {"name": "To go"},
        "webhook": WEBHOOK,
        "webhook_endpoint": {"url": "https://app.example.com/", "events": ["tag.created"]},
    }

    def create(found: re.Match[str]) -> str:
        response = kit.post(f"/v4/{found[1]}s", json=bodies[found[1]], headers=TOKEN)
        return str(response.json()[found[1]]["id"])

    return lambda path: re.sub(r"\{(\w+)\}", create, path)


@pytest.mark.parametrize(("method", "path", "body", "status", "shape"), SUCCESSES)
def test_an_operation_has_its_shape(
    kit: httpx2.Client, made: Any, method: str, path: str, body: Any, status: int, shape: str
) -> None:
    response = send(kit, method, made(path), body)
    assert response.status_code == status, response.text
    if shape:
        assert problems(response.json(), shape) == []
    else:
        assert response.content == b""


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_an_operation_needs_a_credential(kit: httpx2.Client, operation: Any) -> None:
    path = operation.path.replace("{id}", "1")
    refused = send(kit, operation.method, path, None, {})
    assert (refused.status_code, refused.json()) == (401, {"errors": ["Authentication Failed"]})
    if path.startswith(("bulk/", "purchases")):
        assert send(kit, operation.method, path, None, KEY).status_code == 401


def test_broadcast_stats_need_a_plan_too(kit: httpx2.Client) -> None:
    response = send(kit, "GET", "broadcasts/stats", None, FREE)
    assert (response.status_code, response.json()) == (403, {})


def test_there_is_a_case_for_every_operation() -> None:
    def pattern(path: str) -> str:
        return re.sub(r"/(\d+|\{\w+\})", "/{id}", path.partition("?")[0])

    cased = {(method, pattern(path)) for method, path, *_ in SUCCESSES}
    all_ = {(each.method, each.path) for each in OPERATIONS}
    # Its record exists only after a delivery.
    assert all_ - cased == {("GET", "webhook_endpoints/{id}/deliveries/{id}")}
    assert len(OPERATIONS) == len(all_) == 85


def test_statistics_of_more_than_five_years_ago_are_refused(kit: httpx2.Client) -> None:
    old = {"subject": "Old", "send_at": "2015-01-01T00:00:00Z"}
    broadcast = send(kit, "POST", "broadcasts", old).json()["broadcast"]["id"]
    for path in (
        *("broadcasts/stats?sent_after=2015-01-01", "broadcasts/stats?sent_before=2015-01-01"),
        *(f"broadcasts/{broadcast}/stats", f"broadcasts/{broadcast}/clicks"),
    ):
        response = send(kit, "GET", path, None)
        assert response.status_code == 400, path
        assert problems(response.json(), "errors:str[]") == []


@pytest.mark.parametrize(("creator", "status"), [(KEY, 200), (TOKEN, 403)])
@pytest.mark.parametrize("change", ["rotate_secret", ""])
def test_an_endpoint_of_an_app_is_not_for_api_keys(
    kit: httpx2.Client, creator: dict[str, str], status: int, change: str
) -> None:
    body = {"url": "https://app.example.com/kit", "events": ["post.published"]}
    made = send(kit, "POST", "webhook_endpoints", body, creator).json()["webhook_endpoint"]
    assert made["created_by_app"] is (creator is TOKEN)
    method = "POST" if change else "PATCH"
    path = f"webhook_endpoints/{made['id']}/{change}".rstrip("/")
    assert send(kit, method, path, {}, KEY).status_code == status


def test_a_bulk_operation_may_have_tens_of_thousands_of_items(kit: httpx2.Client) -> None:
    people = [{"email_address": f"many-{n}@example.com"} for n in range(30_000)]
    assert send(kit, "POST", "bulk/subscribers", {"subscribers": people}).status_code == 202
    assert send(kit, "POST", "tags", {"name": "x" * 1_100_000}).status_code == 413
