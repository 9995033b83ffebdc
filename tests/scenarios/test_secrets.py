"""Nothing secret is on disk or in the log in plain after everything has happened once."""

import contextlib
import os
import re
import signal
import socket
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from support.browser.creator import Creator
from support.servers.processes import SECRETS, Server
from support.waiting import wait_until

CLIENT = {"client_id": "sandbox-app"}
SECRET = {"client_secret": SECRETS["PLUGIN_CLIENT_SECRET"]}
# What was never a secret of ours, but may be one of somebody else's.
TYPED = "typed-by-somebody"
EMAIL = re.compile(rb"[\w.+-]+@[\w-]+\.\w+")


class Everything:
    """All that can happen to a server, with what must not be seen of it afterwards."""

    def __init__(self, server: Server, creator: Creator, kit: Any) -> None:
        self.server, self.creator, self.kit = server, creator, kit
        self.shown = [TYPED, "kit-code", "kit-access-", "kit-refresh-", "the-state-of-kit"]
        self.shown += [value for name, value in SECRETS.items() if _is_secret(name)]

    def post(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        return httpx2.post(f"{self.server.server}{path}", json=body, headers=headers)

    def block(self, token: str, settings: dict[str, Any]) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "X-Request-Id": f"x@{TYPED}.example"}
        return self.post("/blocks/post/html", {"settings": settings}, **headers)

    def install(self) -> dict[str, Any]:
        """Install the app, its Kit token expiring at once; use and renew the tokens."""
        self.kit.lifetime = 1
        back = self.creator.authorize(state="the-state-of-kit")
        tokens = self.creator.tokens()
        self.kit.lifetime = 7200
        assert self.block(tokens["access_token"], {"post": "1"}).json()["code"] == 200
        grant = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        renewed = dict(self.post("/oauth/refresh", {**CLIENT, **grant}).json())
        for pair in (tokens, renewed):
            self.shown += [pair["access_token"], pair["refresh_token"]]
        self.shown += [back.params["code"], *self.creator.browser.cookies.values()]
        return renewed

    def err(self, token: str) -> None:
        """Make every kind of mistake, with secrets where they do not belong."""
        ada = f"{TYPED}@example.com"
        for settings in ({}, {"post": ada}, {ada: token}, {"post": TYPED * 30, "layout": ada}):
            self.block(token, settings)
        self.block(f"{token}{TYPED}", {})
        for path in ("/oauth/token", "/oauth/refresh", "/oauth/revoke"):
            for body in (
                {**CLIENT, "client_secret": TYPED, "token": token, "grant_type": TYPED},
                {**CLIENT, **SECRET, "grant_type": "authorization_code", "code": TYPED},
                {**CLIENT, "grant_type": "refresh_token", "refresh_token": f"{token}{TYPED}"},
                [token],
            ):
                self.post(path, body)
            httpx2.get(f"{self.server.server}{path}?token={token}&x={ada}")
        for path in (
            f"/oauth/authorize?state={TYPED}&client_id={ada}",
            f"/oauth/authorize?state={TYPED}&x={'x' * 9000}",
            f"/kit/callback?state={TYPED}&code={TYPED}&error={ada}",
            f"/kit/connect?redirect=https://evil.example/{TYPED}",
            f"/{TYPED}/{token}?{ada}",
            f"/blocks/{TYPED}/html",
            f"/settings/{TYPED}.json",
        ):
            self.creator.visit(self.server.server + path)
        for sent in (f"NONSENSE {TYPED}\r\n\r\n", f"GET / HTTP/1.1\r\n{TYPED} {ada}\r\n\r\n"):
            url = urlsplit(self.server.server)
            with socket.create_connection((url.hostname, url.port)) as client:
                client.sendall(sent.encode())
                assert client.recv(65536)

    def crash(self, token: str) -> None:
        """Take a table away under a running server, damage what is encrypted, and kill a worker."""
        with contextlib.closing(sqlite3.connect(self.server.data_dir / "plugin-server.db")) as db:
            db.execute("ALTER TABLE tokens RENAME TO elsewhere")
            assert self.block(token, {"post": "1"}).status_code >= 500
            bearer = {"Authorization": f"Bearer {token}"}
            self.post(
                "/oauth/refresh", {**CLIENT, "grant_type": "refresh_token", "refresh_token": token}
            )
            db.execute("ALTER TABLE elsewhere RENAME TO tokens")
            db.execute("UPDATE connections SET access_token = ?", (b"damaged",))
            db.commit()
            assert self.post("/blocks/subscriber_count/html", {}, **bearer).status_code == 500
        before = self.server.workers()
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: len(set(self.server.workers()) - set(before)) == 1)

    def seen_in(self, *files: Path) -> list[str]:
        written = b"".join(file.read_bytes() for file in files)
        return [text for text in self.shown if text.encode() in written]


def _is_secret(name: str) -> bool:
    return name.endswith(("SECRET", "KEY", "KEYS"))


@pytest.mark.parametrize("style", ["json", "console"])
def test_neither_database_nor_log_holds_a_secret_in_plain(
    serve: Any, strict_kit: Any, make_creator: Any, style: str
) -> None:
    server = serve(
        KIT_API_URL=strict_kit.url,
        KIT_OAUTH_URL=f"{strict_kit.url}/v4/oauth",
        KIT_APP_URL=strict_kit.url,
        LOG_FORMAT=style,
    )
    everything = Everything(server, make_creator(server), strict_kit)
    tokens = everything.install()
    everything.err(tokens["access_token"])
    everything.crash(tokens["access_token"])
    revoked = everything.post(
        "/oauth/revoke", {**CLIENT, **SECRET, "token": tokens["access_token"]}
    )
    assert revoked.status_code == 200

    log = server.log.read_bytes()
    for shown in (b"tokens_issued", b"revoked", b"SettingsInvalid", b"Traceback", b"SIGKILL"):
        assert shown in log
    assert EMAIL.findall(log) == []
    assert everything.seen_in(server.log) == []
    assert everything.seen_in(*server.data_dir.glob("plugin-server.db*")) == []
