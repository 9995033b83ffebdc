"""The editor's endpoints: which requests are authenticated, and which responses are cached."""

from typing import Any

import httpx2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.blocks.served import find
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.config.environment import load_config
from plugin_server.editor import envelope, routes
from plugin_server.errors import NotAuthenticated
from plugin_server.ratelimit.installations import InstallationLimit
from plugin_server.rendering.renderer import Renderer
from plugin_server.web.error_handlers import register_errors

HTML, SEARCH = "/blocks/post/html", "/blocks/post/search/post"
GOOD = {"settings": {"post": "1"}}
POST = {
    "id": 1,
    "title": "The sea in winter",
    "status": "published",
    "published_at": "2026-01-01T00:00:00Z",
}


def kit(_: httpx2.Request) -> httpx2.Response:
    page = {"posts": [POST], "post": POST, "colors": [], "pagination": {"has_next_page": False}}
    return httpx2.Response(200, json=page)


@pytest.fixture
def http(store: Any) -> FlaskClient:
    """A server of one account, without authentication."""
    config = load_config(**SETTINGS, plugin_auth="none", kit_api_key="kit_key")
    app = create_app(config, store=store, kit_transport=httpx2.MockTransport(kit))
    return app.test_client()


@pytest.mark.parametrize(("path", "body"), [(HTML, GOOD), (SEARCH, {"search": "sea"})])
def test_a_cached_response_equals_the_first_one(http: FlaskClient, path: str, body: Any) -> None:
    http.post(path, json={**body, "another": 1})  # reads the account
    first, second = http.post(path, json=body), http.post(path, json=body)
    assert b"The sea" in first.data
    assert first.data == second.data
    made, recalled = dict(first.headers), dict(second.headers)
    assert made.pop("X-Request-Id") != recalled.pop("X-Request-Id")
    assert made.pop("Age") <= recalled.pop("Age")
    assert made == recalled


def test_a_cached_response_is_for_our_hosts_only(http: FlaskClient) -> None:
    for _ in "12":
        assert http.post(HTML, json=GOOD).status_code == 200
    foreign = http.post(HTML, json=GOOD, headers={"Host": "evil.example"})
    assert (foreign.status_code, "html" in foreign.get_json()) == (400, False)


def test_each_url_has_its_own_cached_response(http: FlaskClient) -> None:
    body = {"settings": {"post": "1"}, "search": ""}
    found = {path: http.post(path, json=body).get_json().keys() for path in (HTML, SEARCH) * 2}
    assert found == {HTML: {"code", "html"}, SEARCH: {"code", "data"}}


@pytest.mark.parametrize("path", [HTML, "//blocks/post/html", "///blocks/post/html"])
@pytest.mark.parametrize("method", ["POST", "post"])
def test_urls_are_read_whatever_the_spelling_of_path_and_method(
    http: FlaskClient, path: str, method: str
) -> None:
    for _ in "12":
        response = http.open(method=method, json=GOOD, environ_overrides={"PATH_INFO": path})
        assert "The sea" in response.get_json()["html"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(http: FlaskClient, method: str) -> None:
    http.post(HTML, json=GOOD)
    assert http.open(HTML, method=method, json=GOOD).status_code == 405


def app_with(authenticate: Any) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1000
    renderer = Renderer(megabytes=1, verifies=True)
    app.register_blueprint(
        routes.make_blueprint(
            find,
            authenticate,
            InstallationLimit(600),
            lambda *_: pytest.fail("not authenticated"),
            renderer,
        )
    )
    register_errors(app, {"": envelope.error_response})
    return app


@pytest.mark.parametrize("path", [HTML, SEARCH])
def test_nothing_is_read_of_a_request_that_is_not_authenticated(path: str) -> None:
    def refuse(*_: Any) -> str:
        raise NotAuthenticated

    response = app_with(refuse).test_client().post(path, data=b"no JSON")
    assert (response.status_code, response.get_json()["code"]) == (401, 401)


def test_a_bug_in_authentication_gives_the_response_of_any_other_bug() -> None:
    def authenticate(*_: Any) -> str:
        raise ZeroDivisionError("the text of a bug")

    response = app_with(authenticate).test_client().post(HTML, json=GOOD)
    assert (response.status_code, response.get_json()["code"]) == (500, 500)
    assert "the text of a bug" not in response.text


def test_a_body_that_is_too_large_is_not_read() -> None:
    large = {"settings": {"post": "x" * 1000}}
    response = app_with(lambda *_: "26").test_client().post(HTML, json=large)
    assert (response.status_code, response.get_json()["code"]) == (413, 413)
