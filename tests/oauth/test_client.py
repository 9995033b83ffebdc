"""How Kit proves who it is: what is presented decides, and nothing falls through."""

import base64

import pytest
from authlib.oauth2.rfc6749.errors import InvalidClientError
from pydantic import SecretStr

from plugin_server.oauth.client import PluginClient, authenticate

CLIENT = PluginClient(
    client_id="kit:1",
    secrets=(SecretStr("new sécret"), SecretStr("old")),
    redirect_uris=("https://app.kit.com/apps/install", "https://app.kit.com/apps"),
    scopes={"read:posts": "Posts", "read:profile": "Profile"},
)


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


RIGHT = basic("kit%3A1", "new+s%C3%A9cret")


@pytest.mark.parametrize(
    ("parameters", "authorization"),
    [
        ({}, None),
        ({"client_id": "kit:1"}, None),
        ({"client_id": "other", "client_secret": "old"}, None),
        ({"client_id": "kit:1", "client_secret": ""}, None),
        ({"client_id": "kit:1", "client_secret": "wrong"}, None),
        ({}, basic("kit%3A1", "wrong")),
        ({}, basic("other", "old")),
        ({}, "Basic !!!"),
        ({}, "Basic"),
        ({}, "Bearer abc"),
        ({"client_id": "kit:1"}, "Bearer abc"),
        ({"client_id": "kit:1", "client_secret": "wrong"}, "Bearer abc"),
        ({}, RIGHT + ", Bearer abc"),
        ({"client_id": "kit:1", "client_secret": "old"}, basic("kit%3A1", "wrong")),
        ({"client_secret": "wrong"}, RIGHT),
        ({"client_id": "other"}, RIGHT),
    ],
)
def test_a_wrong_or_missing_secret_is_refused_with_401(
    parameters: dict[str, str], authorization: str | None
) -> None:
    with pytest.raises(InvalidClientError) as refusal:
        authenticate(CLIENT, parameters, authorization, secret_required=True)
    assert refusal.value.status_code == 401
    assert dict(refusal.value.get_headers())["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("parameters", "authorization"),
    [
        ({"client_id": "kit:1", "client_secret": ""}, None),
        ({"client_id": "kit:1", "client_secret": "wrong"}, None),
        ({"client_id": "kit:1"}, basic("kit%3A1", "wrong")),
        ({"client_id": "kit:1"}, basic("kit%3A1", "")),
        ({"client_id": "kit:1"}, "basic"),
        ({"client_id": "kit:1"}, "BASIC !!!"),
        ({"client_id": "kit:1"}, "Basic\tabc"),
        ({"client_id": "kit:1"}, " Basic abc"),
        ({"client_id": "kit:1"}, "Basic=abc"),
        ({"client_id": "kit:1"}, "Bearer abc," + basic("kit%3A1", "wrong")),
        ({"client_id": "other"}, "Bearer abc"),
        ({"client_id": "other"}, None),
    ],
)
def test_a_secret_that_is_optional_must_still_be_right_when_sent(
    parameters: dict[str, str], authorization: str | None
) -> None:
    with pytest.raises(InvalidClientError):
        authenticate(CLIENT, parameters, authorization, secret_required=False)


@pytest.mark.parametrize("secret", ["new sécret", "old"])
def test_both_secrets_are_good_while_they_are_being_rotated(secret: str) -> None:
    parameters = {"client_id": "kit:1", "client_secret": secret}
    assert authenticate(CLIENT, parameters, None, secret_required=True) is CLIENT


def test_basic_credentials_are_form_decoded() -> None:
    assert authenticate(CLIENT, {}, RIGHT, secret_required=True) is CLIENT


@pytest.mark.parametrize(
    "authorization", ["Bearer abc", "bearer", "Token token=abc", 'Digest realm="basic"', "Basics x"]
)
def test_another_scheme_is_no_reason_to_refuse(authorization: str) -> None:
    parameters = {"client_id": "kit:1", "client_secret": "old"}
    assert authenticate(CLIENT, parameters, authorization, secret_required=True) is CLIENT
    public = {"client_id": "kit:1"}
    assert authenticate(CLIENT, public, authorization, secret_required=False) is CLIENT


def test_a_refresh_needs_no_secret() -> None:
    assert authenticate(CLIENT, {"client_id": "kit:1"}, None, secret_required=False) is CLIENT


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://app.kit.com/apps/",
        "https://APP.kit.com/apps",
        "https://app.kit.com:443/apps",
        "https://app.kit.com@evil.example/apps",
        "https://app.kit.com/apps?x=1",
        "https://app.kit.com/apps#x",
        "https://app.kit.com/apps/../apps",
        "https://app.kit.com\\apps",
        " https://app.kit.com/apps",
        "https://app.kit.com/apps\n",
        "http://app.kit.com/apps",
    ],
)
def test_only_a_whole_registered_redirect_uri_matches(uri: str) -> None:
    assert not CLIENT.check_redirect_uri(uri)


def test_both_documented_redirect_uris_match() -> None:
    assert all(map(CLIENT.check_redirect_uri, CLIENT.redirect_uris))
