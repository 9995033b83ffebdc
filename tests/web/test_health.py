"""The probe that shows a load balancer whether to send requests here, over real servers."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text
from support.databases.postgres import PostgresServer, for_sqlalchemy, running_postgres
from support.databases.redis_server import RedisServer
from support.servers.settings import SETTINGS

from plugin_server.app import create_app
from plugin_server.config.environment import load_config
from plugin_server.store.encryption import Cipher
from plugin_server.store.schema import make_engine, upgrade
from plugin_server.store.sql import SqlStore


@pytest.fixture
def probe(engine: Engine) -> Callable[..., Any]:
    """A function from a server's database and variables to one that requests its ``/readyz``."""

    def make(engine: Engine = engine, **variables: str) -> Callable[[], tuple[int, dict[str, str]]]:
        store = SqlStore(engine, Cipher([bytes(32)]))
        client = create_app(load_config(**SETTINGS, **variables), store=store).test_client()

        def call() -> tuple[int, dict[str, str]]:
            response = client.get("/readyz")
            return response.status_code, response.json

        return call

    return make


def test_a_server_without_its_redis_is_degraded_and_gets_requests(
    probe: Any, redis_server: RedisServer
) -> None:
    call = probe(redis_url=redis_server.url)
    assert call() == (200, {"status": "ok"})
    redis_server.stop()
    for _ in range(2):
        status, body = call()
        assert (status, body["status"]) == (200, "degraded")
        assert body["reason"].startswith("Redis does not respond")


def test_a_server_with_an_old_schema_is_not_ready(probe: Any, engine: Any) -> None:
    call = probe()
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    status, response = call()
    assert status == 503
    assert "plugin-server db upgrade" in response["reason"]


def test_a_server_is_ready_as_long_as_its_database_responds(probe: Any) -> None:
    with running_postgres() as server:
        engine = make_engine(for_sqlalchemy(server.create()))
        upgrade(engine)
        call = probe(engine)
        assert call()[0] == 200
        restart(server)
        assert call()[0] == 200
        server.stop()
        assert call() == (503, {"status": "not ready", "reason": "The database does not respond."})
        server.start()
        assert call()[0] == 200
        engine.dispose()


def restart(server: PostgresServer) -> None:
    server.stop()
    server.start()


@pytest.mark.parametrize("https", [True, False])
def test_browsers_get_hsts_from_an_https_url(store: Any, https: bool) -> None:
    base_url = "https://blocks.example.com" if https else "http://127.0.0.1:8000"
    config = load_config(**SETTINGS, base_url=base_url)
    response = create_app(config, store=store).test_client().get("/healthz")
    assert ("Strict-Transport-Security" in response.headers) is https
