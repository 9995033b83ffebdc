"""Scopes, and the bearer tokens that carry them."""

from typing import Any

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from support.servers.provider import ADA, CLIENT, URI, authorize, exchange
from werkzeug.test import EnvironBuilder

from plugin_server.errors import InsufficientScope, NotAuthenticated
from plugin_server.oauth.bearer import BearerProtector
from plugin_server.oauth.client import PluginClient
from plugin_server.oauth.provider import Provider
from plugin_server.oauth.tokens import ACCESS_TOKEN_LIFETIME


def protect(provider: Provider, token: str, *scopes: str) -> str:
    builder = EnvironBuilder(headers={"Authorization": f"Bearer {token}"})
    request = Request(builder.get_environ())
    return BearerProtector(provider.store, provider.clock).authenticate(request, scopes)


class TestBlocksWithoutScopes:
    @pytest.fixture
    def scopes(self) -> dict[str, str]:
        return {}

    def test_a_token_that_grants_nothing_is_enough(
        self, provider: Provider, tokens: dict[str, Any]
    ) -> None:
        assert tokens["scope"] == ""
        assert protect(provider, tokens["access_token"]) == ADA.id


class TestScopes:
    def test_a_scope_that_no_block_declares_is_refused(self, provider: Provider) -> None:
        back = authorize(provider, scope="read:posts write:all")
        assert back["error"] == "invalid_scope"

    def test_all_declared_scopes_are_granted_when_none_is_requested(
        self, tokens: dict[str, Any]
    ) -> None:
        assert tokens["scope"] == "read:posts read:profile"

    def test_a_missing_scope_is_a_403_that_names_it(self, provider: Provider, http: Any) -> None:
        code = authorize(provider, scope="read:posts")["code"]
        token = exchange(http, code).json["access_token"]
        assert protect(provider, token, "read:posts") == ADA.id
        with pytest.raises(InsufficientScope) as refusal:
            protect(provider, token, "read:posts", "read:profile")
        assert 'error="insufficient_scope"' in refusal.value.headers["WWW-Authenticate"]
        assert refusal.value.status == 403

    def test_a_later_authorization_adds_to_the_installation(
        self, provider: Provider, http: Any
    ) -> None:
        exchange(http, authorize(provider, scope="read:posts")["code"])
        later = exchange(http, authorize(provider, scope="read:profile")["code"]).json
        assert later["scope"] == "read:posts read:profile"

    def test_what_was_uninstalled_is_not_granted_again(
        self, provider: Provider, http: Any, tokens: dict[str, Any]
    ) -> None:
        http.post("/oauth/revoke", json={**CLIENT, "token": tokens["access_token"]})
        token = exchange(http, authorize(provider, scope="read:posts")["code"]).json
        assert token["scope"] == "read:posts"

    def test_a_request_costs_one_look_up_and_writes_nothing(
        self, provider: Provider, tokens: dict[str, Any], engine: Engine
    ) -> None:
        statements: list[str] = []
        event.listen(
            engine, "checkout", lambda driver, *_: driver.set_trace_callback(statements.append)
        )
        protect(provider, tokens["access_token"], "read:posts")
        assert [statement.split()[0] for statement in statements] == ["SELECT"]

    def test_an_expired_token_is_not_valid(
        self, provider: Provider, tokens: dict[str, Any], clock: Any
    ) -> None:
        clock.advance(ACCESS_TOKEN_LIFETIME)
        with pytest.raises(NotAuthenticated):
            protect(provider, tokens["access_token"], "read:posts")

    @given(st.text(max_size=100))
    def test_any_text_is_a_scope_or_refused(self, scope: str) -> None:
        client = PluginClient("kit", (), (URI,), {"read:posts": "Posts", "read:profile": "Profile"})
        granted = client.get_allowed_scope(scope)
        assert set(granted.split()) <= {"read:posts", "read:profile"}
