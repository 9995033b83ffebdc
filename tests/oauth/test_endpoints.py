"""The token, refresh and revoke endpoints: what they refuse, whom they slow down, what they end."""

import json
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from limits import parse
from support.servers.provider import CLIENT, URI, authorize, error, exchange, refresh

from plugin_server.oauth.provider import Provider
from plugin_server.ratelimit.endpoints import CLIENT_TOKENS
from plugin_server.store.sql import SqlStore

FORM = "application/x-www-form-urlencoded"


class TestRequests:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({}, "invalid_request"),
            (
                {"grant_type": "password", "username": "a", "password": "b"},
                "unsupported_grant_type",
            ),
            ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
            ({"grant_type": '"\\é'}, "unsupported_grant_type"),
            ({"grant_type": "authorization_code"}, "invalid_request"),
            ({"grant_type": "refresh_token"}, "invalid_request"),
        ],
    )
    def test_other_grants_and_missing_parameters_are_refused(
        self, http: Any, body: dict[str, str], expected: str
    ) -> None:
        assert error(http.post("/oauth/token", json={**CLIENT, **body})) == (400, expected)

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/refresh", "/oauth/revoke"])
    def test_another_method_a_long_body_and_bad_bytes_are_refused(
        self, http: Any, path: str
    ) -> None:
        assert error(http.post(path, data=b"x" * 17_000)) == (413, "invalid_request")
        assert error(http.post(path, data=b"a=\xff")) == (400, "invalid_request")
        assert error(http.post(path, data=b"a=1&a=2")) == (400, "invalid_request")
        response = http.get(path)
        assert response.status_code == 405
        assert "POST" in response.headers["Allow"]

    @pytest.mark.parametrize(
        "more",
        [
            {"client_secret": ""},
            {"client_secret": None},
            {"scope": None},
            {"scope": ""},
            {"expires_in": 7200},
            {"metadata": {"account": [1]}},
            {"code_verifier": None},
            {"redirect_uri": None},
            {"token_type_hint": 5, "state": False},
        ],
    )
    def test_a_refresh_passes_with_what_is_empty_or_unknown(
        self, http: Any, tokens: dict[str, Any], more: dict[str, Any]
    ) -> None:
        response = refresh(http, tokens["refresh_token"], **more)
        assert response.status_code == 200, response.json

    @pytest.mark.parametrize("secret", ["client_secret=", "client_secret", "", "scope=&x=1"])
    def test_a_refresh_as_a_form_passes_likewise(
        self, http: Any, tokens: dict[str, Any], secret: str
    ) -> None:
        form = f"grant_type=refresh_token&client_id=kit&refresh_token={tokens['refresh_token']}"
        response = http.post("/oauth/token", data=f"{form}&{secret}", content_type=FORM)
        assert response.status_code == 200, response.json

    @pytest.mark.parametrize("more", [{"code_verifier": None}, {"code_verifier": ""}, {"x": [1]}])
    def test_a_code_passes_with_what_is_empty_or_unknown(
        self, provider: Provider, http: Any, more: dict[str, Any]
    ) -> None:
        assert exchange(http, authorize(provider)["code"], **more).status_code == 200

    @pytest.mark.parametrize("more", [{"token_type_hint": None}, {"token_type_hint": ""}, {"x": 1}])
    def test_a_revocation_passes_with_what_is_empty_or_unknown(
        self, http: Any, tokens: dict[str, Any], more: dict[str, Any]
    ) -> None:
        body = {**CLIENT, "token": tokens["access_token"], **more}
        assert http.post("/oauth/revoke", json=body).status_code == 200
        assert refresh(http, tokens["refresh_token"]).status_code == 400

    @pytest.mark.parametrize("secret", ["", None])
    def test_an_empty_secret_is_none_where_one_is_needed(
        self, provider: Provider, http: Any, tokens: dict[str, Any], secret: Any
    ) -> None:
        code = authorize(provider)["code"]
        assert error(exchange(http, code, client_secret=secret)) == (401, "invalid_client")
        body = {**CLIENT, "client_secret": secret, "token": tokens["access_token"]}
        assert error(http.post("/oauth/revoke", json=body)) == (401, "invalid_client")
        assert refresh(http, tokens["refresh_token"]).status_code == 200

    @pytest.mark.parametrize(
        "more",
        [
            {"client_secret": 5},
            {"client_secret": False},
            {"scope": ["read:posts"]},
            {"refresh_token": {}},
            {"grant_type": 0},
            {"client_id": True},
        ],
    )
    def test_a_known_parameter_of_the_wrong_type_is_refused(
        self, http: Any, tokens: dict[str, Any], more: dict[str, Any]
    ) -> None:
        body = {"client_id": "kit", "grant_type": "refresh_token", **tokens, **more}
        assert error(http.post("/oauth/refresh", json=body)) == (400, "invalid_request")

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/refresh"])
    def test_a_wrong_basic_secret_passes_in_no_way(
        self, http: Any, tokens: dict[str, Any], path: str
    ) -> None:
        body = {
            "client_id": "kit",
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_secret": "",
        }
        wrong = {"Authorization": "Basic a2l0Ondyb25n"}
        assert error(http.post(path, json=body, headers=wrong)) == (401, "invalid_client")
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert http.post(path, json=body, headers=bearer).status_code == 200

    def test_a_byte_order_mark_before_json_is_read(self, http: Any, tokens: dict[str, Any]) -> None:
        body = {"client_id": "kit", "grant_type": "refresh_token", **tokens}
        content = json.dumps(body).encode("utf-8-sig")
        assert http.post("/oauth/refresh", data=content, content_type=FORM).status_code == 200

    def test_credentials_in_the_query_are_not_read(self, provider: Provider, http: Any) -> None:
        code = authorize(provider)["code"]
        query = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": URI,
            **CLIENT,
        }
        assert error(http.post("/oauth/token", query_string=query)) == (400, "invalid_request")

    def test_a_name_in_basic_that_is_no_ascii_is_refused(self, http: Any) -> None:
        header = {"Authorization": "Basic é"}
        assert error(http.post("/oauth/token", data={"grant_type": "x"}, headers=header))[0] == 400
        body = {"grant_type": "authorization_code", "code": "x"}
        response = http.post("/oauth/token", data=body, headers=header)
        assert error(response) == (401, "invalid_client")

    @pytest.mark.slow
    def test_a_broken_retry_loop_is_slowed_down_and_nobody_else(
        self, http: Any, tokens: dict[str, Any]
    ) -> None:
        statuses = [refresh(http, "spent").status_code for _ in range(1300)]
        assert statuses[0] == 400
        assert statuses[-1] == 429
        assert refresh(http, tokens["refresh_token"]).status_code == 200

    @pytest.mark.slow
    def test_one_ip_address_is_rate_limited(self, http: Any) -> None:
        statuses = [refresh(http, str(number)).status_code for number in range(1201)]
        assert statuses[-1] == 429
        elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
        body = {"client_id": "kit", "grant_type": "refresh_token", "refresh_token": "x"}
        response = http.post("/oauth/refresh", json=body, environ_base=elsewhere)
        assert response.status_code == 400

    def test_one_client_is_rate_limited_across_ip_addresses(self, http: Any) -> None:
        def revoke(number: int) -> int:
            place = {"REMOTE_ADDR": f"192.0.2.{number % 200}"}
            body = {**CLIENT, "token": str(number)}
            return int(http.post("/oauth/revoke", json=body, environ_base=place).status_code)

        # All but the last hundred of the 3,000 requests, which would take long, are only counted.
        [limiter] = http.application.extensions["limiter"]
        limiter.limiter.hit(parse(CLIENT_TOKENS), CLIENT["client_id"], "client", cost=2_900)

        statuses = [revoke(number) for number in range(101)]
        assert set(statuses[:100]) == {200}
        assert statuses[-1] == 429

    def test_guessing_the_client_secret_is_slowed_down(self, http: Any) -> None:
        wrong = {**CLIENT, "client_secret": "guess", "grant_type": "refresh_token"}
        statuses = [http.post("/oauth/token", json=wrong).status_code for _ in range(25)]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert refresh(http, "unknown").status_code == 400, "a refresh carries no secret to guess"
        response = http.post("/oauth/revoke", json={**CLIENT, "token": "x"})
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) > 0
        assert response.json["error"] == "invalid_request"

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/refresh", "/oauth/revoke"])
    @pytest.mark.parametrize("presented", ["body", "basic"])
    @pytest.mark.parametrize(
        "ip_addresses",
        [["192.0.2.1"], [f"2001:db8:0:7::{n:x}" for n in range(1, 30)], ["::ffff:192.0.2.1"]],
        ids=["IPv4", "IPv6 /64", "IPv4 in IPv6"],
    )
    def test_one_network_guesses_so_often_and_no_more(
        self, http: Any, path: str, presented: str, ip_addresses: list[str]
    ) -> None:
        def guess(number: int) -> int:
            place = {"REMOTE_ADDR": ip_addresses[number % len(ip_addresses)]}
            body = {"client_id": "kit", "grant_type": "refresh_token", "refresh_token": str(number)}
            body["token"] = str(number)
            auth = ("kit", f"guess {number}") if presented == "basic" else None
            if not auth:
                body["client_secret"] = f"guess {number}"
            return int(http.post(path, json=body, auth=auth, environ_base=place).status_code)

        statuses = [guess(number) for number in range(30)]
        assert statuses == [401] * 20 + [429] * 10

    def test_many_networks_together_are_slowed_down_and_others_are_not(self, http: Any) -> None:
        def revoke(network: int, secret: str) -> int:
            place = {"REMOTE_ADDR": f"2001:db8:{network:x}::1"}
            body = {"client_id": "kit", "client_secret": secret, "token": f"{network} {secret}"}
            return int(http.post("/oauth/revoke", json=body, environ_base=place).status_code)

        first = [revoke(number % 50, f"guess {number}") for number in range(200)]
        assert set(first) == {401}
        again = [revoke(number, "another guess") for number in range(50)]
        assert set(again) == {429}
        assert revoke(51, CLIENT["client_secret"]) == 200
        assert [revoke(52, "guess"), revoke(52, "guess 2")] == [401, 429]

    def test_kit_gets_through_while_others_guess_from_its_ip_address(
        self, http: Any, provider: Provider, tokens: dict[str, Any]
    ) -> None:
        for number in range(300):
            wrong = {"client_id": "kit", "client_secret": f"guess {number}", "token": str(number)}
            http.post("/oauth/revoke", json=wrong)
        fresh = exchange(http, authorize(provider)["code"])
        assert fresh.status_code == 200
        renewed = refresh(http, fresh.json["refresh_token"])
        assert renewed.status_code == 200
        renewed = refresh(
            http, renewed.json["refresh_token"], client_secret=CLIENT["client_secret"]
        )
        assert renewed.status_code == 200
        body = {**CLIENT, "token": renewed.json["access_token"]}
        assert http.post("/oauth/revoke", json=body).status_code == 200
        assert error(refresh(http, renewed.json["refresh_token"])) == (400, "invalid_grant")

    def test_a_code_does_not_serve_to_guess_without_end(
        self, http: Any, provider: Provider
    ) -> None:
        code = authorize(provider)["code"]
        wrong = [exchange(http, code, client_secret=f"guess {n}").status_code for n in range(30)]
        assert wrong[0] == 401
        assert wrong[-1] == 429


class TestRevoke:
    @pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "nonsense"])
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_any_token_ends_both_whatever_the_hint(
        self, http: Any, store: SqlStore, tokens: dict[str, Any], kind: str, hint: str | None
    ) -> None:
        body = {**CLIENT, "token": tokens[kind], **({"token_type_hint": hint} if hint else {})}
        for _ in range(2):
            response = http.post("/oauth/revoke", json=body)
            assert (response.status_code, response.json) == (200, {})
        assert error(refresh(http, tokens["refresh_token"])) == (400, "invalid_grant")

    def test_what_was_installed_before_ends_too_but_not_what_came_after(
        self, provider: Provider, http: Any
    ) -> None:
        older, middle, newer = (exchange(http, authorize(provider)["code"]).json for _ in range(3))
        http.post("/oauth/revoke", json={**CLIENT, "token": middle["access_token"]})
        statuses = [
            refresh(http, token["refresh_token"]).status_code for token in (older, middle, newer)
        ]
        assert statuses == [400, 400, 200]

    def test_an_unknown_token_is_as_good_as_revoked(self, http: Any) -> None:
        response = http.post("/oauth/revoke", data={**CLIENT, "token": "unknown"})
        assert (response.status_code, response.json) == (200, {})

    @pytest.mark.parametrize("change", [{"client_secret": "wrong"}, {"client_id": "other"}])
    def test_a_client_that_fails_revokes_nothing(
        self, http: Any, tokens: dict[str, Any], change: dict[str, str]
    ) -> None:
        body = {**CLIENT, "token": tokens["access_token"], **change}
        assert error(http.post("/oauth/revoke", json=body)) == (401, "invalid_client")
        assert refresh(http, tokens["refresh_token"]).status_code == 200


def test_the_metadata_is_what_the_standard_requires(http: Any) -> None:
    metadata = AuthorizationServerMetadata(http.get("/.well-known/oauth-authorization-server").json)
    metadata.validate()
    assert metadata["issuer"] == "https://blocks.example.com"
    assert metadata["scopes_supported"] == ["read:posts", "read:profile"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
