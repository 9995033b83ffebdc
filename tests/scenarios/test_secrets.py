"""Nothing secret is on disk in plain after everything has happened once."""

from typing import Any

import httpx2
from support.servers import SECRETS


def test_neither_database_nor_log_holds_a_secret_in_plain(
    serve: Any, strict_kit: Any, make_creator: Any
) -> None:
    server = serve(
        KIT_API_URL=strict_kit.url,
        KIT_OAUTH_URL=f"{strict_kit.url}/v4/oauth",
        KIT_APP_URL=strict_kit.url,
    )
    creator = make_creator(server)
    strict_kit.lifetime = 1
    back = creator.authorize(state="the-state-of-kit")
    tokens = creator.tokens()
    strict_kit.lifetime = 7200
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    block = httpx2.post(
        f"{server.server}/blocks/post/html", json={"settings": {"post": "1"}}, headers=headers
    )
    assert block.json()["code"] == 200
    client = {"client_id": "sandbox-app"}
    renewed = httpx2.post(
        f"{server.server}/oauth/refresh",
        json={**client, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
    ).json()
    secret = {"client_secret": SECRETS["PLUGIN_CLIENT_SECRET"]}
    wrong = {**client, "client_secret": "a-wrong-secret", "token": "unknown"}
    httpx2.post(f"{server.server}/oauth/revoke", json=wrong)
    creator.visit(f"{server.server}/kit/connect?redirect=https://evil.example/secret-path")
    long = httpx2.get(f"{server.server}/oauth/authorize?state=in-a-long-line&x={'x' * 9000}")
    assert long.status_code == 414

    shown = [back.params["code"], "the-state-of-kit", "kit-code", "a-wrong-secret", "secret-path"]
    shown += ["in-a-long-line"]
    shown += [
        pair[name] for pair in (tokens, renewed) for name in ("access_token", "refresh_token")
    ]
    shown += ["kit-access-", "kit-refresh-", *creator.browser.cookies.values()]
    shown += [SECRETS[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "KIT_CLIENT_SECRET")]
    shown += [SECRETS["PLUGIN_CLIENT_SECRET"], "@example.com"]
    files = [server.log, *server.data_dir.glob("plugin-server.db*")]
    assert server.log.stat().st_size > 0
    written = b"".join(file.read_bytes() for file in files)
    assert [text for text in shown if text.encode() in written] == []

    revoked = httpx2.post(
        f"{server.server}/oauth/revoke",
        json={**client, **secret, "token": renewed["access_token"]},
    )
    assert revoked.status_code == 200
