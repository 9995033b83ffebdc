"""What a 401 of Kit is taken to mean, by what its body says."""

import json

import httpx2
import pytest

from plugin_server.kit.api.credential_status import (
    CredentialStatus,
    credential_status,
    is_kit_error,
)

EXPIRED, INVALID = "The access token expired", "The access token is invalid"


def refusal(body: object, status: int = 401) -> CredentialStatus | None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return credential_status(httpx2.Response(status, content=content))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (EXPIRED, CredentialStatus.EXPIRED),
        (INVALID, CredentialStatus.INVALID),
        ("the ACCESS token expired.", CredentialStatus.EXPIRED),
        ("  The access  token\nis invalid . ", CredentialStatus.INVALID),
        ("Authentication Failed", CredentialStatus.WITHHELD),
        ("Your trial has ended.", CredentialStatus.WITHHELD),
        ("The access token is invalid for this plan", CredentialStatus.WITHHELD),
        ("expired", CredentialStatus.WITHHELD),
        ("", CredentialStatus.WITHHELD),
    ],
)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: {"errors": [text]},
        lambda text: {"errors": [[text]]},
        lambda text: {"errors": [[], [[text, text]]]},
        lambda text: {"errors": text},
        lambda text: {"errors": [], "error": text},
        lambda text: {"error": "invalid_token", "error_description": text},
        lambda text: {"errors": None, "message": text},
        lambda text: text,
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + json.dumps({"errors": [text]}).encode(),
    ],
)
def test_a_text_means_the_same_wherever_it_stands(
    wrap: object, text: str, meaning: CredentialStatus
) -> None:
    assert callable(wrap)
    assert refusal(wrap(text)) is meaning


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body><h1>401 Unauthorized</h1></body></html>",
        b"\xff\xfe",
        b'{"errors": ["The access token exp',
        b"[" * 100_000,
        b"null",
        {},
        {"errors": None},
        {"errors": []},
        {"errors": 7},
        {"errors": {"base": [EXPIRED]}},
        {"errors": [EXPIRED, {"code": 1}]},
        {"errors": [INVALID, "Your payment failed"]},
    ],
    ids=repr,
)
def test_what_is_not_said_in_those_words_alone_is_no_word_about_the_token(body: object) -> None:
    assert refusal(body) is CredentialStatus.WITHHELD


def test_both_words_about_the_token_call_for_a_refresh() -> None:
    assert refusal({"errors": [INVALID, EXPIRED]}) is CredentialStatus.EXPIRED


@pytest.mark.parametrize("status", [200, 400, 403, 404, 429, 503])
def test_other_statuses_refuse_no_credential(status: int) -> None:
    assert refusal({"errors": [INVALID]}, status) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"errors": ["The access token expired"]}', True),
        (b'{"errors": []}', True),
        (b"<!doctype html><h1>401 Unauthorized</h1>", False),
        (b'{"message": "Unauthorized"}', False),
        (b'"Unauthorized"', False),
        (b"", False),
        (b"[" * 20_000, False),
    ],
)
def test_whether_an_error_is_in_the_shape_of_kits_api(body: bytes, expected: bool) -> None:
    assert is_kit_error(httpx2.Response(401, content=body)) is expected
