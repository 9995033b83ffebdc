"""The Kit client does every operation that the sandbox has as Kit, over HTTP.

What it reads of a response is compared with the response itself: only what says who somebody is stays unread.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from support.kit.suite_account import (
    BROADCAST,
    EMAIL,
    FIELD,
    FORM,
    LOCATION,
    NEW_EMAIL,
    OTHER_TAG,
    PERSON,
    PURCHASE,
    SEQUENCE,
    SNIPPET,
    TAG,
    TOKEN,
    WEBHOOK,
)
from support.waiting import wait_until

from plugin_server.kit.api import endpoints, writes
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import Endpoint, ListOf, RecordAt
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.records import KitRecord, member_of
from plugin_server.kit.api.requests import RetryPolicy
from plugin_server.kit.api.results import Done
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.api.writer import KitWriter
from plugin_server.kit.api.writes import Write
from plugin_server.kit.connect.credentials import BearerAuth
from plugin_server.sandbox.kit.api import OPERATIONS

READS = {name: each for name, each in vars(endpoints).items() if isinstance(each, Endpoint)}
WRITES = {name: each for name, each in vars(writes).items() if isinstance(each, Write)}
ENDPOINT = {"url": "https://app.example.com/kit", "events": ["tag.created"]}

# What every other endpoint with an id is read with, by the path before the id.
IDS = {
    "broadcasts": BROADCAST,
    "forms": FORM,
    "posts": 3175837,
    "purchases": 200001,
    "sequences": SEQUENCE,
    "snippets": SNIPPET,
    "subscribers": PERSON,
    "tags": TAG,
}
# What is read with more than the ids of its path.
READ_WITH: dict[str, dict[str, Any]] = {
    "BROADCASTS": {"status": "completed"},
    "EMAIL_OF_SEQUENCE": {"sequence_id": SEQUENCE, "id": EMAIL, "include": ["stats"]},
    "EMAILS_OF_SEQUENCE": {"id": SEQUENCE, "include": ["stats"], "include_content": True},
    "FORMS": {"include": ["subscriber_count"]},
    "POSTS": {"include_content": True},
    "SEQUENCE": {"id": SEQUENCE, "include": ["stats"]},
    "SEQUENCES": {"include": ["stats"]},
    "SNIPPETS": {"include_content": True},
    "SUBSCRIBERS": {"include": ["attribution", "tags"], "slim": False},
    "TAGS": {"include": ["subscriber_count"]},
}
# Who somebody is and where, what leads there, and what an endpoint responded to a delivery.
UNREAD = {
    *("email_address", "fields", "first_name", "location", "primary_email_address"),
    *("referrer", "referrer_utm_parameters", "subscriber_id", "transaction_id", "lid"),
    *("utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"),
    *("response_body", "value"),
}
SUBSCRIBER_2 = 1579118535

# What is written, in an order in which it can be; ``made`` are the ids of what was created before.
CASES: list[tuple[str, Callable[[dict[str, int]], dict[str, Any]]]] = [
    ("SET_COLORS", lambda _: {"colors": ["#111111"]}),
    ("CREATE_WEBHOOK", lambda _: WEBHOOK),
    ("DELETE_WEBHOOK", lambda made: {"id": made["CREATE_WEBHOOK"]}),
    ("CREATE_WEBHOOK_ENDPOINT", lambda _: {**ENDPOINT, "name": "Ours"}),
    (
        "UPDATE_WEBHOOK_ENDPOINT",
        lambda made: {"id": made["CREATE_WEBHOOK_ENDPOINT"], "status": "disabled"},
    ),
    ("ROTATE_SECRET", lambda made: {"id": made["CREATE_WEBHOOK_ENDPOINT"], "force": True}),
    ("REVOKE_PREVIOUS_SECRET", lambda made: {"id": made["CREATE_WEBHOOK_ENDPOINT"]}),
    ("DELETE_WEBHOOK_ENDPOINT", lambda made: {"id": made["CREATE_WEBHOOK_ENDPOINT"]}),
    (
        "CREATE_BROADCAST",
        lambda _: {
            "subject": "A",
            "send_at": None,
            "subscriber_filter": [{"all": [{"type": "tag", "ids": [TAG]}]}],
        },
    ),
    ("UPDATE_BROADCAST", lambda made: {"id": made["CREATE_BROADCAST"], "subject": "B"}),
    ("DELETE_BROADCAST", lambda made: {"id": made["CREATE_BROADCAST"]}),
    (
        "CREATE_SEQUENCE",
        lambda _: {
            "name": "A",
            "send_days": ["monday"],
            "exclude_subscriber_sources": [{"type": "tag", "ids": [TAG]}],
        },
    ),
    ("UPDATE_SEQUENCE", lambda made: {"id": made["CREATE_SEQUENCE"], "hold": True}),
    (
        "CREATE_SEQUENCE_EMAIL",
        lambda made: {"sequence_id": made["CREATE_SEQUENCE"], **NEW_EMAIL},
    ),
    (
        "UPDATE_SEQUENCE_EMAIL",
        lambda made: {
            "sequence_id": made["CREATE_SEQUENCE"],
            "id": made["CREATE_SEQUENCE_EMAIL"],
            "send_days": None,
        },
    ),
    (
        "DELETE_SEQUENCE_EMAIL",
        lambda made: {
            "sequence_id": made["CREATE_SEQUENCE"],
            "id": made["CREATE_SEQUENCE_EMAIL"],
        },
    ),
    ("DELETE_SEQUENCE", lambda made: {"id": made["CREATE_SEQUENCE"]}),
    (
        "CREATE_SNIPPET",
        lambda _: {
            "name": "A",
            "snippet_type": "block",
            "document_attributes": {"value_html": "<p>x</p>"},
        },
    ),
    ("UPDATE_SNIPPET", lambda made: {"id": made["CREATE_SNIPPET"], "archived": True}),
    (
        "CREATE_SUBSCRIBER",
        lambda _: {"email_address": "new@noexample.com", "fields": {"last_name": "Moe", "no": "1"}},
    ),
    ("UPDATE_SUBSCRIBER", lambda made: {"id": made["CREATE_SUBSCRIBER"], "first_name": None}),
    ("UNSUBSCRIBE", lambda made: {"id": made["CREATE_SUBSCRIBER"]}),
    (
        "FILTER_SUBSCRIBERS",
        lambda _: {
            "all": [
                {"type": "subscriber_state", "states": ["active"]},
                {"type": "opens", "count_less_than": 10**6, "after": date(2024, 1, 1)},
                {"type": "subscribed", "after": date(2000, 1, 1)},
                {"type": "tags", "any": [{"type": "ids", "matching": [TAG]}]},
            ],
            "include": [{"type": "tags"}],
            "per_page": 2,
        },
    ),
    ("SET_LOCATION", lambda _: {"id": PERSON, "location": LOCATION}),
    ("CHANGE_LOCATION", lambda _: {"id": PERSON, "location": LOCATION}),
    ("DELETE_LOCATION", lambda _: {"id": PERSON}),
    (
        "CREATE_SUBSCRIBERS",
        lambda _: {"subscribers": [{"email_address": "a@noexample.com"}, {"email_address": "no"}]},
    ),
    ("CREATE_TAG", lambda _: {"name": "Fresh"}),
    ("UPDATE_TAG", lambda made: {"id": made["CREATE_TAG"], "name": "Fresher"}),
    ("TAG_SUBSCRIBER", lambda _: {"tag_id": OTHER_TAG, "id": SUBSCRIBER_2}),
    ("UNTAG_SUBSCRIBER", lambda _: {"tag_id": OTHER_TAG, "id": SUBSCRIBER_2}),
    ("TAG_BY_EMAIL", lambda _: {"id": OTHER_TAG, "email_address": "reader-2@noexample.com"}),
    ("UNTAG_BY_EMAIL", lambda _: {"id": OTHER_TAG, "email_address": "reader-2@noexample.com"}),
    ("CREATE_TAGS", lambda _: {"tags": [{"name": "One"}, {"name": ""}]}),
    ("DELETE_TAGS", lambda made: {"tags": [{"id": made["CREATE_TAG"]}, {"id": 12345}]}),
    ("TAG_SUBSCRIBERS", lambda _: {"taggings": [{"tag_id": OTHER_TAG, "subscriber_id": PERSON}]}),
    ("UNTAG_SUBSCRIBERS", lambda _: {"taggings": [{"tag_id": OTHER_TAG, "subscriber_id": PERSON}]}),
    ("ADD_TO_FORM", lambda _: {"form_id": FORM, "id": PERSON, "referrer": "https://a.example/"}),
    ("ADD_TO_FORM_BY_EMAIL", lambda _: {"id": FORM, "email_address": "olive@noexample.com"}),
    ("ADD_TO_FORMS", lambda _: {"additions": [{"form_id": FORM, "subscriber_id": PERSON}]}),
    ("ADD_TO_SEQUENCE", lambda _: {"sequence_id": SEQUENCE, "id": PERSON}),
    (
        "ADD_TO_SEQUENCE_BY_EMAIL",
        lambda _: {"id": SEQUENCE, "email_address": "olive@noexample.com"},
    ),
    ("CREATE_CUSTOM_FIELD", lambda _: {"label": "Boat"}),
    ("UPDATE_CUSTOM_FIELD", lambda made: {"id": made["CREATE_CUSTOM_FIELD"], "label": "Ship"}),
    ("DELETE_CUSTOM_FIELD", lambda made: {"id": made["CREATE_CUSTOM_FIELD"]}),
    ("CREATE_CUSTOM_FIELDS", lambda _: {"custom_fields": [{"label": "Zoo"}]}),
    (
        "SET_VALUES",
        lambda _: {
            "custom_field_values": [
                {"subscriber_id": PERSON, "subscriber_custom_field_id": FIELD, "value": "x"},
                {"subscriber_id": 12345, "subscriber_custom_field_id": FIELD, "value": None},
            ]
        },
    ),
    ("CREATE_PURCHASE", lambda _: {**PURCHASE, "total": 5.5}),
]
# Those after which there is a record, or a subscriber has a tag, that was not there.
NEW = {
    *("CREATE_WEBHOOK", "CREATE_WEBHOOK_ENDPOINT", "CREATE_BROADCAST", "CREATE_SEQUENCE"),
    *("CREATE_SEQUENCE_EMAIL", "CREATE_SNIPPET", "CREATE_SUBSCRIBER", "CREATE_TAG"),
    *("TAG_SUBSCRIBER", "TAG_BY_EMAIL", "CREATE_CUSTOM_FIELD", "CREATE_PURCHASE"),
}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    with make_http_client() as http:
        yield http


def access(kit: httpx2.Client, http: httpx2.Client) -> tuple[Any, ...]:
    """Return what reads and writes the account with, within a minute."""
    token = TOKEN["Authorization"].removeprefix("Bearer ")
    policy = RetryPolicy(seconds=20, attempts=1)
    auth = BearerAuth(SecretStr(token))
    return http, str(kit.base_url).rstrip("/"), auth, Credential.of_token("1"), Budget(), policy


@pytest.fixture(scope="module")
def client(kit: httpx2.Client, http: httpx2.Client) -> KitClient:
    return KitClient(KitReader(*access(kit, http)))


@pytest.fixture(scope="module")
def writer(kit: httpx2.Client, http: httpx2.Client) -> KitWriter:
    return KitWriter(*access(kit, http))


def test_the_tables_hold_every_operation_of_kit_once() -> None:
    def pattern(path: str) -> str:
        return re.sub(r"\{\w+\}", "{id}", path)

    held = [f"GET {pattern(each.path)}" for each in READS.values()]
    held += [pattern(each.operation) for each in WRITES.values()]
    assert sorted(held) == sorted(f"{each.method} /v4/{each.path}" for each in OPERATIONS)
    assert len(held) == 85


@pytest.fixture(scope="module")
def delivered(writer: KitWriter, client: KitClient) -> dict[str, int]:
    """The ids of a webhook endpoint and of a delivery to it; there is a legacy webhook, too."""
    writer.send(writes.CREATE_WEBHOOK, **WEBHOOK)
    endpoint = writer.send(writes.CREATE_WEBHOOK_ENDPOINT, **ENDPOINT).record.id
    writer.send(writes.CREATE_TAG, name="To be delivered")
    [delivery] = client.list(endpoints.DELIVERIES, id=endpoint)
    found = {"endpoint_id": endpoint, "id": delivery.id}
    # The next attempt is half a minute later.
    wait_until(lambda: bool(client.get(endpoints.DELIVERY, **found).attempts))
    return found


def parameters_of(name: str, delivered: dict[str, int]) -> dict[str, Any]:
    path = READS[name].path
    if name == "DELIVERY":
        return delivered
    if path.startswith("/v4/webhook_endpoints/{id}"):
        return {"id": delivered["endpoint_id"]}
    ids = {"id": IDS[path.split("/")[2]]} if "{id}" in path else {}
    return {**ids, **READ_WITH.get(name, {})}


def differences(raw: Any, read: Any, path: str = "") -> Iterator[str]:
    """Yield the members of a response that the record lacks, or that it could not read."""
    if isinstance(read, KitRecord):
        for name, value in raw.items():
            if name not in type(read).model_fields:
                if name not in UNREAD:
                    yield f"{path}.{name} is not read"
            else:
                yield from differences(value, getattr(read, name), f"{path}.{name}")
    elif isinstance(raw, list):
        if len(read or ()) != len(raw):
            yield f"{path} has {len(raw)} items"
        for one, other in zip(raw, read or (), strict=False):
            yield from differences(one, other, f"{path}[]")
    elif raw is not None and read is None:
        yield f"{path} cannot be read: {raw!r}"


@pytest.mark.parametrize("name", READS)
def test_every_get_is_read_as_kit_has_it(
    client: KitClient, kit: httpx2.Client, delivered: dict[str, int], name: str
) -> None:
    endpoint: Endpoint[Any, ...] = READS[name]
    parameters = parameters_of(name, delivered)
    path, query = endpoint.request(**parameters)
    raw = member_of(
        kit.get(path, params=query, headers=TOKEN).raise_for_status().json(), endpoint.member
    )
    read: Any
    if isinstance(endpoint, ListOf):
        assert isinstance(raw, list)
        assert raw
        read = tuple(islice(client.list(endpoint, **parameters), len(raw)))
    else:
        assert isinstance(endpoint, RecordAt)
        read = client.get(endpoint, **parameters)
    assert [*differences(raw, read)] == []


def test_every_write_is_done_and_its_response_read(writer: KitWriter) -> None:
    assert sorted(name for name, _ in CASES) == sorted(WRITES)
    made: dict[str, int] = {}
    for name, members in CASES:
        write: Write[Any, ...] = WRITES[name]
        written = writer.send(write, **members(made))
        done = 204 if write.reply.record is Done else 200
        assert written.status == (201 if name in NEW else done), name
        made[name] = getattr(written.record, "id", 0)


def test_a_write_says_what_kit_did_with_it(writer: KitWriter) -> None:
    new, old = (writer.send(writes.CREATE_TAG, name="New, then old") for _ in range(2))
    assert (new.status, old.status, new.record) == (201, 200, old.record)
    written = writer.send(
        writes.CREATE_SUBSCRIBER, email_address="warned@noexample.com", fields={"nope": "1"}
    )
    assert written.record.state == "active"
    assert len(written.warnings) == 1
    unknown = [{"id": 10**9 + n} for n in range(101)]
    many = writer.send(writes.DELETE_TAGS, tags=unknown)
    assert (many.status, many.record.failures) == (202, ())
    failed = writer.send(writes.DELETE_TAGS, tags=[{"id": 12345}]).record.failures
    assert [(each.errors, each.item) for each in failed] == [
        (("Tag does not exist",), {"id": 12345})
    ]


def test_ids_that_kit_sends_as_text_are_read(writer: KitWriter) -> None:
    page = writer.send(
        writes.FILTER_SUBSCRIBERS,
        all=[{"type": "tags", "any": [{"type": "ids", "matching": [TAG]}]}],
        per_page=1,
    ).record
    [found] = page.subscribers
    assert TAG in found.tag_ids
    assert page.pagination.has_next_page


def test_the_secret_of_an_endpoint_is_shown_where_kit_makes_one_and_never_printed(
    writer: KitWriter, client: KitClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = writer.send(writes.CREATE_WEBHOOK_ENDPOINT, **ENDPOINT)
    secret = made.record.secret.get_secret_value()
    rotated = writer.send(writes.ROTATE_SECRET, id=made.record.id)
    assert rotated.record.secret.get_secret_value() != secret
    found = client.get(endpoints.WEBHOOK_ENDPOINT, id=made.record.id)
    writer.send(writes.DELETE_WEBHOOK_ENDPOINT, id=made.record.id)
    printed = f"{made} {made!r} {made.record.model_dump_json()} {rotated!r} {found!r} {caplog.text}"
    assert secret.startswith("whsec_")
    assert "whsec_" not in printed
    assert ENDPOINT["url"] not in f"{made!r} {found!r} {caplog.text}"
