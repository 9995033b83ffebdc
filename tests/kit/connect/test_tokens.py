"""A token response of Kit is read, whatever is odd in it, as long as it holds an access token."""

import json
from typing import Any

import pytest

from plugin_server.errors import KitRejected
from plugin_server.kit.connect.tokens import DEFAULT_LIFETIME, MAX_LIFETIME, KitTokens, read_tokens

GOOD = {
    "access_token": "access",
    "token_type": "Bearer",
    "expires_in": 7200,
    "refresh_token": "refresh",
    "scope": "public",
    "created_at": 1_790_000_000,
}


def read(**changes: Any) -> KitTokens:
    return read_tokens({**GOOD, **changes})


def test_the_documented_response_is_read() -> None:
    assert read_tokens(GOOD) == KitTokens("access", "refresh", 7200, "public")


def test_the_access_token_alone_is_enough() -> None:
    assert read_tokens({"access_token": "access"}) == KitTokens(
        "access", "", DEFAULT_LIFETIME, "public"
    )


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (172_800, 172_800),
        (1, 1),
        ("7200", 7200),
        (" 7200 ", 7200),
        ("7199.5", 7199),
        (7199.9, 7199),
        (1e4, 10_000),
        (10**30, MAX_LIFETIME),
        (10**400, DEFAULT_LIFETIME),
        ("9" * 5000, DEFAULT_LIFETIME),
        (None, DEFAULT_LIFETIME),
        (0, DEFAULT_LIFETIME),
        (0.5, DEFAULT_LIFETIME),
        (-7200, DEFAULT_LIFETIME),
        (True, DEFAULT_LIFETIME),
        ("", DEFAULT_LIFETIME),
        ("two hours", DEFAULT_LIFETIME),
        ("Infinity", DEFAULT_LIFETIME),
        (json.loads("NaN"), DEFAULT_LIFETIME),
        (json.loads("-Infinity"), DEFAULT_LIFETIME),
        ([7200], DEFAULT_LIFETIME),
        ({"seconds": 7200}, DEFAULT_LIFETIME),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_lifetime_is_a_number_of_seconds_or_a_short_one(given: object, seconds: int) -> None:
    assert read(expires_in=given).expires_in == seconds


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ("public read", "public read"),
        (None, "public"),
        ("", "public"),
        (["public"], "public"),
        (7, "public"),
        ("pub\x00lic", "public"),
        ("öffentlich", "public"),
        ("x" * 1001, "public"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_scope_is_a_text_that_can_be_stored(given: object, scope: str) -> None:
    assert read(scope=given).scope == scope


@pytest.mark.parametrize("given", [None, "", "  ", 7, True, [], {}, "a\x00b", "\ud800"])
def test_without_a_refresh_token_there_is_none(given: object) -> None:
    assert read(refresh_token=given).refresh_token == ""


@pytest.mark.parametrize("given", ["ü-token", "with space", " refresh\n"])
def test_an_unusual_refresh_token_is_kept(given: str) -> None:
    assert read(refresh_token=given).refresh_token == given.strip()


@pytest.mark.parametrize(
    "changes",
    [
        {"token_type": None},
        {"token_type": "bearer"},
        {"token_type": ["mac"]},
        {"created_at": None},
        {"created_at": "yesterday"},
        {"account": {"plan": None}},
        {"error": None},
    ],
    ids=repr,
)
def test_what_nobody_needs_may_be_anything(changes: dict[str, Any]) -> None:
    assert read(**changes) == read_tokens(GOOD)


@pytest.mark.parametrize("given", [None, "", " ", 7, ["access"], "a b", "a\r\nX: y", "ü"])
def test_without_an_access_token_there_is_nothing_to_keep(given: object) -> None:
    with pytest.raises(KitRejected) as error:
        read(access_token=given)
    assert error.value.reason == "no_access_token"
    assert "refresh" not in repr(error.value)
