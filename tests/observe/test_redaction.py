"""What the last line of defence takes out of the log, and what it leaves."""

import base64
import random

import pytest

from plugin_server.observe.redaction import Redactor

KNOWN = "the-secret-key-of-this-server"
redactor = Redactor([KNOWN, "short"])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key {KNOWN} was used", KNOWN),
        ("Kit said: ada@example.com is unknown", "ada@example.com"),
        ("ada.lovelace+kit@mail.example.co.uk", "ada.lovelace+kit@"),
        ("postgresql://app:hunter2@db/plugin", "hunter2"),
        ("GET /oauth/authorize?state=abc&code=def HTTP/1.1", "abc"),
        ("https://api.kit.com/v4/oauth/authorize?client_id=x&state=y", "state"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("bearer abcdef", "abcdef"),
        ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ('{"refresh_token": "r-1"}', "r-1"),
        ("{'client_secret': 'letmein'}", "letmein"),
        ("access_token=abc123&x=1", "abc123"),
        ("X-Kit-Api-Key: kit_0123456789abcdef", "0123456789abcdef"),
        ("Set-Cookie: session=abc", "session"),
        ("KeyError: 'Bkib_qS0xUTpvHyH_kBeHa_ZOd2gdIuOg21O-Bjy2NY'", "qS0xUTpvHyH"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, secret: str) -> None:
    cleaned = redactor.clean(text)
    assert secret not in cleaned
    assert cleaned != text


def test_random_tokens_are_taken_out_wherever_they_are() -> None:
    # One of 1,500 has no digit, and is taken for a word.
    numbers = random.Random("always the same tokens")
    for _ in range(100):
        token = base64.urlsafe_b64encode(numbers.randbytes(32)).decode().rstrip("=")
        for text in (token, f"no row for {token!r}", f"[{token}]", f"a={token},"):
            assert token[4:20] not in redactor.clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "Redis does not respond; each process counts its own share",
        "The database is at schema 0003, this version needs 0004: run `plugin-server db upgrade`.",
        '  File "/srv/python3.11/site-packages/plugin_server/kit/account_data.py", line 12, in find_post',
        "plugin_server.errors.KitUnavailable: Kit is not responding. Try again in a minute.",
        "token_request_refused",
        "A worker died while refreshing the connection of account 26; trying again",
        "test_a_connection_that_kit_has_ended_tells_the_creator",
        "short",
        "What? Yes.",
    ],
)
def test_what_an_operator_needs_is_left(text: str) -> None:
    assert redactor.clean(text) == text


def test_a_text_that_was_built_to_be_slow_is_cut() -> None:
    for part in ("a", "-", "@", "a@", "://", "?=", "token=", "bearer ", "1a"):
        assert len(redactor.clean(part * 200_000)) < 200_000


def test_the_quick_check_finds_email_addresses_and_known_secrets() -> None:
    assert redactor.holds_secret("x@y")
    assert redactor.holds_secret(f'{{"id":"{KNOWN}"}}')
    assert not redactor.holds_secret('{"event":"request","account":"26"}')
