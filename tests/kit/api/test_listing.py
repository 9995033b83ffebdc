"""Kit's lists, read page by page."""

import weakref
from typing import Any

import pytest
from support.kit.in_process import Kit, page

from plugin_server.errors import KitUnreadable
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import TAGS
from plugin_server.kit.api.listing import Listing

PERSON = "reader@person.example"


def tag_pages(*pages: list[Any], last: Any = None) -> dict[str, Any]:
    """Return the responses of a list of tags; the cursors are the pages' numbers. ``last`` leads back."""
    responses = {}
    for number, records in enumerate(pages, 1):
        following = str(number) if number < len(pages) else last
        path = f"/v4/tags?{number - 1}" if number > 1 else "/v4/tags"
        responses[path] = page("tags", records, following=following)
    return responses


def test_a_page_is_requested_only_when_it_is_reached(client: KitClient, kit: Kit) -> None:
    kit.responses = tag_pages([{"id": 1}, {"id": 2}, {"id": 3}], [{"id": 4}], [{"id": 5}])
    tags = iter(client.list(TAGS))
    assert kit.requested == []
    assert [next(tags).id for _ in range(3)] == [1, 2, 3]
    assert len(kit.requested) == 1
    assert [tag.id for tag in tags] == [4, 5]
    assert [query.get("after") for query in kit.queries] == [None, "1", "2"]


def test_a_list_that_is_iterated_twice_is_read_twice(client: KitClient, kit: Kit) -> None:
    kit.responses = tag_pages([{"id": 1}], [{"id": 2}])
    tags = client.list(TAGS)
    assert [tag.id for tag in tags] == [tag.id for tag in tags] == [1, 2]
    assert [query.get("after") for query in kit.queries] == [None, "1", None, "1"]


def test_pages_have_the_cursor_of_the_next_one(client: KitClient, kit: Kit) -> None:
    kit.responses = tag_pages([{"id": 1}], [{"id": 2}], [])
    pages = [
        ([tag.id for tag in page.records], page.is_last, page.end_cursor)
        for page in client.list(TAGS).pages()
    ]
    assert pages == [([1], False, "1"), ([2], False, "2"), ([], True, None)]
    assert [tag.id for tag in client.list(TAGS, after="1")] == [2]


def test_the_total_is_requested_once(client: KitClient, kit: Kit) -> None:
    kit.responses = tag_pages([{"id": 1}], [{"id": 2}])
    kit.responses["/v4/tags"]["pagination"]["total_count"] = 2
    pages = client.list(TAGS, include_total_count=True).pages()
    assert [page.total_count for page in pages] == [2, None]
    assert [query.get("include_total_count") for query in kit.queries] == ["true", None]


@pytest.mark.parametrize("back_to", ["1", "2"])
def test_a_cursor_that_leads_in_a_circle_ends_the_walk(
    client: KitClient, kit: Kit, back_to: str
) -> None:
    kit.responses = tag_pages([{"id": 1}], [{"id": 2}], [{"id": 3}], last=back_to)
    pages = list(client.list(TAGS).pages())
    assert [page.is_last for page in pages] == [False, False, True]


def test_a_cursor_that_leads_to_its_own_page_ends_the_walk(client: KitClient, kit: Kit) -> None:
    pagination = {"has_next_page": True, "end_cursor": "1"}
    kit.responses["/v4/tags?1"] = {"tags": [{"id": 2}], "pagination": pagination}
    assert len(list(client.list(TAGS, after="1"))) == 1


def test_a_page_is_released_before_the_next_one_is_read(client: KitClient, kit: Kit) -> None:
    kit.responses = tag_pages([{"id": 1}, {"id": 2}], [{"id": 3}])
    listing, references = client.list(TAGS), []
    alive: list[bool] = []

    def watch(path: str, query: Any) -> dict[str, Any]:
        alive.extend(reference() is not None for reference in references)
        return listing.get(path, query)

    tags = iter(Listing(watch, listing.path, listing.member, listing.record, listing.query))
    references.append(weakref.ref(next(tags)))
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
        {"id": "1x"},
        {"id": "-1"},
        {"id": True},
        {"id": -1},
        {"id": 1.5},
    ]
    kit.responses = tag_pages([*broken, {"id": 1}, {"id": PERSON}])
    assert [tag.id for tag in client.list(TAGS)] == [1]
    assert caplog.messages == ["Left out 12 records of /v4/tags that could not be read"]


@pytest.mark.parametrize("pagination", [None, [], {}, {"has_next_page": None}])
def test_a_list_that_does_not_say_whether_it_goes_on_is_refused(
    client: KitClient, kit: Kit, pagination: Any
) -> None:
    kit.responses["/v4/tags"] = {"tags": [{"id": 1}], "pagination": pagination}
    with pytest.raises(KitUnreadable):
        list(client.list(TAGS))


def test_neither_credential_nor_base_of_a_list_is_printed(client: KitClient) -> None:
    printed = f"{client!r} {client.list(TAGS)!r}"
    assert "kit-token" not in printed
    assert "http=" not in printed
