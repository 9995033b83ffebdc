"""Every error of Kit's API has the sentence that Kit documents."""

from typing import Any

import httpx2
import pytest
from support.kit.shapes import problems
from support.kit.suite_account import (
    BROADCAST,
    EMAIL,
    FIELD,
    FORM,
    NEW_EMAIL,
    PERSON,
    PURCHASE,
    SEQUENCE,
    SNIPPET,
    TAG,
    send,
)

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
                ("PATCH", "subscribers/12345/location", {}),
                ("DELETE", "subscribers/12345/location", {}),
            ),
            *(("PUT", "tags/12345", {"name": "x"}), ("DELETE", "webhooks/12345", [])),
            *((method, "webhook_endpoints/12345", {}) for method in ("GET", "PATCH", "DELETE")),
            *(
                ("POST", f"webhook_endpoints/12345/{verb}", {})
                for verb in ("rotate_secret", "revoke_previous_secret")
            ),
            ("GET", "webhook_endpoints/12345/deliveries", None),
            ("GET", "webhook_endpoints/12345/deliveries/1", None),
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
            ("DELETE", "tags/12345/subscribers", {"email_address": "olive@noexample.com"}),
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
    ("POST", "purchases", {**PURCHASE, "total": "abc"}, 422, ["A number was expected"]),
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
            *("GET", f"subscribers?{name}={value}", None, 422),
            [f"The status param must be `cancelled` if {name} is `cancelled_at`"],
        )
        for name, value in (("sort_field", "cancelled_at"), ("include", "canceled_at"))
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
        for body in (
            *({}, {"target_url": "https://a.example/"}),
            {"event": {"name": "subscriber.subscriber_activate"}},
        )
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
    # JSON of another type than Kit's.
    ("POST", "sequences", {"name": "x", "time_zone": ["UTC"]}),
    ("POST", "broadcasts", {"subscriber_filter": "everybody"}),
    ("POST", "webhooks", {"target_url": "https://a.example/", "event": {"name": []}}),
    *(
        ("POST", "subscribers/filter", {"all": [], **body})
        for body in ({"sort_field": ["id"]}, {"after": 5}, {"include": [{"type": []}]})
    ),
    ("POST", "purchases", {**PURCHASE, "currency": "dollars"}),
    ("GET", "webhook_endpoints?status=nope", None),
    ("POST", "webhook_endpoints", {"events": ["post.published"]}),
    ("POST", "webhook_endpoints", {"url": "https://a.example/"}),
    (
        *("POST", "snippets"),
        {"name": "Me", "snippet_type": "inline", "content": "{{ snippet.me }}"},
    ),
]


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
