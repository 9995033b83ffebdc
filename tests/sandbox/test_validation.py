import pytest

from plugin_server.sandbox.dashboard.validation import read_app, read_plugin
from plugin_server.sandbox.errors import sentences
from plugin_server.sandbox.records import App


def test_an_app_needs_its_oauth_fields_all_or_none() -> None:
    assert read_app({"name": "App"})[1] == {}
    _, errors = read_app({"name": "App", "token_url": "https://plugins.example.com/token"})
    assert errors["authorize_url"] == ["Authorize URL is required as soon as OAuth is used."]
    assert len(errors) == 5


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example.com",
        "//x.example.com",
        "http://x.example.com",
        "x",
        "https://",
        "https:// x",
    ],
)
def test_an_app_needs_absolute_addresses(url: str) -> None:
    fields = {name: "https://x.example.com/" for name in ("authorize_url", "token_url")}
    fields |= {"refresh_url": "https://x.example.com/", "revoke_url": url, "name": "App"}
    fields |= {"client_id": "x", "client_secret": "y"}
    assert read_app(fields)[1] == {
        "revoke_url": [
            "Revoke token URL must be an absolute https address (http only on this machine)."
        ]
    }


@pytest.mark.parametrize("order", ["x", "1.5", "-1", "٣", "9" * 20])
def test_a_plugin_needs_a_whole_sort_order(order: str) -> None:
    fields = {
        "name": "Post",
        "description": "A post",
        "sort_order": order,
        "html_url": "https://x.example.com/",
        "settings_json": "[]",
        "authorization": "none",
    }
    assert read_plugin(fields, App())[1] == {
        "sort_order": ["Sort order must be a whole number, 0 or more."]
    }


def test_a_plugin_tells_everything_at_once() -> None:
    _, errors = read_plugin({}, App())
    assert [error.partition(" is ")[0] for error in sentences(errors)] == [
        "Name",
        "Description",
        "Sort order",
        "HTML URL",
        "Settings JSON",
        "Authorization",
    ]


def test_a_plugin_with_oauth_needs_an_app_with_oauth() -> None:
    _, errors = read_plugin({"authorization": "oauth"}, App())
    needed = "Authorization is oauth: fill in the app's OAuth fields first."
    assert errors["authorization"] == [needed]


@pytest.mark.parametrize("identifier", ["Countdown", "days-left", "días", "a b"])
def test_an_identifier_has_few_characters(identifier: str) -> None:
    _, errors = read_plugin({"identifier": identifier}, App())
    told = "Identifier may have lowercase letters, digits and underscores."
    assert errors["identifier"] == [told]


def test_a_dynamic_plugin_needs_an_identifier() -> None:
    assert "identifier" not in read_plugin({}, App())[1]
    assert read_plugin({"dynamic": "on"}, App())[1]["identifier"] == ["Identifier is required."]
