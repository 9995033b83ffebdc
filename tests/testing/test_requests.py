"""What tests of packages call: requests to a block, and the refusal of the network while it is tested."""

import socket

import pytest

from plugin_server.blocks import ContentNotFound, SettingsInvalid
from plugin_server.blocks.loading import load_block
from plugin_server.errors import NotFound
from plugin_server.testing import (
    account_with_text,
    bare_account,
    judge,
    render,
    search,
    typical_account,
)
from plugin_server.testing.network import NetworkRefused, refused_network


def test_a_block_renders_with_the_typical_account_by_default() -> None:
    html = render("post", {"post": "4169"})
    assert html == render(load_block("post"), {"post": "4169"}, typical_account())
    assert judge(html) == []


def test_settings_that_are_missing_are_refused_in_words() -> None:
    with pytest.raises(SettingsInvalid):
        render("post")


def test_the_styles_of_the_email_are_used() -> None:
    sentence = {"sentence": "[number] read"}
    styles = {"p": {"color": "rgb(12, 34, 56)"}}
    assert "#0c2238" in render("subscriber_count", sentence, styles=styles)
    assert "#0c2238" not in render("subscriber_count", sentence)


def test_accounts_differ() -> None:
    profile = {"profile": True}
    assert "Harbour" in render("creator_profile", profile, bare_account())
    assert "Tide &amp; co" in render("creator_profile", profile, account_with_text("Tide & co"))


def test_a_search_returns_options() -> None:
    labels = [option.label for option in search("post", "post", "ferry")]
    assert labels
    assert all("ferry" in label for label in labels)


def test_a_search_restores_what_a_draft_has_stored() -> None:
    found = search("post", "post", values=["4169", "4157"])
    assert [option.value for option in found] == ["4169", "4157"]


def test_an_unknown_search_is_not_found() -> None:
    with pytest.raises(NotFound):
        search("post", "nothing")


def test_an_empty_account_is_said_in_words() -> None:
    from_nothing = type(typical_account().posts)((), is_whole=True)
    with pytest.raises(ContentNotFound):
        search("post", "post", account=type(typical_account())(from_nothing))


@pytest.mark.parametrize("is_name", [False, True])
def test_connections_are_refused_and_recorded(is_name: bool) -> None:
    with refused_network() as refused, socket.socket() as connection, pytest.raises(NetworkRefused):
        connection.connect(("localhost" if is_name else "127.0.0.1", 9))
    assert refused == ["localhost" if is_name else "127.0.0.1"]


def test_connections_are_free_again_afterwards() -> None:
    with refused_network():
        pass
    with socket.create_server(("127.0.0.1", 0)) as server, refused_network() as refused:
        with pytest.raises(NetworkRefused):
            socket.create_connection(server.getsockname())
        assert refused == ["127.0.0.1"]
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as connection,
    ):
        assert connection.getpeername() == server.getsockname()
