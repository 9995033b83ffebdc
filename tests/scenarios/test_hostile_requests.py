"""Requests that are huge or built to hurt, over real HTTP: each gets a response, and the server stays up."""

import json
from typing import Any

import httpx2
import pytest

MEGABYTE = 1024 * 1024
# What the server reads of a request's body.
LIMIT = 256 * 1024
HOSTILE = '"></td><script>alert(1)</script>{{ x }}'


def filled(text: str, size: int) -> str:
    return text * (size // len(text))


def bodies(size: int) -> dict[str, bytes]:
    """Return bodies of nearly so many bytes."""
    texts = dict.fromkeys(("post", "button_text", "layout"), filled(HOSTILE, size // 4))
    styles = {"p": {"font-family": filled("'a',", size // 2), "color": filled("rgb(", size // 3)}}
    many = {f"{HOSTILE}{number}": number for number in range(size // 120)}
    depth = size // 8
    return {
        "texts": json.dumps({"settings": {"post": "1", **texts}}).encode(),
        "a search": json.dumps({"search": filled(HOSTILE, size * 9 // 10)}).encode(),
        "searches": json.dumps({"search": ["x"] * (size // 6)}).encode(),
        "styles": json.dumps({"settings": {"post": "1"}, "styles": styles}).encode(),
        "many settings": json.dumps({"settings": many, "styles": many}).encode(),
        "deep": b'{"settings":' + b"[" * 4 * depth + b"]" * 3 * depth + b"}",
        "deep objects": b'{"settings":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}",
        "digits": b'{"settings": {"post": ' + b"9" * (size - 100) + b"}}",
        "not closed": b'{"settings": "' + b"x" * (size - 100),
        "surrogates": b'{"search": "' + b"\\ud800" * (size // 6 - 20) + b'"}',
    }


def post(preview: Any, token: str, path: str, body: bytes) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return httpx2.post(f"{preview.server}{path}", content=body, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def token(preview: Any, make_creator: Any) -> str:
    return str(make_creator(preview).tokens()["access_token"])


@pytest.mark.parametrize("path", ["/blocks/post/html", "/blocks/post/search/post"])
@pytest.mark.parametrize("name", bodies(LIMIT))
def test_a_hostile_request_gets_a_response(preview: Any, token: str, path: str, name: str) -> None:
    body = bodies(LIMIT)[name]
    assert LIMIT * 0.7 < len(body) <= LIMIT

    response = post(preview, token, path, body)

    assert response.status_code in (200, 400)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json().get("data") is not None or response.json()["html"]
    assert len(response.content) < 40_000


@pytest.mark.parametrize("path", ["/blocks/post/html", "/blocks/post/search/post"])
def test_a_megabyte_is_refused_unread(preview: Any, token: str, path: str) -> None:
    response = post(preview, token, path, bodies(MEGABYTE)["texts"])

    assert response.status_code == 413
    assert response.json()["code"] == 413
    assert response.json()["errors"] == ["The request is too large."]
