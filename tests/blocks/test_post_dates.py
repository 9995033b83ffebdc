"""The dates of the blocks that show posts: language, time zone, and no request without dates."""

import locale
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.blocks.block_html import parse
from support.blocks.served import find

from plugin_server.blocks.base import SearchQuery
from plugin_server.examples.sample_accounts import SampleAccount

Maker = Callable[..., Any]
ANY = SearchQuery("")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (None, "October 8, 2024"),
        ("en_GB", "8 October 2024"),
        ("es", "8 de octubre de 2024"),
        ("ja", "2024年10月8日"),
    ],
)
def test_a_date_is_in_the_language_that_the_creator_chose(
    show_post: Maker, a_post: Maker, language: str | None, expected: str
) -> None:
    assert parse(show_post(a_post(), {"language": language})).css("p")[0].text() == expected


@pytest.mark.slow
def test_every_language_that_is_offered_has_dates_of_its_own(
    show_post: Maker, a_post: Maker
) -> None:
    [setting] = [each for each in find("post").settings.settings if each.name == "language"]
    dates = {
        language: parse(show_post(a_post(), {"language": language})).css("p")[0].text()
        for language in setting.options
    }

    assert len(setting.options) > 20
    assert [language for language, date in dates.items() if "October" in date] == ["en_US", "en_GB"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 10, 8, 23, 59, tzinfo=UTC),
        datetime(2024, 10, 9, 1, tzinfo=timezone(timedelta(hours=2))),
        datetime(2024, 10, 8),
    ],
)
def test_without_a_zone_the_date_is_that_of_utc(
    show_post: Maker, a_post: Maker, moment: datetime
) -> None:
    assert parse(show_post(a_post(published_at=moment))).css("p")[0].text() == "October 8, 2024"


@pytest.mark.parametrize(
    ("zone", "moment", "language", "date"),
    [
        ("America/New_York", "2026-03-02T03:30:00Z", "en_US", "March 1, 2026"),
        ("America/New_York", "2026-03-02T05:00:00Z", "en_US", "March 2, 2026"),
        ("America/New_York", "2026-03-09T04:30:00Z", "de", "9. März 2026"),
        ("America/St_Johns", "2026-07-01T02:29:00Z", "fr", "30 juin 2026"),
        ("Pacific/Pago_Pago", "2027-01-01T10:59:00Z", "es", "31 de diciembre de 2026"),
        ("Asia/Kolkata", "2028-02-28T18:30:00Z", "en_GB", "29 February 2028"),
        ("Pacific/Kiritimati", "2026-12-31T10:00:00Z", "en_US", "January 1, 2027"),
    ],
)
def test_the_date_is_that_of_the_accounts_zone(
    render: Maker, account: Maker, a_post: Maker, zone: str, moment: str, language: str, date: str
) -> None:
    kit = account(a_post(published_at=moment), zone=ZoneInfo(zone))
    html = render("post", {"post": "7", "language": language}, kit)
    assert parse(html).css("p")[0].text() == date


class Dateless(SampleAccount):
    """An account whose zone nobody may ask for."""

    def time_zone(self) -> tzinfo:
        pytest.fail("nobody has to wait for the zone")


@pytest.mark.parametrize(("block", "setting"), [("post", "post"), ("post_list", "posts")])
def test_a_block_without_dates_does_not_wait_for_the_zone(
    render: Maker, account: Maker, a_post: Maker, block: str, setting: str
) -> None:
    kit = Dateless(**vars(account(a_post(), a_post(id=6, title="Another"))))
    settings = {"post": "7", "show_date": False}
    assert "A title" in render(block, settings, kit)
    options = find(block).search(setting, ANY, kit)
    assert [option.label for option in options] == ["A title", "Another"]


def test_the_date_does_not_follow_the_locale_of_the_process(
    show_post: Maker, a_post: Maker
) -> None:
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, "C.UTF-8")
        html = show_post(a_post())
    finally:
        locale.setlocale(locale.LC_TIME, before)

    assert "October 8, 2024" in html
