"""Resources that a package of blocks declares: read, cached, bounded and refused like ours."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, SecretStr
from support.kit.in_process import Kit, client_over, page, requests_of
from support.kit.records import purchase, purchases
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

from plugin_server.errors import BudgetSpent, KitUnavailable, NeedsOAuth
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.accounts import Accounts, api_key_access
from plugin_server.kit.api import endpoints
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.endpoints import ListOf
from plugin_server.kit.api.models import Broadcast, Purchase, Sequence, Tag
from plugin_server.kit.api.parameters import ById, Paging
from plugin_server.kit.api.records import Id, KitRecord, Readable
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.cache.shared import LocalOnly
from plugin_server.kit.cache.shared_files import FileShared
from plugin_server.kit.cache.shared_folder import SharedFolder
from plugin_server.kit.connect.credentials import ApiKeyAuth
from plugin_server.kit.kit_resource import KitResource, KitSource, kit_list, kit_record

Account = Callable[..., KitAccountData]


class Link(KitRecord):
    """What a package reads of an endpoint that this server does not know."""

    id: Id
    label: str | None = Field(default=None, alias="name")


@dataclass(frozen=True)
class Names:
    """What a package makes of the tags."""

    longest: str
    since: datetime | None


def names(tags: Iterable[Tag]) -> Names | None:
    """Return the longest name and the first time."""
    first = min((tag.created_at for tag in tags if tag.created_at), default=None)
    longest = max((tag.name or "" for tag in tags), key=len, default="")
    return Names(longest, first) if longest else None


def only_ids(tags: tuple[Tag, ...]) -> tuple[int, ...]:
    return tuple(tag.id for tag in tags)


TAGS = kit_list(endpoints.TAGS, scope="read:tags")
NAMES = TAGS.map(names)
LINKS = kit_list(ListOf("/v4/links", "links", Link, "links/list", Paging), scope="read:links")


def tags(*given: str, **more: Any) -> Any:
    return page("tags", [{"id": n, "name": name} for n, name in enumerate(given, 1)], **more)


def broadcast(id_: int) -> KitResource[Broadcast | None]:
    return kit_record(endpoints.BROADCAST, scope="read:broadcasts", filters={"id": id_})


# Reading


def test_a_list_is_its_records(kit: Kit, data: Account) -> None:
    kit.responses["/v4/tags"] = tags("Boats", "Bread")
    assert data().get(TAGS) == (Tag(id=1, name="Boats"), Tag(id=2, name="Bread"))
    assert data().get(TAGS, for_search=True) == data().get(TAGS)
    assert kit.requested == ["/v4/tags"]
    assert kit.queries == [{"per_page": "1000"}]


def test_filters_are_sent(kit: Kit, data: Account) -> None:
    kit.responses["/v4/forms"] = page("forms", [])
    filters = {"type": "hosted", "status": "all", "per_page": 20}
    assert data().get(kit_list(endpoints.FORMS, scope="read:forms", filters=filters)) == ()
    assert kit.queries == [{"per_page": "20", "type": "hosted", "status": "all"}]


def test_an_endpoint_and_a_record_may_be_the_packages_own(kit: Kit, data: Account) -> None:
    kit.responses["/v4/links"] = page("links", [{"id": 5, "name": "Shop", "email": "a@b.example"}])
    [link] = data().get(LINKS)
    assert link == Link(id=5, name="Shop")
    assert LINKS.decode(LINKS.encode((link,))) == (link,)


def test_a_record_is_found_by_its_id_or_absent(kit: Kit, data: Account) -> None:
    kit.responses["/v4/broadcasts/7"] = {"broadcast": {"id": 7, "subject": "Tides"}}
    assert data().get(broadcast(7)) == Broadcast(id=7, subject="Tides")
    assert [data().get(broadcast(8)), data().get(broadcast(8))] == [None, None]
    assert kit.requested == ["/v4/broadcasts/7", "/v4/broadcasts/8"]


def test_what_a_function_makes_of_records_is_cached_in_their_place(
    kit: Kit, make_cache: Callable[..., Cache], clock: Any
) -> None:
    saved = dict[str, bytes]()

    class Recorder(LocalOnly):
        def save(self, account_id: str, resource: str, encode: Any, loaded_at: float) -> None:
            saved[resource] = encode()

    record = {"id": 1, "name": "Boats", "created_at": "2026-03-01T12:00:00Z"}
    kit.responses["/v4/tags"] = page("tags", [record, {"id": 2, "name": "Tea"}])
    found = requests_of(kit, make_cache(shared=Recorder()), clock)().get(NAMES)
    assert found == Names("Boats", datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert {*saved} == {NAMES.name}
    assert b"Tea" not in saved[NAMES.name]
    assert NAMES.decode(saved[NAMES.name]) == found


def test_resources_of_one_list_do_not_get_each_others_values(kit: Kit, data: Account) -> None:
    kit.responses["/v4/tags"] = page("tags", [{"id": n, "name": "Boat"} for n in (1, 2, 3)])
    declared: list[KitResource[Any]] = [
        TAGS,
        NAMES,
        TAGS.map(only_ids),
        kit_list(endpoints.TAGS, scope="read:tags", max_records=2),
        kit_list(endpoints.TAGS, scope="read:tags", filters={"per_page": 7}),
        kit_list(ListOf("/v4/tags", "tags", Link, "tags/list-tags", Paging), scope="read:tags"),
    ]
    assert len({data().get(each) for each in declared}) == 5  # a page's size changes nothing
    assert len({each.name for each in declared}) == len(kit.requested) == 6


def test_packages_that_declare_the_same_share_it(kit: Kit, data: Account) -> None:
    kit.responses["/v4/tags"] = tags("Boats")
    again = kit_list(endpoints.TAGS, scope="acme:tags", fresh=300)
    assert data().get(TAGS) is data().get(again)
    assert kit.requested == ["/v4/tags"]


@pytest.mark.parametrize(
    ("max_records", "found", "requested"), [(2, 2, 1), (3, 3, 2), (4, 4, 2), (9, 4, 2)]
)
def test_a_list_is_read_up_to_its_bound(
    kit: Kit, data: Account, max_records: int, found: int, requested: int
) -> None:
    kit.responses = {"/v4/tags": tags("a", "b", following="Wz"), "/v4/tags?Wz": tags("c", "d")}
    resource = kit_list(endpoints.TAGS, scope="read:tags", max_records=max_records)
    assert len(data().get(resource)) == found
    assert len(kit.requested) == requested
    assert kit.queries[0] == {"per_page": str(max_records)}


def test_a_long_list_is_read_while_no_creator_waits(cache: Cache, clock: Any) -> None:
    urgent, patient = Kit(), Kit()
    urgent.responses["/v4/tags"] = patient.responses["/v4/tags"] = tags("Boats")
    source = KitSource(
        client_over(make_http_client(urgent)), client_over(make_http_client(patient)), clock
    )
    long = kit_list(endpoints.TAGS, scope="read:tags", max_records=5001)
    data = KitAccountData(source, cache.of("26"), Deadline.after(20))
    assert data.get(long) == data.get(TAGS)
    assert (len(patient.requested), len(urgent.requested)) == (1, 1)
    assert long.max_load_seconds > TAGS.max_load_seconds


# The cache, the deadline and the budget


def test_what_one_process_has_read_all_have(
    kit: Kit, make_cache: Callable[..., Cache], clock: Any, tmp_path: Path
) -> None:
    kit.responses = {"/v4/tags": tags("Boats", "Bread"), "/v4/broadcasts/7": {}}
    folder = SharedFolder(tmp_path, 2**20)
    one, other = (requests_of(kit, make_cache(shared=FileShared(folder)), clock) for _ in range(2))
    assert (one().get(TAGS), one().get(NAMES)) == (other().get(TAGS), other().get(NAMES))
    assert kit.requested == ["/v4/tags", "/v4/tags"]


def test_what_is_shown_is_as_new_as_the_declaration_says(
    kit: Kit, data: Account, clock: Any
) -> None:
    slow = kit_list(endpoints.TAGS, scope="read:tags", fresh=120)
    kit.responses["/v4/tags"] = tags("Before")
    data().get(slow)
    kit.responses["/v4/tags"] = tags("After")
    clock.advance(59)
    assert [tag.name for tag in data().get(slow)] == ["Before"]
    clock.advance(61)
    assert [tag.name for tag in data().get(slow)] == ["After"]


def test_a_search_does_not_wait_for_what_is_newer(kit: Kit, data: Account, clock: Any) -> None:
    kit.responses["/v4/tags"] = tags("Before")
    data().get(TAGS)
    kit.responses["/v4/tags"] = tags("After")
    kit.held_up = "/v4/tags"
    clock.advance(3600)
    assert [tag.name for tag in data().get(TAGS, for_search=True)] == ["Before"]
    kit.open.set()
    wait_until(lambda: data().get(TAGS, for_search=True)[0].name == "After")


@pytest.mark.parametrize(("seconds", "timeout"), [(0.1, {}), (20, {"timeout": 0.1})])
def test_nobody_waits_longer_than_the_deadline(
    kit: Kit, data: Account, seconds: float, timeout: Any
) -> None:
    kit.responses["/v4/tags"] = tags("Boats")
    kit.held_up = "/v4/tags"
    with pytest.raises(KitUnavailable) as late:
        data(seconds).get(TAGS, **timeout)
    assert late.value.reason == "deadline"
    kit.open.set()
    wait_until(lambda: len(data().get(TAGS)) == 1)
    assert kit.requested == ["/v4/tags"]


def test_what_is_fetched_ahead_is_requested_once(kit: Kit, data: Account) -> None:
    kit.responses["/v4/tags"] = tags("Boats")
    request = data()
    request.prefetch(TAGS, brand_colors=True)
    assert len(request.get(TAGS)) == 1
    request.brand_colors()
    assert sorted(kit.requested) == ["/v4/account/colors", "/v4/tags"]


def test_a_package_has_no_budget_beside_the_accounts(kit: Kit, cache: Cache, clock: Any) -> None:
    kit.responses["/v4/tags"] = tags("Boats")
    access = (ApiKeyAuth(SecretStr("key")), Credential.of_secret("key", 1))
    accounts = Accounts(
        make_http_client(kit),
        "https://kit.example",
        lambda _: access,
        Budget(),
        cache,
        8,
        lambda *_: None,
        clock,
    )
    assert len(accounts.data("26").get(TAGS)) == 1
    with pytest.raises(BudgetSpent):
        accounts.data("26").get(LINKS)
    assert kit.requested == ["/v4/tags"]


def test_a_cached_response_goes_when_what_it_shows_changes(
    kit: Kit, data: Account, clock: Any
) -> None:
    def shown() -> bytes:
        request = data()
        cached = request.cached_response("block")
        if cached is not None:
            return cached + b" cached"
        response = str([tag.name for tag in request.get(TAGS)]).encode()
        request.cache_response("block", response)
        return response

    kit.responses["/v4/tags"] = tags("Boats")
    data().get(TAGS)
    assert [shown(), shown()] == [b"['Boats']", b"['Boats'] cached"]
    kit.responses["/v4/tags"] = tags("Bread")
    clock.advance(30)
    assert shown() == b"['Bread']"
    shown()
    assert shown() == b"['Bread'] cached"


def test_purchases_are_not_requested_with_an_api_key(cache: Cache, kit: Kit, clock: Any) -> None:
    kit.responses["/v4/purchases"] = purchases(purchase(1))
    resource = kit_list(endpoints.PURCHASES, scope="read:products")
    client = client_over(make_http_client(kit))

    def read(*, uses_oauth: bool) -> tuple[Purchase, ...]:
        source = KitSource(client, client, clock, uses_oauth=uses_oauth)
        return KitAccountData(source, cache.of("26"), Deadline.after(20)).get(resource)

    with pytest.raises(NeedsOAuth):
        read(uses_oauth=False)
    assert kit.requested == []
    assert [each.id for each in read(uses_oauth=True)] == [1]


def test_any_list_of_the_sandbox_can_be_read(
    tmp_path: Path, make_cache: Callable[..., Cache]
) -> None:
    sequences = kit_list(endpoints.SEQUENCES, scope="read:sequences")
    fields = kit_list(endpoints.CUSTOM_FIELDS, scope="read:fields", max_records=1)
    access = api_key_access(SecretStr("kit_sandbox_harbour_letters"), "X-Kit-Api-Key")
    with running_sandbox(tmp_path) as url, make_http_client() as http:
        cache = make_cache(megabytes=16, clock=time.time)
        index = lambda *_: None  # noqa: E731
        accounts = Accounts(http, url, lambda _: access, Budget(), cache, 8, index)
        data = accounts.data("26", {"read:tags", "read:sequences", "read:fields"})
        assert "Came by ferry" in [tag.name for tag in data.get(TAGS)]
        found: tuple[Sequence, ...] = data.get(sequences, for_search=True)
        assert [each.hold for each in found] == [True, False, False]
        assert len(data.get(fields)) == 1


# Mistakes in a declaration


class Reader(KitRecord):
    """Who somebody is."""

    id: Id
    email_address: str | None = None


class Hidden(KitRecord):
    """The same, under another name."""

    who: str | None = Field(default=None, alias="first_name")


class Outer(KitRecord):
    """The same, inside of something else."""

    readers: Readable[Reader] = ()


class Everything(KitRecord, extra="allow"):
    """All that Kit sends."""


class Anything(KitRecord):
    """All that Kit sends in one field."""

    subscriber: dict[str, str] | None = None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Reader, "Reader has email_address"),
        (Hidden, "Hidden has first_name"),
        (Outer, "Outer has email_address"),
        (Everything, "name the fields it needs"),
        (Anything, "Anything.subscriber takes whatever Kit sends"),
    ],
)
def test_a_record_that_would_hold_who_somebody_is_is_refused(
    record: type[KitRecord], reason: str
) -> None:
    endpoint = ListOf("/v4/subscribers", "subscribers", record, "subscribers/list", Paging)
    with pytest.raises(ValueError, match=reason):
        kit_list(endpoint, scope="read:subscribers")


@pytest.mark.parametrize(
    ("declare", "reason"),
    [
        (lambda: kit_list(endpoints.TAGS, scope=""), "/v4/tags needs a scope, such as read:tags"),
        (lambda: kit_record(endpoints.EMAIL_STATS, scope=None), "needs a scope"),
        (lambda: kit_list(endpoints.TAGS, scope="t", filters={"name": "x"}), "not permitted"),
        (lambda: kit_list(endpoints.TAGS, scope="t", max_records=0), "greater than or equal to 1"),
        (lambda: kit_list(endpoints.TAGS, scope="t", fresh=5), "fresh for 30 seconds at least"),
        (lambda: kit_record(endpoints.POST, scope="p"), "required"),
        (
            lambda: kit_list(ListOf("@else.example/v4/", "x", Link, "", Paging), scope="x"),
            "start with /v4/",
        ),
    ],
)
def test_a_mistake_is_shown_where_it_is_declared(
    declare: Callable[[], object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        declare()


def test_a_function_has_to_say_what_it_returns() -> None:
    with pytest.raises(TypeError, match="<lambda> needs an annotation of what it returns"):
        TAGS.map(lambda tags: len(tags))


def test_an_error_of_kit_is_the_blocks(kit: Kit, data: Account) -> None:
    kit.down = True
    with pytest.raises(KitUnavailable):
        data().get(TAGS)


@pytest.mark.parametrize("id_", [1, 10**18])
def test_any_name_is_short_enough_for_a_file(id_: int) -> None:
    row = ListOf("/v4/subscribers/{id}/tags", "tags", Tag, "", type("P", (ById, Paging), {}))
    resource = kit_list(row, scope="read:tags", filters={"id": id_})
    assert len(resource.map(only_ids).map(len_of).name) < 100


def len_of(ids: tuple[int, ...]) -> int:
    return len(ids)
