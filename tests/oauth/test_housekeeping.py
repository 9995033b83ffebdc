"""The audit log and the purge."""

import logging
from typing import Any

import pytest
from sqlalchemy import Engine, text
from support.servers.provider import ADA, CLIENT, GRACE, authorize, error, exchange, refresh

from plugin_server.oauth.provider import Provider
from plugin_server.oauth.tokens import ACCESS_TOKEN_LIFETIME
from plugin_server.observe.logs import quieten_libraries
from plugin_server.store.base import KEEP_ENDED
from plugin_server.store.sql import SqlStore


class TestHousekeeping:
    def test_the_audit_log_has_a_line_for_everything_and_no_secret(
        self, provider: Provider, http: Any, clock: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        quieten_libraries()
        code = authorize(provider, state="the-state")["code"]
        token = exchange(http, code).json
        successor = refresh(http, token["refresh_token"]).json
        refresh(http, token["refresh_token"])
        clock.advance(GRACE + 1)
        refresh(http, token["refresh_token"])
        exchange(http, code)
        http.post("/oauth/revoke", json={**CLIENT, "token": successor["access_token"]})
        http.post("/oauth/revoke", json={**CLIENT, "token": "x", "client_secret": "wrong"})
        lines = [r.getMessage() for r in caplog.records if r.name.endswith("audit")]
        assert lines == [
            "code_issued",
            "tokens_issued",
            "tokens_refreshed",
            "refresh_repeated",
            "refresh_token_reused",
            "token_request_refused",
            "code_replayed",
            "token_request_refused",
            "revoked",
            "revocation_refused",
        ]
        secrets = {code, "the-state", CLIENT["client_secret"]}
        for issued in (token, successor):
            secrets |= {issued["access_token"], issued["refresh_token"]}
        assert [secret for secret in secrets if secret in caplog.text] == []

    def test_what_is_over_is_purged_but_not_before_a_replay_could_matter(
        self, provider: Provider, http: Any, store: SqlStore, clock: Any
    ) -> None:
        code = authorize(provider)["code"]
        token = exchange(http, code).json
        refresh(http, token["refresh_token"])
        clock.advance(GRACE + 1)
        assert store.purge(now=clock()) == 0
        assert error(refresh(http, token["refresh_token"])) == (400, "invalid_grant")
        clock.advance(KEEP_ENDED + 1)
        assert store.purge(now=clock()) > 0
        assert store.find_account(account_id=ADA.id) is None

    def test_a_living_family_survives_the_purge(
        self, http: Any, store: SqlStore, tokens: dict[str, Any], clock: Any
    ) -> None:
        token = tokens["refresh_token"]
        for _ in range(3):
            clock.advance(KEEP_ENDED)
            token = refresh(http, token).json["refresh_token"]
            store.purge(now=clock())
        assert refresh(http, token).status_code == 200

    def test_a_purge_that_fails_costs_nobody_a_token(
        self, provider: Provider, http: Any, clock: Any, engine: Engine
    ) -> None:
        with engine.connect() as db:
            db.execute(text("ALTER TABLE pending_requests RENAME TO away"))
        clock.advance(3601)
        response = exchange(http, authorize(provider)["code"])
        assert response.status_code == 200
        assert refresh(http, response.json["refresh_token"]).status_code == 200

    def test_the_server_purges_while_it_only_refreshes(
        self, http: Any, tokens: dict[str, Any], clock: Any, engine: Engine
    ) -> None:
        token = tokens["refresh_token"]
        for _ in range(100):
            clock.advance(ACCESS_TOKEN_LIFETIME)
            token = refresh(http, token).json["refresh_token"]
        with engine.connect() as db:
            kept = db.execute(text("SELECT count(*) FROM tokens")).scalar_one()
        assert kept <= KEEP_ENDED / ACCESS_TOKEN_LIFETIME + 3

    def test_the_server_purges_by_itself_every_ten_minutes(
        self,
        provider: Provider,
        http: Any,
        clock: Any,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.INFO)
        for _ in range(3):
            clock.advance(301)
            exchange(http, authorize(provider)["code"])
        assert sum("purged" in record.getMessage() for record in caplog.records) == 1

    @pytest.mark.parametrize(
        ("seconds", "likely"),
        [(0, "lost_response"), (1, "lost_response"), (2, "replay"), (3600, "replay")],
    )
    def test_a_code_that_comes_again_at_once_is_not_logged_as_a_replay(
        self,
        provider: Provider,
        http: Any,
        clock: Any,
        caplog: pytest.LogCaptureFixture,
        seconds: int,
        likely: str,
    ) -> None:
        caplog.set_level(logging.INFO)
        code = authorize(provider)["code"]
        assert exchange(http, code).status_code == 200
        clock.advance(seconds)
        assert error(exchange(http, code)) == (400, "invalid_grant")
        [line] = [record for record in caplog.records if record.getMessage() == "code_replayed"]
        assert (line.likely, line.seconds_after) == (likely, seconds)
