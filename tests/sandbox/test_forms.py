import pytest

from plugin_server.sandbox.dashboard.forms import read_app, read_plugin
from plugin_server.sandbox.form_errors import all_messages
from plugin_server.sandbox.records import App


def test_an_app_needs_its_oauth_fields_all_or_none() -> None:
    assert read_app({"name": "App"})[1] == {}
    _, errors = read_app({"name": "App", "token_url": "https://plugins.example.com/token"})
    assert errors["authorize_url"] == ["Authorization URL is required as soon as OAuth is used."]
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
def test_an_app_needs_absolute_urls(url: str) -> None:
    fields = {name: "https://x.example.com/" for name in ("authorize_url", "token_url")}
    fields |= {"refresh_url": "https://x.example.com/", "revoke_url": url, "name": "App"}
    fields |= {"client_id": "x", "client_secret": "y"}
    assert read_app(fields)[1] == {
        "revoke_url": ["Revoke URL must be an absolute https URL (http only on this machine)."]
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


def test_a_plugin_has_all_its_errors_at_once() -> None:
    _, errors = read_plugin({}, App())
    assert [error.partition(" is ")[0] for error in all_messages(errors)] == [
        "Name",
        "Description",
        "Sort order",
        "Request URL",
        "Settings JSON",
        "Authorization method",
    ]


def test_a_plugin_with_oauth_needs_an_app_with_oauth() -> None:
    _, errors = read_plugin({"authorization": "oauth"}, App())
    needed = "Authorization method is oauth: fill in the app's OAuth fields first."
    assert errors["authorization"] == [needed]


@pytest.mark.parametrize("identifier", ["Countdown", "days-left", "días", "a b"])
def test_an_identifier_has_few_characters(identifier: str) -> None:
    _, errors = read_plugin({"identifier": identifier}, App())
    words = "Identifier may have lowercase letters, digits and underscores, at most 100 of them."
    assert errors["identifier"] == [words]


def test_a_dynamic_plugin_needs_an_identifier() -> None:
    assert "identifier" not in read_plugin({}, App())[1]
    assert read_plugin({"dynamic": "on"}, App())[1]["identifier"] == ["Identifier is required."]


@pytest.mark.parametrize(
    ("name", "longest", "label"),
    [("name", 50, "App name"), ("summary", 90, "Summary"), ("description", 5_000, "Description")],
)
def test_the_texts_of_the_app_store_have_kits_limits(name: str, longest: int, label: str) -> None:
    fields = {"name": "App", name: "ä" * longest}
    assert read_app(fields)[1] == {}
    words = f"{label} may have {longest:,} characters at most."
    assert read_app({**fields, name: "ä" * (longest + 1)})[1] == {name: [words]}


@pytest.mark.parametrize(
    ("domains", "wrong"),
    [
        ("example.com", 0),
        ("example.com\nwww.example.com\n\n", 0),
        (["127.0.0.1", "example.com"], 0),
        ("https://example.com", 1),
        ("example.com/path", 1),
        ("example.com:8000\nuser@example.com", 2),
        ("Example.com", 1),
        ("[::1", 1),
        (7, 0),
        (True, 0),
    ],
)
def test_domains_to_return_to_stand_alone(domains: object, wrong: int) -> None:
    errors = read_app({"name": "App", "return_to_domains": domains})[1]
    assert len(errors.get("return_to_domains", [])) == wrong


@pytest.mark.parametrize(
    ("typed", "scopes", "odd"),
    [
        ("", (), ""),
        ("read:posts", ("read:posts",), ""),
        (" read:posts,read_data , read:posts", ("read:posts", "read_data"), ""),
        (["read:posts", "write:posts"], ("read:posts", "write:posts"), ""),
        ("read data", ("read data",), "read data"),
        ("read:posts read:forms", ("read:posts read:forms",), "read:posts read:forms"),
        ('read:posts, read"x"', ("read:posts", 'read"x"'), 'read"x"'),
        ("lesen:beiträge", ("lesen:beiträge",), "lesen:beiträge"),
        (7, (), ""),
    ],
)
def test_scopes_are_words_with_commas_between(
    typed: object, scopes: tuple[str, ...], odd: str
) -> None:
    plugin, errors = read_plugin({"scopes": typed}, App())
    assert plugin.scopes == scopes
    words = f'Scope "{odd}" must be one word without spaces, such as read:posts; put commas between scopes.'
    assert errors.get("scopes", []) == ([words] if odd else [])
