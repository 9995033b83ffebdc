"""The table of Kit's endpoints, read through the client from a Kit that records its requests."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from support.kit.in_process import Kit, page

from plugin_server.errors import KitNotFound, KitUnavailable, KitUnreadable
from plugin_server.kit.api import endpoints
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import (
    BROADCAST,
    BROADCASTS,
    COLORS,
    DELIVERIES,
    EMAIL_OF_SEQUENCE,
    EMAILS_OF_SEQUENCE,
    FORMS,
    GROWTH_STATS,
    POST,
    POSTS,
    SNIPPETS,
    STATS_OF_SUBSCRIBER,
    SUBSCRIBERS,
    SUBSCRIBERS_OF_FORM,
    SUBSCRIBERS_OF_SEQUENCE,
    SUBSCRIBERS_OF_TAG,
    TAGS,
    Endpoint,
    ListOf,
    RecordAt,
    places,
)
from plugin_server.kit.api.parameters import PAGE_SIZE

Query = dict[str, str]
Read = Callable[[KitClient], Any]

NOON = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
NOON_SENT = "2026-03-01T12:00:00Z"
DAY = date(2026, 3, 1)
DAY_SENT = "2026-03-01"

# The paths of Kit's reference, with the member of each response that holds the list.
LISTS = {
    "/v4/broadcasts": "broadcasts",
    "/v4/broadcasts/stats": "broadcasts",
    "/v4/broadcasts/{id}/clicks": "broadcast.clicks",
    "/v4/custom_fields": "custom_fields",
    "/v4/email_templates": "email_templates",
    "/v4/forms": "forms",
    "/v4/forms/{id}/subscribers": "subscribers",
    "/v4/posts": "posts",
    "/v4/purchases": "purchases",
    "/v4/segments": "segments",
    "/v4/sequences": "sequences",
    "/v4/sequences/{id}/emails": "emails",
    "/v4/sequences/{id}/subscribers": "subscribers",
    "/v4/snippets": "snippets",
    "/v4/subscribers": "subscribers",
    "/v4/subscribers/{id}/tags": "tags",
    "/v4/tags": "tags",
    "/v4/tags/{id}/subscribers": "subscribers",
    "/v4/webhook_endpoints": "webhook_endpoints",
    "/v4/webhook_endpoints/{id}/deliveries": "deliveries",
    "/v4/webhooks": "webhooks",
}
# Those that are requested without custom fields.
SLIM = {
    "/v4/forms/{id}/subscribers": "true",
    "/v4/subscribers": "true",
    "/v4/tags/{id}/subscribers": "true",
}
# … and with a response of Kit, where it is one record.
RECORDS: dict[str, dict[str, Any]] = {
    "/v4/account": {"account": {"id": 26}},
    "/v4/account/colors": {"colors": []},
    "/v4/account/creator_profile": {"profile": {}},
    "/v4/account/email_stats": {"stats": {}},
    "/v4/account/growth_stats": {"stats": {}},
    "/v4/broadcasts/{id}/stats": {"broadcast": {"id": 7, "stats": {"recipients": 20}}},
    "/v4/broadcasts/{id}": {"broadcast": {"id": 7}},
    "/v4/posts/{id}": {"post": {"id": 7}},
    "/v4/purchases/{id}": {"purchase": {"id": 7}},
    "/v4/sequences/{id}": {"sequence": {"id": 7}},
    "/v4/sequences/{sequence_id}/emails/{id}": {"email": {"id": 7}},
    "/v4/snippets/{id}": {"snippet": {"id": 7}},
    "/v4/subscribers/{id}": {"subscriber": {"id": 7}},
    "/v4/subscribers/{id}/stats": {"subscriber": {"id": 7, "stats": {"sent": 3}}},
    "/v4/webhook_endpoints/{id}": {"webhook_endpoint": {"id": 7}},
    "/v4/webhook_endpoints/{endpoint_id}/deliveries/{id}": {"delivery": {"id": 7}},
}
TABLE: dict[str, Endpoint[Any, ...]] = {
    each.path: each for each in vars(endpoints).values() if isinstance(each, Endpoint)
}


def with_id(path: str) -> str:
    return path.format(**parameters(path))


def parameters(path: str) -> dict[str, int]:
    return dict.fromkeys(places(path), 7)


def page_at(path: str, records: Any) -> dict[str, Any]:
    """Return a page of a list, whose member may be in another one."""
    *outer, member = LISTS[path].split(".")
    body = page(member, records)
    return {outer[0]: body, "pagination": body["pagination"]} if outer else body


def list_at(client: KitClient, path: str) -> list[Any]:
    """Read a list, with the id 7 where its path has one."""
    endpoint = TABLE[path]
    assert isinstance(endpoint, ListOf)
    return list(client.list(endpoint, **parameters(path)))


def record_at(path: str) -> RecordAt[Any, ...]:
    endpoint = TABLE[path]
    assert isinstance(endpoint, RecordAt)
    return endpoint


def test_the_table_holds_every_path_of_the_reference_once() -> None:
    assert {*TABLE} == {*LISTS, *RECORDS}
    rows = [each for each in vars(endpoints).values() if isinstance(each, Endpoint)]
    assert len(rows) == len(TABLE)


def test_every_endpoint_has_a_page_of_the_reference() -> None:
    pages = {each.docs_url for each in TABLE.values()}
    assert len(pages) == len(TABLE)
    assert all(url.startswith("https://developers.kit.com/api-reference/") for url in pages)


@pytest.mark.parametrize("path", LISTS)
def test_each_list_is_requested_by_its_path(client: KitClient, kit: Kit, path: str) -> None:
    records = [{"id": 1, "stats": {}}, {"id": "2", "stats": {}}]
    kit.responses[with_id(path)] = page_at(path, records)
    assert [record.id for record in list_at(client, path)] == [1, 2]
    assert kit.requested == [with_id(path)]
    slim = {"slim": SLIM[path]} if path in SLIM else {}
    assert kit.queries == [{"per_page": str(PAGE_SIZE), **slim}]


@pytest.mark.parametrize("path", RECORDS)
def test_each_record_is_requested_by_its_path(client: KitClient, kit: Kit, path: str) -> None:
    kit.responses = {with_id(path): RECORDS[path]}
    assert client.get(record_at(path), **parameters(path)) is not None
    assert kit.requested == [with_id(path)]
    assert kit.queries == [{}]


def subscribers_of(endpoint: ListOf[Any, ...], verb: str) -> tuple[Read, Query]:
    """Return a call with all filters for the subscribers of something, and what is sent."""
    filters = {f"{verb}_after": NOON, f"{verb}_before": DAY}
    return (
        lambda client: client.list(
            endpoint, id=7, status="all", created_after=DAY, created_before=NOON, **filters
        ),
        {
            "status": "all",
            "created_after": DAY_SENT,
            "created_before": NOON_SENT,
            f"{verb}_after": NOON_SENT,
            f"{verb}_before": DAY_SENT,
            **({"slim": "true"} if endpoint.path in SLIM else {}),
        },
    )


@pytest.mark.parametrize(
    ("read", "sent"),
    [
        (lambda c: c.list(POSTS, include_content=True), {"include_content": "true"}),
        (lambda c: c.list(POSTS, include_content=False, after=""), {}),
        (
            lambda c: c.list(BROADCASTS, extra_fields=["clicks", "stats"]),
            {"extra_fields": "clicks,stats"},
        ),
        (
            lambda c: c.list(
                BROADCASTS, slim=True, status="completed", sent_after=DAY, sent_before=NOON
            ),
            {
                "slim": "true",
                "status": "completed",
                "sent_after": DAY_SENT,
                "sent_before": DAY_SENT,
            },
        ),
        (
            lambda c: c.list(FORMS, status="all", type="hosted", include=["subscriber_count"]),
            {"status": "all", "type": "hosted", "include": "subscriber_count"},
        ),
        (
            lambda c: c.list(SNIPPETS, archived=True, snippet_type="block", include_content=True),
            {"archived": "true", "snippet_type": "block", "include_content": "true"},
        ),
        (
            lambda c: c.list(SUBSCRIBERS, slim=False, include=["attribution", "tags"]),
            {"include": "attribution,tags"},
        ),
        (
            lambda c: c.list(DELIVERIES, id=7, status="failed", event_type="post.published"),
            {"status": "failed", "event_type": "post.published"},
        ),
        (
            lambda c: c.list(EMAILS_OF_SEQUENCE, id=7, include=["stats"]),
            {"include": "stats"},
        ),
        (
            lambda c: c.list(
                SUBSCRIBERS,
                status="cancelled",
                created_after=DAY,
                created_before=NOON,
                updated_after=NOON,
                updated_before=DAY,
                sort_field="cancelled_at",
                sort_order="asc",
            ),
            {
                "status": "cancelled",
                "created_after": DAY_SENT,
                "created_before": NOON_SENT,
                "updated_after": NOON_SENT,
                "updated_before": DAY_SENT,
                "sort_field": "cancelled_at",
                "sort_order": "asc",
                "slim": "true",
            },
        ),
        subscribers_of(SUBSCRIBERS_OF_FORM, "added"),
        subscribers_of(SUBSCRIBERS_OF_SEQUENCE, "added"),
        subscribers_of(SUBSCRIBERS_OF_TAG, "tagged"),
        (
            lambda c: c.list(TAGS, per_page=1000, after="WzFd", include_total_count=True),
            {"per_page": "1000", "after": "WzFd", "include_total_count": "true"},
        ),
    ],
)
def test_parameters_of_a_list_are_sent(
    client: KitClient, kit: Kit, read: Read, sent: Query
) -> None:
    with pytest.raises(KitNotFound):
        list(read(client))
    assert kit.queries[0] == {"per_page": str(PAGE_SIZE), **sent}


@pytest.mark.parametrize(
    ("read", "sent"),
    [
        (lambda c: c.find(BROADCAST, id=7, extra_fields=["stats"]), {"extra_fields": "stats"}),
        (lambda c: c.find(GROWTH_STATS, starting=DAY), {"starting": DAY_SENT}),
        (lambda c: c.find(GROWTH_STATS, ending=NOON), {"ending": DAY_SENT}),
        (
            lambda c: c.find(EMAIL_OF_SEQUENCE, sequence_id=3, id=7, include=["stats"]),
            {"include": "stats"},
        ),
        (
            lambda c: c.find(STATS_OF_SUBSCRIBER, id=7, email_sent_after=DAY),
            {"email_sent_after": DAY_SENT},
        ),
        # Longer than any id of today, and than 64 bits.
        (lambda c: c.find(POST, id=10**19), {}),
    ],
)
def test_parameters_of_a_record_are_sent(
    client: KitClient, kit: Kit, read: Read, sent: Query
) -> None:
    assert read(client) is None
    assert kit.queries == [sent]


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda c: c.list(TAGS, per_page=-1), "greater than or equal to 1"),
        (lambda c: c.list(TAGS, per_page=0), "greater than or equal to 1"),
        (lambda c: c.list(TAGS, per_page=1001), "less than or equal to 1000"),
        (
            lambda c: c.list(SUBSCRIBERS, created_after=NOON.replace(tzinfo=None)),
            "timezone info",
        ),
        # Which is not taken for a day.
        (lambda c: c.list(SUBSCRIBERS, created_after=datetime(2026, 3, 1)), "timezone info"),
        (lambda c: c.list(SUBSCRIBERS, created_after="yesterday"), "valid date"),
        (lambda c: c.list(SUBSCRIBERS, email_address="a@b.example"), "not permitted"),
        (lambda c: c.list(FORMS, status="unknown"), "should be 'active'"),
        (lambda c: c.list(SUBSCRIBERS, include=["location"]), "should be 'attribution'"),
        (lambda c: c.list(BROADCASTS, extra_fields=["content"]), "should be 'clicks'"),
        (lambda c: c.get(POST, id="../account"), "valid integer"),
        (lambda c: c.get(POST), "required"),
    ],
)
def test_parameters_that_kit_could_not_accept_are_refused_before_a_request(
    client: KitClient, kit: Kit, read: Read, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        read(client)
    assert kit.requested == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("records", [None, {}, "x", 5])
def test_a_list_of_another_shape_is_refused(
    client: KitClient, kit: Kit, path: str, records: Any
) -> None:
    kit.responses[with_id(path)] = page_at(path, records)
    with pytest.raises(KitUnreadable):
        list_at(client, path)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_is_not_there_is_not_an_empty_one(client: KitClient, path: str) -> None:
    with pytest.raises(KitNotFound):
        list_at(client, path)


@pytest.mark.parametrize("path", RECORDS)
def test_an_absent_record_is_none_where_it_may_be(client: KitClient, path: str) -> None:
    assert client.find(record_at(path), **parameters(path)) is None
    with pytest.raises(KitNotFound):
        client.get(record_at(path), **parameters(path))


@pytest.mark.parametrize("path", RECORDS)
@pytest.mark.parametrize("shape", [None, 5, "x"])
def test_a_record_of_another_shape_is_refused(
    client: KitClient, kit: Kit, path: str, shape: Any
) -> None:
    kit.responses[with_id(path)] = dict.fromkeys(RECORDS[path], shape)
    with pytest.raises(KitUnreadable):
        client.find(record_at(path), **parameters(path))


@pytest.mark.parametrize("path", RECORDS)
def test_an_outage_is_not_taken_for_an_absence(client: KitClient, kit: Kit, path: str) -> None:
    kit.down = True
    with pytest.raises(KitUnavailable):
        client.find(record_at(path), **parameters(path))


def test_colors_that_are_none_are_left_out(client: KitClient, kit: Kit) -> None:
    wrong = [None, 5, "red", "#12345", "#1234567", "#12345g", "#123456\n", "x#123456"]
    kit.responses["/v4/account/colors"] = {"colors": ["#008000", *wrong, "#FF0000"]}
    assert client.get(COLORS).colors == ("#008000", "#FF0000")


def test_growth_stats_keep_the_accounts_own_zone(client: KitClient, kit: Kit) -> None:
    kit.responses["/v4/account/growth_stats"] = {
        "stats": {
            "subscribers": 3,
            "starting": "2023-02-10T00:00:00-05:00",
            "ending": "2023-02-24T23:59:59",
        }
    }
    stats = client.get(GROWTH_STATS)
    assert stats.starting is not None
    assert stats.starting.isoformat() == "2023-02-10T00:00:00-05:00"
    # Without an offset it would be a time in nobody knows which zone.
    assert stats.ending is None


def test_times_of_other_records_are_utc_where_they_do_not_say(client: KitClient, kit: Kit) -> None:
    kit.responses["/v4/posts/7"] = {"post": {"id": 7, "sent_at": "2026-03-01T12:00:00"}}
    post = client.find(POST, id=7)
    assert post is not None
    assert post.sent_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
