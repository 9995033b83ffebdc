"""Every GET of Kit's API V4 through the client, answered by a Kit that notes what it was asked."""

import inspect
import traceback
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest
from support.reading import client_over

from plugin_server.errors import KitError, KitNotFound, KitUnavailable, KitUnreadable
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.listing import PAGE_SIZE, Listing
from plugin_server.kit.api.transport import make_http_client

Call = Callable[[KitClient], Any]
Query = dict[str, str]

NOON = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
NOON_SENT = "2026-03-01T12:00:00Z"
DAY = date(2026, 3, 1)
PERSON = "reader@person.example"


class Kit:
    """Answers by path and cursor, as ``answers`` says, and 404 to all else."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Query]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.method == "GET"
        path, query = request.url.path, dict(request.url.params)
        self.asked.append((path, query))
        cursor = query.get("after")
        answer = self.answers.get(f"{path}?{cursor}" if cursor else path)
        if isinstance(answer, httpx2.Response):
            return answer
        if answer is None:
            return httpx2.Response(404, json={"errors": ["Not Found"]})
        return httpx2.Response(200, json=answer)

    def pages(self, path: str, member: str, *pages: list[Any], last: Any = None) -> None:
        """Answer a list page by page; the cursors are the pages' numbers. ``last`` leads back."""
        for number, records in enumerate(pages, 1):
            following = str(number) if number < len(pages) else last
            pagination = {"has_next_page": following is not None, "end_cursor": following}
            before = f"?{number - 1}" if number > 1 else ""
            self.answers[path + before] = {member: records, "pagination": pagination}


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture
def client(kit: Kit) -> Iterator[KitClient]:
    with make_http_client(httpx2.MockTransport(kit)) as http:
        yield client_over(http)


SUBSCRIBERS_OF = [
    ("forms", "added", KitClient.list_subscribers_for_form),
    ("sequences", "added", KitClient.list_subscribers_for_sequence),
    ("tags", "tagged", KitClient.list_subscribers_for_tag),
]

# The paths of Kit's reference, with the method that reads each and the member of its answer.
LISTS: dict[str, tuple[Callable[..., Listing[Any]], str, list[int]]] = {
    "/v4/broadcasts": (KitClient.list_broadcasts, "broadcasts", []),
    "/v4/custom_fields": (KitClient.list_custom_fields, "custom_fields", []),
    "/v4/email_templates": (KitClient.list_email_templates, "email_templates", []),
    "/v4/forms": (KitClient.list_forms, "forms", []),
    "/v4/forms/{form_id}/subscribers": (KitClient.list_subscribers_for_form, "subscribers", [7]),
    "/v4/posts": (KitClient.list_posts, "posts", []),
    "/v4/purchases": (KitClient.list_purchases, "purchases", []),
    "/v4/segments": (KitClient.list_segments, "segments", []),
    "/v4/sequences": (KitClient.list_sequences, "sequences", []),
    "/v4/sequences/{sequence_id}/subscribers": (
        KitClient.list_subscribers_for_sequence,
        "subscribers",
        [7],
    ),
    "/v4/subscribers": (KitClient.list_subscribers, "subscribers", []),
    "/v4/subscribers/{subscriber_id}/tags": (KitClient.list_tags_for_subscriber, "tags", [7]),
    "/v4/tags": (KitClient.list_tags, "tags", []),
    "/v4/tags/{tag_id}/subscribers": (KitClient.list_subscribers_for_tag, "subscribers", [7]),
    "/v4/webhooks": (KitClient.list_webhooks, "webhooks", []),
}
RECORDS: dict[str, tuple[Callable[..., Any], dict[str, Any], list[int]]] = {
    "/v4/account": (KitClient.get_account, {"account": {"id": 26}}, []),
    "/v4/account/colors": (KitClient.list_colors, {"colors": []}, []),
    "/v4/account/creator_profile": (KitClient.get_creator_profile, {"profile": {}}, []),
    "/v4/account/email_stats": (KitClient.get_email_stats, {"stats": {}}, []),
    "/v4/account/growth_stats": (KitClient.get_growth_stats, {"stats": {}}, []),
    "/v4/broadcasts/{broadcast_id}/stats": (
        KitClient.get_stats_for_broadcast,
        {"broadcast": {"id": 7, "stats": {"recipients": 20}}},
        [7],
    ),
    "/v4/broadcasts/{id}": (KitClient.get_broadcast, {"broadcast": {"id": 7}}, [7]),
    "/v4/posts/{id}": (KitClient.get_post, {"post": {"id": 7}}, [7]),
    "/v4/purchases/{id}": (KitClient.get_purchase, {"purchase": {"id": 7}}, [7]),
    "/v4/subscribers/{id}": (KitClient.get_subscriber, {"subscriber": {"id": 7}}, [7]),
}
ABSENT_IS_NONE = [path for path in RECORDS if "{" in path or path.endswith("creator_profile")]


def filled(path: str) -> str:
    """Return a path of the reference with the id 7 in it."""
    return "/".join("7" if part.startswith("{") else part for part in path.split("/"))


def test_every_public_method_reads_one_path_of_the_reference() -> None:
    methods = {name for name, _ in inspect.getmembers(KitClient, inspect.isfunction)}
    read = {entry[0].__name__ for entry in (*LISTS.values(), *RECORDS.values())}
    assert {name for name in methods if not name.startswith("_")} == read
    assert len(read) == len(LISTS) + len(RECORDS)


@pytest.mark.parametrize("path", [*LISTS, *RECORDS])
def test_every_method_says_where_kit_describes_it(path: str) -> None:
    method = (LISTS.get(path) or RECORDS[path])[0]
    assert "https://developers.kit.com/api-reference/" in (method.__doc__ or "")


@pytest.mark.parametrize("path", LISTS)
def test_each_list_is_asked_for_by_its_path(client: KitClient, kit: Kit, path: str) -> None:
    method, member, ids = LISTS[path]
    kit.pages(filled(path), member, [{"id": 1}, {"id": 2}])
    assert [record.id for record in method(client, *ids)] == [1, 2]
    assert kit.asked == [(filled(path), {"per_page": str(PAGE_SIZE)})]


@pytest.mark.parametrize("path", RECORDS)
def test_each_record_is_asked_for_by_its_path(client: KitClient, kit: Kit, path: str) -> None:
    method, answer, ids = RECORDS[path]
    kit.answers = {filled(path): answer}
    assert method(client, *ids) is not None
    assert kit.asked == [(filled(path), {})]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (lambda c: c.list_posts(include_content=True), {"include_content": "true"}),
        (
            lambda c: c.list_broadcasts(extra_fields=["clicks", "stats"]),
            {"extra_fields": "clicks,stats"},
        ),
        (lambda c: c.list_forms(status="all", type="hosted"), {"status": "all", "type": "hosted"}),
        (
            lambda c: c.list_subscribers(
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
                "created_after": "2026-03-01",
                "created_before": NOON_SENT,
                "updated_after": NOON_SENT,
                "updated_before": "2026-03-01",
                "sort_field": "cancelled_at",
                "sort_order": "asc",
            },
        ),
        *[
            (
                lambda c, method=method, verb=verb: method(
                    c,
                    7,
                    status="all",
                    created_after=DAY,
                    created_before=NOON,
                    **{f"{verb}_after": NOON, f"{verb}_before": DAY},
                ),
                {
                    "status": "all",
                    "created_after": "2026-03-01",
                    "created_before": NOON_SENT,
                    f"{verb}_after": NOON_SENT,
                    f"{verb}_before": "2026-03-01",
                },
            )
            for _, verb, method in SUBSCRIBERS_OF
        ],
        (
            lambda c: c.list_tags(per_page=1000, after="WzFd", include_total_count=True),
            {"per_page": "1000", "after": "WzFd", "include_total_count": "true"},
        ),
    ],
)
def test_what_a_list_is_asked_for_reaches_kit(
    client: KitClient, kit: Kit, call: Call, asked: Query
) -> None:
    with pytest.raises(KitNotFound):
        list(call(client))
    assert kit.asked[0][1] == {"per_page": str(PAGE_SIZE), **asked}


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (lambda c: c.get_broadcast(7, extra_fields=["stats"]), {"extra_fields": "stats"}),
        (lambda c: c.get_growth_stats(starting=DAY), {"starting": "2026-03-01"}),
        (lambda c: c.get_growth_stats(ending=NOON), {"ending": "2026-03-01"}),
    ],
)
def test_what_a_record_is_asked_for_reaches_kit(
    client: KitClient, kit: Kit, call: Call, asked: Query
) -> None:
    kit.answers = {"/v4/broadcasts/7": {"broadcast": {"id": 7}}}
    kit.answers["/v4/account/growth_stats"] = {"stats": {}}
    call(client)
    assert kit.asked[0][1] == asked


@pytest.mark.parametrize("size", [-1, 0, 1001])
def test_a_page_size_out_of_range_is_refused_before_kit_is_asked(
    client: KitClient, kit: Kit, size: int
) -> None:
    with pytest.raises(ValueError, match="per_page must be 1 to 1000"):
        client.list_tags(per_page=size)
    assert kit.asked == []


def test_a_time_without_a_zone_is_refused(client: KitClient) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        client.list_subscribers(created_after=NOON.replace(tzinfo=None))


def test_an_id_that_is_no_number_never_becomes_a_path(client: KitClient, kit: Kit) -> None:
    with pytest.raises(ValueError, match="format"):
        client.get_post("../account")  # type: ignore[arg-type]
    assert kit.asked == []


def test_a_page_is_asked_for_only_when_it_is_reached(client: KitClient, kit: Kit) -> None:
    kit.pages("/v4/tags", "tags", [{"id": 1}, {"id": 2}, {"id": 3}], [{"id": 4}], [{"id": 5}])
    tags = iter(client.list_tags())
    assert kit.asked == []
    assert [next(tags).id for _ in range(3)] == [1, 2, 3]
    assert len(kit.asked) == 1
    assert [tag.id for tag in tags] == [4, 5]
    assert [query.get("after") for _, query in kit.asked] == [None, "1", "2"]


def test_a_list_that_is_iterated_twice_is_read_twice(client: KitClient, kit: Kit) -> None:
    kit.pages("/v4/tags", "tags", [{"id": 1}], [{"id": 2}])
    tags = client.list_tags()
    assert [tag.id for tag in tags] == [tag.id for tag in tags] == [1, 2]
    assert [query.get("after") for _, query in kit.asked] == [None, "1", None, "1"]


def test_pages_tell_where_to_go_on(client: KitClient, kit: Kit) -> None:
    kit.pages("/v4/tags", "tags", [{"id": 1}], [{"id": 2}], [])
    pages = [
        ([tag.id for tag in page.records], page.is_last, page.end_cursor)
        for page in client.list_tags().pages()
    ]
    assert pages == [([1], False, "1"), ([2], False, "2"), ([], True, None)]
    assert [tag.id for tag in client.list_tags(after="1")] == [2]


def test_the_total_is_asked_for_once(client: KitClient, kit: Kit) -> None:
    kit.pages("/v4/tags", "tags", [{"id": 1}], [{"id": 2}])
    kit.answers["/v4/tags"]["pagination"]["total_count"] = 2
    pages = client.list_tags(include_total_count=True).pages()
    assert [page.total_count for page in pages] == [2, None]
    assert [query.get("include_total_count") for _, query in kit.asked] == ["true", None]


@pytest.mark.parametrize("back_to", ["1", "2"])
def test_a_cursor_that_leads_in_a_circle_ends_the_walk(
    client: KitClient, kit: Kit, back_to: str
) -> None:
    kit.pages("/v4/tags", "tags", [{"id": 1}], [{"id": 2}], [{"id": 3}], last=back_to)
    pages = list(client.list_tags().pages())
    assert [page.is_last for page in pages] == [False, False, True]


def test_a_cursor_that_leads_to_its_own_page_ends_the_walk(client: KitClient, kit: Kit) -> None:
    pagination = {"has_next_page": True, "end_cursor": "1"}
    kit.answers["/v4/tags?1"] = {"tags": [{"id": 2}], "pagination": pagination}
    assert len(list(client.list_tags(after="1"))) == 1


def test_a_page_is_forgotten_before_the_next_one_is_read(client: KitClient, kit: Kit) -> None:
    kit.pages("/v4/tags", "tags", [{"id": 1}, {"id": 2}], [{"id": 3}])
    listing, kept = client.list_tags(), []
    alive: list[bool] = []

    def watch(path: str, query: Any) -> dict[str, Any]:
        alive.extend(reference() is not None for reference in kept)
        return listing.get(path, query)

    tags = iter(Listing(watch, listing.path, listing.member, listing.record, listing.query))
    kept.append(weakref.ref(next(tags)))
    next(tags)
    next(tags)
    assert alive == [False]


def test_a_record_that_cannot_be_read_hides_no_other(
    client: KitClient, kit: Kit, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [
        5,
        None,
        "x",
        [],
        {},
        {"id": None},
        {"id": "1"},
        {"id": True},
        {"id": -1},
        {"id": 1.5},
    ]
    kit.pages("/v4/tags", "tags", [*broken, {"id": 1}, {"id": PERSON}])
    assert [tag.id for tag in client.list_tags()] == [1]
    assert caplog.messages == ["Left out 11 records of /v4/tags that could not be read"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("records", [None, {}, "x", 5])
def test_a_list_of_another_shape_is_refused(
    client: KitClient, kit: Kit, path: str, records: Any
) -> None:
    method, member, ids = LISTS[path]
    kit.answers[filled(path)] = {member: records, "pagination": {"has_next_page": False}}
    with pytest.raises(KitUnreadable):
        list(method(client, *ids))


@pytest.mark.parametrize("pagination", [None, [], {}, {"has_next_page": None}])
def test_a_list_that_does_not_say_whether_it_goes_on_is_refused(
    client: KitClient, kit: Kit, pagination: Any
) -> None:
    kit.answers["/v4/tags"] = {"tags": [{"id": 1}], "pagination": pagination}
    with pytest.raises(KitUnreadable):
        list(client.list_tags())


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_is_not_there_is_not_an_empty_one(client: KitClient, path: str) -> None:
    method, _, ids = LISTS[path]
    with pytest.raises(KitNotFound):
        list(method(client, *ids))


@pytest.mark.parametrize("path", RECORDS)
def test_an_absent_record_is_none(client: KitClient, path: str) -> None:
    method, _, ids = RECORDS[path]
    if path in ABSENT_IS_NONE:
        assert method(client, *ids) is None
    else:
        with pytest.raises(KitNotFound):
            method(client, *ids)


@pytest.mark.parametrize("path", RECORDS)
@pytest.mark.parametrize("shape", [None, 5, "x"])
def test_a_record_of_another_shape_is_refused(
    client: KitClient, kit: Kit, path: str, shape: Any
) -> None:
    method, answer, ids = RECORDS[path]
    kit.answers[filled(path)] = dict.fromkeys(answer, shape)
    with pytest.raises(KitUnreadable):
        method(client, *ids)


@pytest.mark.parametrize("path", RECORDS)
def test_an_outage_is_not_taken_for_an_absence(client: KitClient, kit: Kit, path: str) -> None:
    method, _, ids = RECORDS[path]
    kit.answers[filled(path)] = httpx2.Response(503)
    with pytest.raises(KitUnavailable):
        method(client, *ids)


def test_colors_that_are_none_are_left_out(client: KitClient, kit: Kit) -> None:
    wrong = [None, 5, "red", "#12345", "#1234567", "#12345g", "#123456\n", "x#123456"]
    kit.answers["/v4/account/colors"] = {"colors": ["#008000", *wrong, "#FF0000"]}
    assert client.list_colors() == ("#008000", "#FF0000")


def test_growth_stats_keep_the_accounts_own_zone(client: KitClient, kit: Kit) -> None:
    kit.answers["/v4/account/growth_stats"] = {
        "stats": {
            "subscribers": 3,
            "starting": "2023-02-10T00:00:00-05:00",
            "ending": "2023-02-24T23:59:59",
        }
    }
    stats = client.get_growth_stats()
    assert stats.starting is not None
    assert stats.starting.isoformat() == "2023-02-10T00:00:00-05:00"
    # Without an offset it would be a time in nobody knows which zone.
    assert stats.ending is None


def test_times_of_other_records_are_utc_where_they_do_not_say(client: KitClient, kit: Kit) -> None:
    kit.answers["/v4/posts/7"] = {"post": {"id": 7, "sent_at": "2026-03-01T12:00:00"}}
    post = client.get_post(7)
    assert post is not None
    assert post.sent_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def purchase(**changes: Any) -> dict[str, Any]:
    """Return a purchase whose every text about the customer, known or not, names the person."""
    return {
        "id": 3,
        "transaction_id": PERSON,
        "email_address": PERSON,
        "customer": {"email": PERSON, "name": PERSON},
        "status": "paid",
        "currency": "USD",
        "transaction_time": "2023-02-17T11:43:55Z",
        "total": 81.53,
        "products": [
            {"pid": "p1", "lid": PERSON, "name": "Tip", "unit_price": 23.22, "email": PERSON}
        ],
        **changes,
    }


BROKEN_PURCHASES = [
    PERSON,
    [PERSON],
    purchase(id=PERSON),
    purchase(id={"email_address": PERSON}),
    purchase(id=None),
]


def every_word(error: BaseException | None) -> str:
    """Return all that an error could show of itself and of what it was raised from."""
    words = "".join(traceback.format_exception(error)) if error else ""
    while error is not None:
        words += f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    return words


@pytest.mark.parametrize(
    "record",
    [
        purchase(),
        purchase(products=[PERSON, {"name": "Tip", "quantity": PERSON}]),
        purchase(products=PERSON, total=PERSON, tax=[PERSON], transaction_time=PERSON),
        purchase(status={"email_address": PERSON}, currency=[PERSON]),
    ],
)
def test_a_purchase_does_not_tell_who_bought(
    client: KitClient, kit: Kit, caplog: pytest.LogCaptureFixture, record: Any
) -> None:
    caplog.set_level("DEBUG")
    kit.pages("/v4/purchases", "purchases", [record])
    kit.answers["/v4/purchases/3"] = {"purchase": record}
    for found in [*client.list_purchases(), client.get_purchase(3)]:
        assert found is not None
        assert PERSON not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"
        assert PERSON not in f"{vars(found)} {found.model_extra} {found.model_fields_set}"
    assert PERSON not in caplog.text


@pytest.mark.parametrize("record", BROKEN_PURCHASES)
def test_a_broken_purchase_does_not_tell_who_bought(
    client: KitClient, kit: Kit, caplog: pytest.LogCaptureFixture, record: Any
) -> None:
    caplog.set_level("DEBUG")
    kit.pages("/v4/purchases", "purchases", [record])
    assert list(client.list_purchases()) == []
    kit.answers["/v4/purchases/3"] = {"purchase": record}
    with pytest.raises(KitError) as refused:
        client.get_purchase(3)
    kit.answers["/v4/purchases"] = {"purchases": record}
    if not isinstance(record, list):
        with pytest.raises(KitError) as also_refused:
            list(client.list_purchases())
        assert PERSON not in every_word(also_refused.value)
    assert PERSON not in every_word(refused.value)
    assert PERSON not in caplog.text


def test_a_subscriber_is_nobody(client: KitClient, kit: Kit) -> None:
    person = {
        "id": 7,
        "state": "active",
        "created_at": NOON_SENT,
        "email_address": PERSON,
        "first_name": PERSON,
        "fields": {"last_name": PERSON},
        "referrer": f"https://x.example/?{PERSON}",
    }
    kit.answers["/v4/subscribers/7"] = {"subscriber": person}
    found = client.get_subscriber(7)
    assert found is not None
    assert found.state == "active"
    assert PERSON not in f"{found!r} {found.model_dump()}"


def test_no_address_of_the_account_is_kept(client: KitClient, kit: Kit) -> None:
    account = {"id": 26, "name": "Kit Greetings", "primary_email_address": PERSON}
    kit.answers["/v4/account"] = {"user": {"email": PERSON}, "account": account}
    found = client.get_account()
    assert found.name == "Kit Greetings"
    assert PERSON not in f"{found!r} {found.model_dump()}"


def test_neither_credential_nor_base_of_a_list_is_printed(client: KitClient) -> None:
    printed = f"{client!r} {client.list_tags()!r}"
    assert "kit-token" not in printed
    assert "http=" not in printed
