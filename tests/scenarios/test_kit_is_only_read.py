"""The server never writes to a creator's content at Kit: recorded at the socket, over its whole life."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.blocks.served import BLOCKS
from support.browser.creator import Creator
from support.kit.faulty_kit import FaultyKit, sign_in
from support.servers.processes import Server
from support.servers.recording_proxy import RecordingProxy, recording_proxy
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

from plugin_server.examples.block_examples import example_settings
from plugin_server.examples.example_files import EVERYTHING
from plugin_server.kit.api.writes import OF_SERVER

ACCOUNT = 2601
# All that may be sent beside GET: the OAuth server's, and the server's own webhook endpoints. Written out, so
# that what is added to ``KitWriter``'s own list is not allowed here by itself.
ALLOWED = [
    r"POST /v4/oauth/token",
    r"POST /v4/oauth/revoke",
    r"POST /v4/webhook_endpoints",
    r"(PATCH|DELETE) /v4/webhook_endpoints/\d+",
    r"POST /v4/webhook_endpoints/\d+/(rotate_secret|revoke_previous_secret)",
]


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FaultyKit]:
    with running_sandbox(tmp_path / "sandbox", rate_limits=False) as url:
        yield FaultyKit(url)


@pytest.fixture
def recorded(kit: FaultyKit) -> Iterator[RecordingProxy]:
    with recording_proxy(kit.url) as proxy:
        yield proxy


def forbidden(recorded: RecordingProxy) -> list[str]:
    """Return the requests that the server must not send to Kit."""
    sent = [f"{method} {path}" for method, path in recorded.requests]
    return [
        each
        for each in sent
        if not each.startswith("GET /v4/")
        and not any(re.fullmatch(pattern, each) for pattern in ALLOWED)
    ]


def call(server: Server, token: str, path: str, body: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    response = httpx2.post(f"{server.server}{path}", json=body, headers=headers, timeout=60)
    return dict(response.json())


def post(server: Server, path: str, **body: str) -> dict[str, Any]:
    secret = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
    response = httpx2.post(f"{server.server}{path}", json={**secret, **body}, timeout=60)
    assert response.status_code == 200, response.text
    return dict(response.json())


def use_every_block(server: Server, token: str) -> None:
    """Search each search field of each block, and show each block with what was found."""
    for block in BLOCKS:
        settings: dict[str, Any] = dict(example_settings(block, EVERYTHING))
        shown = {show(server, token, block.name, settings)}
        for name in block.settings.search_names:
            path = f"/blocks/{block.name}/search/{name}"
            for text in ("a", ""):
                found = call(server, token, path, {"search": text})
                assert found["code"] == 200, found
            for option in found["data"][:8]:
                is_list = isinstance(settings[name], list)
                settings[name] = [option["value"]] if is_list else option["value"]
                shown.add(show(server, token, block.name, settings))
        # Some of what is found is not for this layout, such as a landing page that is a form.
        assert 200 in shown, block.name


def show(server: Server, token: str, block: str, settings: dict[str, Any]) -> int:
    return int(call(server, token, f"/blocks/{block}/html", {"settings": settings})["code"])


@pytest.mark.parametrize("webhooks", ["off", "on"])
def test_from_sign_in_to_uninstallation_kit_is_only_read(
    webhooks: str,
    serve: Callable[..., Server],
    kit: FaultyKit,
    recorded: RecordingProxy,
    make_creator: Callable[[Server], Creator],
) -> None:
    server = serve(
        KIT_API_URL=recorded.url,
        KIT_OAUTH_URL=f"{recorded.url}/v4/oauth",
        # What the creator's browser goes to is not the server's.
        KIT_AUTHORIZE_URL=f"{kit.url}/v4/oauth/authorize",
        KIT_APP_URL=kit.url,
        KIT_WEBHOOKS=webhooks,
    )
    kit.admit(server)
    creator = make_creator(server)
    token = sign_in(creator, kit, ACCOUNT)
    use_every_block(server, token)

    with kit.misbehaving({"fault": "expired_token"}):
        call(server, token, "/blocks/subscriber_count/html", {"settings": {}})
    renewed = creator.tokens()
    renewed = post(
        server,
        "/oauth/refresh",
        grant_type="refresh_token",
        refresh_token=renewed["refresh_token"],
    )
    use_every_block(server, renewed["access_token"])

    post(server, "/oauth/revoke", token=renewed["access_token"])
    revocation = ("POST", "/v4/oauth/revoke")
    wait_until(lambda: revocation in recorded.requests)
    assert forbidden(recorded) == []
    assert (("POST", "/v4/webhook_endpoints") in recorded.requests) == (webhooks == "on")
    # It has seen what it is about: sign-in, refresh, reads of every kind.
    seen = {path for _, path in recorded.requests}
    assert {"/v4/oauth/token", "/v4/account", "/v4/posts", "/v4/forms", "/v4/purchases"} <= seen


def test_the_server_may_write_nothing_else() -> None:
    operations = [re.sub(r"\{\w+\}", "7", each.operation) for each in OF_SERVER]
    assert all(any(re.fullmatch(each, sent) for each in ALLOWED) for sent in operations)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v4/tags"), ("DELETE", "/v4/broadcasts/7"), ("PUT", "/v4/account/colors")],
)
def test_a_write_would_be_seen(
    kit: FaultyKit, recorded: RecordingProxy, method: str, path: str
) -> None:
    httpx2.request(method, recorded.url + path, json={})
    assert forbidden(recorded) == [f"{method} {path}"]
