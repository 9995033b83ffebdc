"""Every error of the block endpoints has Kit's shape, whatever caused it.

The shape: ``code`` (a number), ``errors`` (sentences for the creator), ``data`` (empty, so that the
search box finds its member), and an HTTP status that equals ``code`` unless it is 200.
"""

import json
from typing import Any

import httpx2
import pytest

JSON = {"Content-Type": "application/json"}
# One level deeper than what is read.
DEEP = b'{"settings": ' * 16 + b"{}" + b"}" * 16
HTML, SEARCH = "/blocks/post/html", "/blocks/post/search/post"


def assert_shape(response: httpx2.Response, status: int, code: int | None = None) -> list[str]:
    body = response.json()
    assert set(body) == {"code", "errors", "data"}
    assert response.status_code == status
    assert body["code"] == (code or status)
    assert body["data"] == []
    assert body["errors"]
    assert all(isinstance(each, str) and each.endswith(".") for each in body["errors"])
    assert "Traceback" not in response.text
    return list(body["errors"])


@pytest.fixture(scope="module")
def token(preview: Any, make_creator: Any) -> str:
    return str(make_creator(preview).tokens()["access_token"])


@pytest.fixture
def post(preview: Any, token: str) -> Any:
    def send(path: str, body: bytes | Any, **headers: str) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**JSON, "Authorization": f"Bearer {token}", **headers}
        return httpx2.post(preview.server + path, content=content, headers=sent)

    return send


@pytest.mark.parametrize("path", [HTML, SEARCH])
class TestBothEndpoints:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"\xff", b"[]", b'"x"', b"5", b"null", b"NaN", b"[" * 50_000, b"a=b", DEEP],
    )
    def test_a_body_that_is_no_json_object(self, post: Any, path: str, body: bytes) -> None:
        assert_shape(post(path, body), 400)

    def test_a_body_that_is_labelled_as_something_else(self, post: Any, path: str) -> None:
        assert_shape(post(path, {}, **{"Content-Type": "text/plain"}), 415)

    def test_a_huge_body(self, post: Any, path: str) -> None:
        assert_shape(post(path, {"settings": {"post": "x" * 300_000}}), 413)

    @pytest.mark.parametrize("header", ["Bearer unknown", "Bearer", "Basic abc", "", "bearer x y"])
    def test_a_token_that_is_not_valid(
        self, post: Any, preview: Any, path: str, header: str
    ) -> None:
        response = post(path, {}, Authorization=header)
        assert_shape(response, 401)
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")

    def test_a_token_that_is_missing_is_challenged_without_an_error_code(
        self, preview: Any, path: str
    ) -> None:
        response = httpx2.post(preview.server + path, json={})
        assert_shape(response, 401)
        assert "error=" not in response.headers["WWW-Authenticate"]

    def test_a_token_in_the_query_is_refused(self, preview: Any, token: str, path: str) -> None:
        query = {"access_token": token}
        alone = httpx2.post(preview.server + path, json={}, params=query)
        assert_shape(alone, 401)
        assert "the header Authorization: Bearer" in alone.json()["errors"][0]
        assert token not in alone.text
        headers = {"Authorization": f"Bearer {token}"}
        both = httpx2.post(preview.server + path, json={}, params=query, headers=headers)
        assert_shape(both, 400)
        assert both.json()["errors"] == alone.json()["errors"]
        query = {"old_access_token": token}
        other = httpx2.post(preview.server + path, json={}, params=query, headers=headers)
        assert other.status_code == 200

    def test_another_method(self, preview: Any, path: str) -> None:
        response = httpx2.get(preview.server + path)
        assert_shape(response, 405)
        assert response.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    "path", ["/blocks/unknown/html", "/blocks/unknown/search/post", "/blocks/post/search/unknown"]
)
def test_an_unknown_block_or_setting(post: Any, path: str) -> None:
    assert_shape(post(path, {}), 404)


@pytest.mark.parametrize("settings", [[], "x", 5, True])
def test_settings_that_are_no_object(post: Any, settings: Any) -> None:
    assert_shape(post(HTML, {"settings": settings}), 400)


@pytest.mark.parametrize("search", [5, {}, [1], [None], True])
def test_a_search_that_is_no_text(post: Any, search: Any) -> None:
    assert_shape(post(SEARCH, {"search": search}), 400)


def test_missing_settings_are_a_content_error(post: Any) -> None:
    for body in (
        {},
        {"settings": None},
        {"settings": {}},
        {"settings": {"post": ""}},
        {"settings": {"unknown": 1}},
    ):
        errors = assert_shape(post(HTML, body), 200, 422)
        assert errors[0].startswith('"Post"')


def test_every_unusable_setting_is_named_at_once(post: Any) -> None:
    settings = {"post": 5, "layout": "spiral", "button_text": [], "button_color": "url(x)"}
    assert len(assert_shape(post(HTML, {"settings": settings}), 200, 422)) == len(settings)


@pytest.mark.parametrize("value", ["999999", "nonsense", "broadcast-1000000", "../account"])
def test_a_post_that_is_gone(post: Any, value: str) -> None:
    assert_shape(post(HTML, {"settings": {"post": value}}), 200, 404)


@pytest.mark.parametrize("styles", [None, [], "x", 5, {"p": 5}, {"p": {"color": []}}, {"x": {}}])
def test_styles_of_any_shape_do_no_harm(post: Any, styles: Any) -> None:
    value = post(SEARCH, {"search": ""}).json()["data"][0]["value"]
    response = post(HTML, {"settings": {"post": value}, "styles": styles}).json()
    assert response["code"] == 200
