"""Codes and refresh tokens: lifetimes, repeats, refusals."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.servers.provider import (
    CHALLENGE,
    CLIENT,
    GRACE,
    REQUEST,
    URI,
    VERIFIER,
    authorize,
    error,
    exchange,
    refresh,
)

from plugin_server.oauth.client import PluginClient
from plugin_server.oauth.provider import Provider
from plugin_server.oauth.tokens import ACCESS_TOKEN_LIFETIME, CODE_LIFETIME
from plugin_server.store.base import FAMILY_LIFETIME, REFRESH_IDLE


class TestAuthorize:
    @pytest.mark.parametrize(
        "change",
        [
            {"client_id": ""},
            {"redirect_uri": ""},
            {"redirect_uri": "https://evil.example", "response_type": "token"},
            {"redirect_uri": 'https://evil.example/"\\é', "scope": "nonsense"},
        ],
    )
    def test_a_wrong_client_or_redirect_uri_names_no_place_to_go(
        self, provider: Provider, change: dict[str, str]
    ) -> None:
        with pytest.raises(Exception, match=r"unknown|not registered") as refusal:
            provider.check_authorization({**REQUEST, **change})
        assert refusal.value.redirect_uri is None

    @given(st.text(max_size=200))
    def test_no_other_text_is_a_redirect_uri(self, uri: str) -> None:
        client = PluginClient("kit", (), (URI,), {})
        assert client.check_redirect_uri(uri) == (uri == URI)

    def test_both_responses_name_the_issuer(self, provider: Provider) -> None:
        assert authorize(provider)["iss"] == "https://blocks.example.com"
        denied = provider.decide({**REQUEST, "state": "s"}, None)
        query = parse_qs(urlsplit(denied).query)
        assert query["iss"] == ["https://blocks.example.com"]
        assert query["error"] == ["access_denied"]


class TestCodes:
    def test_a_code_is_no_good_after_a_minute(
        self, provider: Provider, http: Any, clock: Any
    ) -> None:
        code = authorize(provider)["code"]
        clock.advance(CODE_LIFETIME)
        assert error(exchange(http, code)) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"redirect_uri": "https://app.kit.com/apps"}, (400, "invalid_grant")),
            ({"client_secret": "wrong"}, (401, "invalid_client")),
            ({"code_verifier": VERIFIER}, (400, "invalid_request")),
        ],
    )
    def test_a_refused_exchange_does_not_use_the_code_up_but_five_do(
        self, provider: Provider, http: Any, changes: dict[str, str], expected: tuple[int, str]
    ) -> None:
        code = authorize(provider)["code"]
        assert error(exchange(http, code, **changes)) == expected
        assert exchange(http, code).status_code == 200
        code = authorize(provider)["code"]
        for _ in range(5):
            assert error(exchange(http, code, **changes)) == expected
        assert error(exchange(http, code)) == (400, "invalid_grant")

    @pytest.mark.parametrize("verifier", [None, "w" * 43, "short", CHALLENGE])
    def test_a_challenge_must_be_met(
        self, provider: Provider, http: Any, verifier: str | None
    ) -> None:
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        code = authorize(provider, **challenge)["code"]
        given = {"code_verifier": verifier} if verifier else {}
        assert exchange(http, code, **given).status_code == 400
        assert exchange(http, code, code_verifier=VERIFIER).status_code == 200

    def test_the_response_has_all_that_kit_reads(self, tokens: dict[str, Any], clock: Any) -> None:
        assert set(tokens) == {
            "access_token",
            "refresh_token",
            "token_type",
            "scope",
            "expires_in",
            "created_at",
        }
        assert (tokens["expires_in"], tokens["created_at"]) == (ACCESS_TOKEN_LIFETIME, clock())
        assert len(base64.urlsafe_b64decode(tokens["access_token"] + "=")) == 32


class TestRefresh:
    def test_a_repeat_within_the_grace_period_says_how_long_the_tokens_still_live(
        self, http: Any, tokens: dict[str, Any], clock: Any
    ) -> None:
        first = refresh(http, tokens["refresh_token"]).json
        clock.advance(GRACE)
        again = refresh(http, tokens["refresh_token"]).json
        assert again == {**first, "expires_in": ACCESS_TOKEN_LIFETIME - GRACE}

    def test_a_reuse_after_it_ends_the_family(
        self, http: Any, tokens: dict[str, Any], clock: Any
    ) -> None:
        successor = refresh(http, tokens["refresh_token"]).json
        clock.advance(GRACE + 1)
        assert error(refresh(http, tokens["refresh_token"])) == (400, "invalid_grant")
        assert error(refresh(http, successor["refresh_token"])) == (400, "invalid_grant")

    @pytest.mark.parametrize("pause", [REFRESH_IDLE, FAMILY_LIFETIME])
    def test_a_family_does_not_live_for_ever(
        self, http: Any, tokens: dict[str, Any], clock: Any, pause: int
    ) -> None:
        clock.advance(pause)
        assert error(refresh(http, tokens["refresh_token"])) == (400, "invalid_grant")

    def test_a_family_in_use_ends_at_its_absolute_limit(
        self, http: Any, tokens: dict[str, Any], clock: Any
    ) -> None:
        token = tokens["refresh_token"]
        for _ in range(FAMILY_LIFETIME // (REFRESH_IDLE - 1)):
            clock.advance(REFRESH_IDLE - 1)
            token = refresh(http, token).json["refresh_token"]
        clock.advance(REFRESH_IDLE - 1)
        assert error(refresh(http, token)) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"client_id": "other"}, (401, "invalid_client")),
            ({"client_secret": "wrong"}, (401, "invalid_client")),
            ({"scope": "read:posts read:profile write:all"}, (400, "invalid_scope")),
            ({"refresh_token": "unknown"}, (400, "invalid_grant")),
        ],
    )
    def test_a_refused_refresh_does_not_spend_the_token(
        self,
        http: Any,
        tokens: dict[str, Any],
        changes: dict[str, str],
        expected: tuple[int, str],
    ) -> None:
        assert error(refresh(http, tokens["refresh_token"], **changes)) == expected
        assert refresh(http, tokens["refresh_token"]).status_code == 200

    def test_a_wrong_basic_secret_does_not_pass_for_no_secret(
        self, http: Any, tokens: dict[str, Any]
    ) -> None:
        body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        response = http.post(
            "/oauth/refresh", json={**body, "client_id": "kit"}, auth=("kit", "wrong")
        )
        assert error(response) == (401, "invalid_client")
        assert response.headers["WWW-Authenticate"].startswith("Basic ")

    def test_the_token_endpoint_refreshes_too_but_not_the_other_way_round(
        self, provider: Provider, http: Any, tokens: dict[str, Any]
    ) -> None:
        body = {
            "client_id": "kit",
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
        }
        assert http.post("/oauth/token", json=body).status_code == 200
        code = authorize(provider)["code"]
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": URI, **CLIENT}
        response = http.post("/oauth/refresh", json=body)
        assert error(response) == (400, "unsupported_grant_type")
