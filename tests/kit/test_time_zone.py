"""The account's time zone: read from a Kit with given responses, cached, and replaced by UTC."""

from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.kit.in_process import PUBLISHED, Json, Kit, page
from support.waiting import wait_for

ACCOUNT = "/v4/account"
NEW_YORK, AUCKLAND = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")


def account(**members: Any) -> Json:
    return {"account": {"id": 26, "name": "Ada", **members}}


def named(name: object, **others: object) -> Json:
    return account(timezone={"name": name, "friendly_name": "Somewhere", **others})


@pytest.mark.parametrize(
    ("response", "zone"),
    [
        (named("America/New_York", utc_offset="-05:00"), NEW_YORK),
        (named("Pacific/Auckland"), AUCKLAND),
        (named("Asia/Kolkata", utc_offset=["+09:00"]), ZoneInfo("Asia/Kolkata")),
        (account(timezone="America/New_York"), NEW_YORK),
        (named("Kathmandu", utc_offset="+05:45"), timezone(timedelta(hours=5, minutes=45))),
        (named(None, utc_offset="-03:30"), timezone(-timedelta(hours=3, minutes=30))),
        (named({"city": "Rome"}, utc_offset="+13:45"), timezone(timedelta(hours=13, minutes=45))),
        (named("x" * 65, utc_offset=-18000), timezone(-timedelta(hours=5))),
        (named("Kathmandu", utc_offset=5.75), timezone(timedelta(hours=5, minutes=45))),
        (named("Kathmandu"), UTC),
        (named("Kathmandu", utc_offset="soon"), UTC),
        (named(7, utc_offset=True), UTC),
        (named("", utc_offset=""), UTC),
        (account(), UTC),
        (account(timezone=None), UTC),
        (account(timezone={}), UTC),
        (account(timezone=["Pacific/Auckland"]), UTC),
        (account(timezone=-300), UTC),
    ],
)
def test_any_account_has_a_zone(kit: Kit, data: Any, response: Json, zone: tzinfo) -> None:
    kit.responses[ACCOUNT] = response
    assert data().time_zone() == zone
    assert data().time_zone() == zone
    assert kit.requested == [ACCOUNT]


def test_an_account_that_kit_does_not_show_has_no_zone(kit: Kit, data: Any) -> None:
    assert [data().time_zone(), data().time_zone()] == [UTC, UTC]
    assert kit.requested == [ACCOUNT]


def test_the_zone_is_requested_every_ten_minutes_in_the_background(
    kit: Kit, data: Any, clock: Any
) -> None:
    kit.responses[ACCOUNT] = named("America/New_York")
    data().time_zone()
    kit.responses[ACCOUNT] = named("Pacific/Auckland")
    clock.advance(599)
    assert data().time_zone() == NEW_YORK
    assert kit.requested == [ACCOUNT]
    kit.held_up = ACCOUNT
    clock.advance(1)
    assert data().time_zone() == NEW_YORK
    kit.open.set()
    wait_for(lambda: data().time_zone(), AUCKLAND)
    assert kit.requested == [ACCOUNT, ACCOUNT]


def test_what_kit_said_holds_while_it_is_down(kit: Kit, data: Any, clock: Any) -> None:
    kit.responses[ACCOUNT] = named("America/New_York")
    data().time_zone()
    kit.down = True
    clock.advance(23 * 3600)
    request = data()
    assert (request.time_zone(), request.freshness.stale) == (NEW_YORK, True)


def test_kit_that_never_said_leaves_utc_until_it_does(kit: Kit, data: Any) -> None:
    kit.down = True
    assert data().time_zone() == UTC
    kit.down = False
    kit.responses[ACCOUNT] = named("America/New_York")
    assert data().time_zone() == NEW_YORK


def test_a_request_has_one_zone_whatever_happens_meanwhile(kit: Kit, data: Any) -> None:
    kit.down = True
    request = data()
    assert request.time_zone() == UTC
    kit.down = False
    kit.responses[ACCOUNT] = named("America/New_York")
    assert request.time_zone() == UTC
    assert kit.requested == [ACCOUNT]


def test_nobody_requests_the_zone_who_shows_no_day(kit: Kit, data: Any) -> None:
    kit.responses["/v4/posts"] = page("posts", [{"id": 1, "description": "Words", **PUBLISHED}])
    data().newest_posts()
    data().find_post("1")
    data().published_posts()
    assert kit.requested == ["/v4/posts"]


# Responses that were made with it


def dated(data: Any) -> str:
    """Respond with the day of a post as the editor does: cached, or new and then cached."""
    request = data()
    cached = request.cached_response("day")
    if cached is not None:
        return f"{cached.decode()} cached"
    day = str(request.find_post("1").published_on(request.time_zone()))
    request.cache_response("day", day.encode())
    return day


@pytest.fixture
def evening(kit: Kit, data: Any) -> None:
    """An account whose post is of an evening in New York."""
    post = {"id": 1, "description": "Words", **PUBLISHED, "published_at": "2026-03-02T03:30:00Z"}
    kit.responses = {"/v4/posts": page("posts", [post]), ACCOUNT: named("America/New_York")}
    data().newest_posts()


@pytest.mark.usefixtures("evening")
def test_a_response_is_cached_until_its_zone_is_another(kit: Kit, data: Any, clock: Any) -> None:
    assert [dated(data), dated(data)] == ["2026-03-01", "2026-03-01 cached"]
    kit.responses[ACCOUNT] = named("Pacific/Auckland")
    clock.advance(600)
    data().newest_posts()
    dated(data)
    wait_for(lambda: data().time_zone(), AUCKLAND)
    assert [dated(data), dated(data)] == ["2026-03-02", "2026-03-02 cached"]


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize("change", [{"utc_offset": "-04:00"}, {"friendly_name": "New York"}])
def test_a_response_is_cached_whatever_else_kit_says_of_the_account(
    kit: Kit, data: Any, clock: Any, change: Json
) -> None:
    kit.responses[ACCOUNT] = named("America/New_York", utc_offset="-04:00")
    dated(data)
    kit.responses[ACCOUNT] = named("America/New_York", **{"utc_offset": "-04:00", **change})
    kit.responses[ACCOUNT]["account"]["name"] = "Ada's letters"
    clock.advance(600)
    data().newest_posts()
    data().time_zone()
    wait_for(lambda: dated(data), "2026-03-01 cached")


@pytest.mark.usefixtures("evening")
def test_a_response_made_without_the_zone_is_not_cached(kit: Kit, data: Any) -> None:
    kit.responses[ACCOUNT] = {"account": "down for now"}
    assert [dated(data), dated(data)] == ["2026-03-02", "2026-03-02"]
    kit.responses[ACCOUNT] = named("America/New_York")
    assert [dated(data), dated(data)] == ["2026-03-01", "2026-03-01 cached"]
