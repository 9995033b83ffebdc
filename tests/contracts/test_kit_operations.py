"""Every operation of Kit's API has the shapes and the sentences that Kit documents.

The fixture account of Kit's own test suite is the data; what a case changes, no other case needs.
"""

import re
from typing import Any

import httpx2
import pytest
from support.kit.shapes import problems

from plugin_server.sandbox.kit.api import OPERATIONS

KEY = {"X-Kit-Api-Key": "kit_sandbox_sdk_suite"}
TOKEN = {"Authorization": "Bearer kit_sandbox_sdk_suite_oauth"}
FREE = {"X-Kit-Api-Key": "kit_sandbox_blank_page"}
FORM, SEQUENCE, EMAIL, TAG, OTHER_TAG = 2765139, 1030824, 4533458, 2744672, 2907192
PERSON, FIELD, BROADCAST, SNIPPET = 1579118532, 264073, 8697158, 136038
PAGED = " pagination:pagination"
LOCATION = {
    **{"city": "Ghent", "state_province": "VOV", "country_code": "BE"},
    **{"latitude": 51.05, "longitude": 3.72, "timezone": "Europe/Brussels"},
}
PURCHASE = {
    **{"email_address": "buyer@example.com", "transaction_id": "t1", "currency": "usd"},
    "products": [{"name": "Book", "pid": 1, "lid": 2, "quantity": 1, "unit_price": 5.5}],
}
WEBHOOK = {
    "target_url": "https://app.example.com/hook",
    "event": {"name": "subscriber.tag_add", "tag_id": TAG},
}
NEW_EMAIL = {"subject": "Third", "delay_value": 3, "delay_unit": "days"}

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
        *(201, "subscriber:subscriber warnings:str[]"),
    ),
    ("POST", "subscribers", {"email_address": "olive@noexample.com"}, 200, "subscriber:subscriber"),
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
    ("PUT", f"subscribers/{PERSON}", [], 200, "subscriber:subscriber"),
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

NOT_FOUND = "Not Found"
EITHER = "Either subscriber id or email address is required to"
# Method, path, body, status, sentences.
ERRORS: list[tuple[str, str, Any, int, list[str]]] = [
    *(
        (method, path, body, 404, [NOT_FOUND])
        for method, path, body in (
            *(("GET", f"broadcasts/12345{below}", None) for below in ("", "/stats", "/clicks")),
            *(("PUT", "broadcasts/12345", []), ("DELETE", "broadcasts/12345", [])),
            *(
                ("PUT", "custom_fields/12345", {"label": "x"}),
                ("DELETE", "custom_fields/12345", []),
            ),
            *(("GET", "posts/12345", None), ("GET", "purchases/12345", None)),
            *((method, "sequences/12345", []) for method in ("GET", "PUT", "DELETE")),
            *((method, "sequences/12345/emails/1", []) for method in ("GET", "PUT", "DELETE")),
            *(
                (method, f"sequences/{SEQUENCE}/emails/1", [])
                for method in ("GET", "PUT", "DELETE")
            ),
            *(
                ("GET", "sequences/12345/emails", None),
                ("POST", "sequences/12345/emails", NEW_EMAIL),
            ),
            *(("GET", "snippets/12345", None), ("PUT", "snippets/12345", [])),
            *(("GET", "subscribers/12345", None), ("PUT", "subscribers/12345", [])),
            *(("POST", f"subscribers/{id_}/unsubscribe", []) for id_ in ("12345", "")),
            *(("GET", f"subscribers/12345/{below}", None) for below in ("stats", "tags")),
            *(
                ("POST", "subscribers/12345/location", {}),
                ("DELETE", "subscribers/12345/location", {}),
            ),
            *(("PUT", "tags/12345", {"name": "x"}), ("DELETE", "webhooks/12345", [])),
            *((method, "webhook_endpoints/12345", {}) for method in ("GET", "PATCH", "DELETE")),
            *(
                ("POST", f"webhook_endpoints/12345/{verb}", {})
                for verb in ("rotate_secret", "revoke_previous_secret")
            ),
            ("GET", "webhook_endpoints/12345/deliveries", None),
            *(
                (method, f"{many}/{parent}/subscribers{below}", body)
                for many, id_ in (("forms", FORM), ("sequences", SEQUENCE), ("tags", TAG))
                for method, parent, below, body in (
                    ("GET", 12345, "", None),
                    ("POST", 12345, f"/{PERSON}", None),
                    ("POST", id_, "/12345", None),
                    ("POST", 12345, "", {"email_address": "olive@noexample.com"}),
                    ("POST", id_, "", {"email_address": "nobody@example.com"}),
                    ("POST", id_, "", {"email_address": "not-an-email-address"}),
                )
            ),
            ("DELETE", f"tags/12345/subscribers/{PERSON}", []),
            ("DELETE", f"tags/{TAG}/subscribers/12345", []),
            ("DELETE", f"tags/{TAG}/subscribers", {"email_address": "not-an-email-address"}),
        )
    ),
    *(
        ("GET", f"account/growth_stats?{query}", None, 422, errors)
        for query, errors in (
            (
                "starting=1&ending=x",
                [
                    "Starting date is incorrectly formatted. Use YYYY-MM-DD.",
                    "Ending date is incorrectly formatted. Use YYYY-MM-DD.",
                ],
            ),
            (
                "starting=2026-02-01&ending=2026-01-01",
                ["Starting date must be before the ending date."],
            ),
        )
    ),
    (
        *("PUT", "account/colors", {"colors": ["#123_not_a_code"]}, 422),
        ["Colors #123_not_a_code is not a valid hex color code."],
    ),
    ("POST", "broadcasts", {"email_template_id": 1}, 422, ["Email template not found"]),
    (
        *("POST", "broadcasts", {"subscriber_filter": [{"all": [{}], "any": [{}]}]}, 422),
        ["Only a single filter group is supported. Use one of `all`, `any`, or `none`."],
    ),
    ("PUT", f"broadcasts/{BROADCAST}", {}, 422, ["Broadcast is already sending."]),
    ("DELETE", f"broadcasts/{BROADCAST}", {}, 422, ["Broadcast is already sending."]),
    ("POST", "custom_fields", {"label": " "}, 422, ["Label can't be blank"]),
    ("POST", "custom_fields", {}, 422, ["Label can't be blank"]),
    ("PUT", f"custom_fields/{FIELD}", {"label": ""}, 422, ["Label can't be blank"]),
    ("POST", f"forms/{FORM}/subscribers", {}, 422, [f"{EITHER} add subscriber to form"]),
    ("POST", f"tags/{TAG}/subscribers", {}, 422, [f"{EITHER} tag subscriber"]),
    ("DELETE", f"tags/{TAG}/subscribers", {}, 422, [f"{EITHER} remove tag from subscriber"]),
    (
        *("POST", "purchases", {**PURCHASE, "transaction_id": ""}, 422),
        ["Transaction cannot be blank"],
    ),
    ("POST", "purchases", {**PURCHASE, "email_address": "x"}, 422, ["Email address is invalid"]),
    ("POST", "purchases", {**PURCHASE, "products": []}, 422, ["Products can't be blank"]),
    (
        *("POST", "sequences", {"send_hour": 24}, 422),
        ["name can't be blank", "send_hour must be an integer between 0 and 23"],
    ),
    (
        *("POST", f"sequences/{SEQUENCE}/emails", {**NEW_EMAIL, "subject": ""}, 422),
        ["subject can't be blank"],
    ),
    (
        *("POST", f"sequences/{SEQUENCE}/emails", {**NEW_EMAIL, "position": 0}, 422),
        ["position has already been taken"],
    ),
    (
        *("PUT", f"sequences/{SEQUENCE}/emails/{EMAIL}", {"delay_unit": "weeks"}, 422),
        ["delay_unit must be one of: days, hours"],
    ),
    (
        *("POST", "snippets", {"snippet_type": "inline", "content": "x"}, 422),
        ["name can't be blank"],
    ),
    *(
        ("PUT", f"snippets/{SNIPPET}", body, 422, ["snippet_type cannot be changed"])
        for body in ({"snippet_type": "block"}, {"document_attributes": {"value_html": "x"}})
    ),
    *(
        (
            *(
                "GET",
                f"subscribers?{name}=cancelled_at".replace("e=cancelled", "e=canceled"),
                None,
                422,
            ),
            [f"The status param must be `cancelled` if {name} is `cancelled_at`"],
        )
        for name in ("sort_field", "include")
    ),
    ("POST", "subscribers", {"email_address": "x"}, 422, ["Email address is invalid"]),
    (
        *("PUT", f"subscribers/{PERSON}", {"email_address": "reader-3@noexample.com"}, 422),
        ["Email address has already been taken"],
    ),
    ("POST", "subscribers/filter", {"all": [{"type": "x"}]}, 500, ["Internal Server Error"]),
    ("POST", "tags", {"name": ""}, 422, ["Name can't be blank"]),
    ("PUT", f"tags/{TAG}", {"name": ""}, 422, ["Name can't be blank"]),
    (
        *("PUT", f"tags/{TAG}", {"name": "GravityForms-tag-1"}, 422),
        ["Name has already been taken"],
    ),
    *(
        ("POST", "webhooks", body, 422, ["`event` and `target` parameters must be provided"])
        for body in ({}, {"target_url": "https://a.example/"}, {"event": {"name": "x"}})
        if "event" not in body
    ),
    *(
        (
            method,
            f"bulk/{path}",
            body,
            422,
            [f"No {name.replace('_', ' ')} included for processing"],
        )
        for method, path, name in (
            ("POST", "custom_fields", "custom_fields"),
            ("POST", "custom_fields/subscribers", "custom_field_values"),
            ("POST", "forms/subscribers", "additions"),
            ("POST", "subscribers", "subscribers"),
            ("POST", "tags", "tags"),
            ("DELETE", "tags", "tags"),
            ("POST", "tags/subscribers", "taggings"),
            ("DELETE", "tags/subscribers", "taggings"),
        )
        for body in ({}, {name: []}, {name: {}})
    ),
]

# Requests that Kit refuses with sentences that it does not document.
REFUSED = [
    ("GET", "broadcasts?status=nope", None),
    ("GET", "broadcasts?sent_after=nope", None),
    *(
        ("GET", f"{path}?{query}", None)
        for path in (
            *("subscribers", f"forms/{FORM}/subscribers"),
            *(f"sequences/{SEQUENCE}/subscribers", f"tags/{TAG}/subscribers"),
        )
        for query in ("status=nope", "after=nope", "created_after=nope", "per_page=0")
    ),
    *(
        ("GET", f"subscribers?{name}=nope", None)
        for name in ("sort_field", "sort_order", "include")
    ),
    ("GET", "subscribers?email_address=nope", None),
    ("GET", "snippets?snippet_type=nope", None),
    ("POST", "subscribers", {"email_address": "a@b.example", "state": "nope"}),
    ("POST", "subscribers", {"email_address": "a@b.example", "fields": 5}),
    ("POST", "bulk/subscribers", {"subscribers": [[]]}),
    ("POST", "broadcasts", {"send_at": "tomorrow"}),
    ("POST", "sequences", {"name": "x", "time_zone": "Mars"}),
    ("POST", "webhook_endpoints", {"url": "https://a.example/", "events": ["profile.updated"]}),
    ("POST", "webhooks", {"target_url": "https://a.example/", "event": {"name": "nope"}}),
    ("POST", f"subscribers/{PERSON}/location", {"location": {"city": "Ghent"}}),
    ("POST", "tags", "text"),
    ("POST", "purchases", {**PURCHASE, "currency": "dollars"}),
    ("GET", "webhook_endpoints?status=nope", None),
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


def send(
    kit: httpx2.Client, method: str, path: str, body: Any, headers: dict[str, str] = TOKEN
) -> httpx2.Response:
    sent = {} if body is None else {"json": body}
    return kit.request(method, f"/v4/{path}", headers=headers, **sent)


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


@pytest.mark.parametrize(("method", "path", "body", "status", "errors"), ERRORS)
def test_an_error_has_kits_sentence(
    kit: httpx2.Client, method: str, path: str, body: Any, status: int, errors: list[str]
) -> None:
    response = send(kit, method, path, body)
    assert (response.status_code, response.json()) == (status, {"errors": errors})


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_what_kit_refuses_without_a_documented_sentence(
    kit: httpx2.Client, method: str, path: str, body: Any
) -> None:
    response = send(kit, method, path, body)
    assert response.status_code == 422
    assert problems(response.json(), "errors:str[]") == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_an_operation_needs_a_credential(kit: httpx2.Client, operation: Any) -> None:
    path = operation.path.replace("{id}", "1")
    refused = send(kit, operation.method, path, None, {})
    assert (refused.status_code, refused.json()) == (401, {"errors": ["Authentication Failed"]})
    if path.startswith(("bulk/", "purchases")):
        assert send(kit, operation.method, path, None, KEY).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "broadcasts"), ("PUT", "broadcasts/1"), ("DELETE", "broadcasts/1")),
        ("POST", "sequences"),
    ],
)
def test_a_free_plan_lacks_some_operations(kit: httpx2.Client, method: str, path: str) -> None:
    response = send(kit, method, path, {}, FREE)
    assert response.status_code == 403
    assert response.json()["errors"][0].startswith("You do not have sufficient permissions")


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
    response = send(kit, "GET", "broadcasts/stats?sent_after=2015-01-01", None)
    assert response.status_code == 400
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
