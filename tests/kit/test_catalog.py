"""Forms, profile, number of subscribers and colors, read from a Kit with given responses."""

from collections.abc import Callable
from time import monotonic

import pytest
from support.kit.in_process import Json, Kit, page
from support.kit.records import form
from support.waiting import wait_until

from plugin_server.errors import KitUnreadable
from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.models import CreatorProfile
from plugin_server.kit.catalog import PublishedForm

Account = Callable[..., KitAccountData]

# Forms


def test_forms_and_landing_pages_that_can_be_opened_come_newest_first(
    kit: Kit, data: Account
) -> None:
    kit.responses["/v4/forms"] = page(
        "forms",
        [
            form(3, name=" Letter\n"),
            form(12, type="hosted", name=None),
            form(4, archived=True),
            form(5, embed_url=None),
            form(6, embed_url=""),
            form(7, type="other"),
            form(8, type=None),
            form(9, archived=None),
            {"id": "x"},
        ],
    )
    found = data().forms()
    assert found == (
        PublishedForm("12", "landing_page", "Untitled", "https://forms.example/12"),
        PublishedForm("9", "form", "Form 9", "https://forms.example/9"),
        PublishedForm("3", "form", "Letter", "https://forms.example/3"),
    )
    assert data().find_form("12") == found[0]
    assert data().find_form("4") is None
    assert kit.requested == ["/v4/forms"]


def test_every_page_of_forms_is_read(kit: Kit, data: Account) -> None:
    kit.responses = {
        "/v4/forms": page("forms", [form(1)], following="WzFd"),
        "/v4/forms?WzFd": page("forms", [form(2)]),
    }
    assert [each.value for each in data().forms()] == ["2", "1"]


def test_an_account_without_forms_has_none(kit: Kit, data: Account) -> None:
    kit.responses["/v4/forms"] = page("forms", [])
    assert data().forms() == ()


@pytest.mark.parametrize(
    "name", ["Knots &amp; ropes", "Hi {{ subscriber.first_name }}, join", "AT&T &copy"]
)
def test_a_forms_name_is_shown_as_its_creator_typed_it(kit: Kit, data: Account, name: str) -> None:
    kit.responses["/v4/forms"] = page("forms", [form(1, name=name)])

    assert [form.name for form in data().forms()] == [name]


# The profile and the number of subscribers


def test_a_profile_is_what_kit_says(kit: Kit, data: Account) -> None:
    profile = {"name": "Harbour Letters", "bio": "Tides.\nBoats.", "image_url": 5, "else": True}
    kit.responses["/v4/account/creator_profile"] = {"profile": profile}
    assert data().creator_profile() == CreatorProfile(name="Harbour Letters", bio="Tides.\nBoats.")


def test_no_profile_is_no_error_and_is_kept_like_one(kit: Kit, data: Account) -> None:
    assert data().creator_profile() is None
    assert data().creator_profile() is None
    assert kit.requested == ["/v4/account/creator_profile"]


@pytest.mark.parametrize(
    ("stats", "count"),
    [
        ({"subscribers": 12480}, 12480),
        ({"subscribers": 0}, 0),
        ({"subscribers": None}, None),
        ({"subscribers": "many"}, None),
        ({}, None),
    ],
)
def test_a_number_of_subscribers_may_be_missing(
    kit: Kit, data: Account, stats: Json, count: int | None
) -> None:
    kit.responses["/v4/account/growth_stats"] = {"stats": stats}
    assert data().subscriber_count() == count


def test_a_response_without_stats_is_refused(kit: Kit, data: Account) -> None:
    kit.responses["/v4/account/growth_stats"] = {"stats": None}
    with pytest.raises(KitUnreadable):
        data().subscriber_count()


# Colors


def test_brand_colors_keep_the_creators_order(kit: Kit, data: Account) -> None:
    kit.responses["/v4/account/colors"] = {"colors": ["#1F4E5F", "red", None, "#e07a5f"]}
    assert data().brand_colors() == ("#1F4E5F", "#e07a5f")


@pytest.mark.parametrize("response", [None, {}, {"colors": None}, {"colors": {}}, {"colors": []}])
def test_brand_colors_that_cannot_be_had_are_none(
    kit: Kit, data: Account, response: Json | None
) -> None:
    if response is not None:
        kit.responses["/v4/account/colors"] = response
    assert data().brand_colors() == ()


def test_an_outage_costs_a_block_its_colors_only(kit: Kit, data: Account) -> None:
    kit.down = True
    request = data()
    assert request.brand_colors() == ()
    assert (request.freshness.age, request.freshness.stale) == (0, False)


@pytest.mark.slow
def test_nobody_waits_long_for_colors(kit: Kit, data: Account) -> None:
    kit.held_up = "/v4/account/colors"
    kit.responses["/v4/account/colors"] = {"colors": ["#1f4e5f"]}
    started = monotonic()
    assert data().brand_colors() == ()
    assert monotonic() - started < 3
    assert data(0).brand_colors() == ()  # nor longer than the request itself
    kit.open.set()
    wait_until(lambda: data().brand_colors() == ("#1f4e5f",))
    assert kit.requested == ["/v4/account/colors"]
