"""Kit reports changes to a running server, and each of its processes knows: the sandbox is Kit."""

import hmac
import json
import os
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.browser.creator import Creator
from support.databases.redis_server import running_redis
from support.kit.faulty_kit import Editor, FaultyKit, is_good, sign_in, titles
from support.kit.requests import revoke
from support.servers import commands
from support.servers.logs_and_metrics import log_lines, measured
from support.servers.processes import SECRETS, Server, find_free_ports, running_server
from support.servers.sandbox import running_sandbox
from support.waiting import wait_until

from plugin_server.kit.webhooks.events import EVENTS
from plugin_server.store.encryption import Cipher
from plugin_server.store.records import digest
from plugin_server.store.schema import make_engine
from plugin_server.store.sql import SqlStore

ACCOUNT, TOKEN = 2601, "kit_sandbox_harbour_letters_oauth"
NEW_TITLES = (f"Fresh off the boat {number}" for number in count(1))
METRIC = "plugin_server_webhook_deliveries_total"


@dataclass(frozen=True)
class World:
    """A Kit, a server with two processes to which it reports, and a creator who has installed the app.

    ``published`` has the titles that were published here.
    """

    kit: FaultyKit
    server: Server
    editor: Editor
    published: list[str] = field(default_factory=list)

    def endpoints(self) -> list[dict[str, Any]]:
        response = self.at_kit("GET", "webhook_endpoints")
        return list(response["webhook_endpoints"])

    def at_kit(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.kit.url}/v4/{path}"
        response = httpx2.request(method, url, headers=headers, json=body or None)
        assert response.is_success, response.text
        return response.json()

    def publish(self) -> str:
        """Publish a post at Kit; return its title."""
        title, moment = next(NEW_TITLES), a_second_ago()
        post = {"title": title, "status": "published", "published_at": moment}
        response = httpx2.put(f"{self.kit.url}/sandbox/accounts/{ACCOUNT}/posts", json=post)
        assert response.status_code == 200, response.text
        self.published.append(title)
        return title

    def is_found(self, title: str) -> bool:
        """Return whether the search box of every process has a title."""
        return all(title in titles(self.editor.search(title)) for _ in range(8))

    def loads(self) -> int:
        """Return how often lists of posts were requested from Kit."""
        return int(self.kit.requests()["by_resource"].get("posts", 0))

    def deliver(self, body: Any, **changes: str) -> httpx2.Response:
        """Deliver a body as Kit would, with other headers or to another key."""
        (endpoint,) = self.endpoints()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        at = int(changes.pop("at", "") or time.time())
        signature = hmac.new(self.secret().encode(), b"%d." % at + content, sha256).hexdigest()
        headers = {"X-Kit-Signature": f"t={at},v1={signature}", **changes}
        return httpx2.post(endpoint["url"], content=content, headers=headers)

    def secret(self) -> str:
        """Return the secret that the server has stored."""
        (endpoint,) = self.endpoints()
        key = endpoint["url"].rpartition("/")[2]
        engine = make_engine(self.server.database_url)
        store = SqlStore(engine, Cipher([urlsafe_b64decode(SECRETS["ENCRYPTION_KEYS"])]))
        found = store.find_webhook_secret(key_digest=digest(key))
        engine.dispose()
        assert found is not None
        return found[1]


def install(stack: ExitStack, folder: Path, creator: Any, **variables: str) -> World:
    """Start a Kit and a server, and install the app; return when Kit reports to it."""
    kit = FaultyKit(stack.enter_context(running_sandbox(folder / "kit", rate_limits=False)))
    # Tests search until something is found.
    own = {"KIT_WEBHOOKS": "on", "EDITOR_RATE_LIMIT": "1000000"}
    variables = {**own, **kit.variables(), **variables}
    server = stack.enter_context(running_server(folder, find_free_ports(1)[0], **variables))
    kit.admit(server)
    editor = Editor(server, sign_in(creator(server), kit, ACCOUNT))
    world = World(kit, server, editor)
    wait_until(lambda: server.count("webhook_endpoints WHERE endpoint_id IS NOT NULL") == 1)
    return world


@pytest.fixture(scope="module", params=["files in memory", "redis"])
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_creator: Callable[[Server], Creator],
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("webhooks")
    with ExitStack() as stack:
        variables = {}
        if request.param == "redis":
            shared = stack.enter_context(running_redis(folder, find_free_ports(1)[0]))
            variables["REDIS_URL"] = shared.url
        yield install(stack, folder, make_creator, **variables)


@pytest.fixture
def warm(world: World) -> World:
    """The same, when every process has the account's posts of now."""
    title = world.publish()
    wait_until(lambda: world.is_found(title))
    world.kit.reset_counts()
    return world


def event(type_: str = "post.published", **data: Any) -> dict[str, Any]:
    created = "2026-11-30T12:00:00Z"
    return {"id": "5b3c", "type": type_, "created": created, "data": data}


def a_second_ago() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))


def delivery(*events: Any) -> dict[str, Any]:
    return {"delivery_id": 1, "events": list(events or [event()])}


def test_there_is_one_endpoint_for_what_the_server_caches(world: World) -> None:
    (endpoint,) = world.endpoints()
    assert endpoint["events"] == [*EVENTS]
    assert endpoint["url"].startswith(f"{world.server.server}/kit/webhooks/")


def test_a_new_post_is_in_the_search_box_of_every_process(warm: World) -> None:
    title = warm.publish()
    wait_until(lambda: warm.is_found(title))
    assert 1 <= warm.loads() <= 4
    (post,) = (each for each in warm.at_kit("GET", "posts")["posts"] if each["title"] == title)
    block = warm.editor.block(post["id"])
    assert is_good(block)
    assert title in block.json()["html"]


def test_a_broadcast_for_the_web_is_in_the_search_box_of_every_process(warm: World) -> None:
    title, moment = next(NEW_TITLES), a_second_ago()
    at = {"published_at": moment, "send_at": moment}
    warm.at_kit("POST", "broadcasts", subject=title, content="<p>Mud.</p>", public=True, **at)
    wait_until(lambda: warm.is_found(title))


def test_what_has_not_changed_is_not_requested(warm: World) -> None:
    assert all(warm.editor.search("off the boat").status_code == 200 for _ in range(40))
    assert warm.loads() <= 4


def test_a_secret_that_is_rotated_at_kit_goes_on_working(warm: World) -> None:
    (endpoint,) = warm.endpoints()
    warm.at_kit("POST", f"webhook_endpoints/{endpoint['id']}/rotate_secret")
    title = warm.publish()
    wait_until(lambda: warm.is_found(title))
    path = f"webhook_endpoints/{endpoint['id']}/deliveries"
    wait_until(lambda: warm.at_kit("GET", path)["deliveries"][0]["status"] == "delivered")


def test_a_report_that_is_lost_is_made_up_for_by_the_next(warm: World) -> None:
    (endpoint,) = warm.endpoints()
    path = f"webhook_endpoints/{endpoint['id']}"
    warm.at_kit("PATCH", path, status="disabled")
    lost = warm.publish()
    assert warm.is_found(warm.published[0])
    warm.at_kit("PATCH", path, status="active")
    title = warm.publish()
    wait_until(lambda: warm.is_found(title) and warm.is_found(lost))


@pytest.mark.parametrize(
    ("body", "changes", "status"),
    [
        (delivery(), {"X-Kit-Signature": ""}, 401),
        (delivery(), {"X-Kit-Signature": f"t=1,v1={'0' * 64}"}, 401),
        (delivery(), {"at": "1790000000"}, 401),
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"events": [{"type": 5}]}', {}, 400),
        (b'{"events": ' + b"[" * 50_000, {}, 400),
        (b" " * (1024 * 1024 + 1), {}, 413),
    ],
)
def test_what_is_not_a_delivery_of_kit_changes_nothing(
    warm: World, body: Any, changes: dict[str, str], status: int
) -> None:
    outcome = {400: "MalformedRequest", 401: "SignatureInvalid", 413: "BodyTooLarge"}
    before = measured(warm.server.server, METRIC, outcome=outcome[status])
    response = warm.deliver(body, **changes)
    assert response.status_code == status
    assert all(each.endswith(".") for each in response.json()["errors"])
    assert measured(warm.server.server, METRIC, outcome=outcome[status]) == before + 1
    wait_until(lambda: warm.is_found(warm.published[-1]))
    assert warm.loads() <= 4


def test_an_unknown_key_ends_the_deliveries(warm: World) -> None:
    url = f"{warm.server.server}/kit/webhooks/unknown"
    response = httpx2.post(url, json=delivery())
    assert (response.status_code, response.json()) == (
        410,
        {"errors": ["There is no such webhook endpoint any more."]},
    )
    counted = measured(warm.server.server, METRIC, outcome="MethodNotAllowed")
    assert httpx2.get(url).status_code == 405
    assert measured(warm.server.server, METRIC, outcome="MethodNotAllowed") == counted + 1


def test_doubled_late_and_reordered_deliveries_do_no_harm(warm: World) -> None:
    title = warm.publish()
    old = event("broadcast.created", broadcast={"id": 1})
    for body in (delivery(), delivery(), delivery(old), delivery(event("tag.created")), delivery()):
        assert warm.deliver(body).status_code == 204
    wait_until(lambda: warm.is_found(title))


def test_a_large_delivery_is_accepted_and_leaves_nothing_personal_in_the_log(warm: World) -> None:
    person = {"email_address": "reader@example.com", "first_name": "Zebedee" * 100}
    events = [event("subscriber.created", subscriber=person) for _ in range(100)]
    large = json.dumps(delivery(*events)).encode().ljust(700_000)
    assert warm.deliver(large).status_code == 204
    log = warm.server.log.read_text()
    assert "reader@example.com" not in log
    assert "Zebedee" not in log
    assert "whsec_" not in log
    assert warm.endpoints()[0]["url"].rpartition("/")[2] not in log
    lines = [
        line for line in log_lines(warm.server.log) if line["event"] == "Kit reported a change"
    ]
    assert {line["count"] for line in lines} == {1, 100}
    assert measured(warm.server.server, METRIC, event="other", outcome="ok") >= 1


@pytest.fixture
def own_world(tmp_path: Path, make_creator: Callable[[Server], Creator]) -> Iterator[World]:
    """A world that ends with the test."""
    with ExitStack() as stack:
        yield install(stack, tmp_path, make_creator)


def test_an_uninstallation_deletes_the_endpoint_before_the_tokens_end(own_world: World) -> None:
    own_world.kit.reset_counts()
    revoke(own_world.server, own_world.editor.token)
    wait_until(lambda: own_world.kit.requests()["by_resource"].get("oauth/revoke", 0) == 1)
    assert own_world.endpoints() == []
    resources = [each["resource"] for each in own_world.kit.requests()["log"]]
    assert resources.index("oauth/revoke") > resources.index("webhook_endpoints/{id}")
    assert own_world.server.count("webhook_endpoints") == 0


def test_who_deletes_a_creators_data_deletes_the_endpoint(own_world: World) -> None:
    server = own_world.server
    given = {"DATA_DIR": str(server.data_dir), "BASE_URL": server.server, "KIT_WEBHOOKS": "on"}
    environment = {**os.environ, **SECRETS, **given, **own_world.kit.variables()}
    done = commands.run(["data", "delete", str(ACCOUNT), "--yes"], environment)
    assert done.returncode == 0, done.stderr
    assert own_world.endpoints() == []
    assert server.count("webhook_endpoints") == 0


def test_when_it_is_turned_off_what_is_left_over_is_deleted(
    tmp_path: Path, make_creator: Callable[[Server], Creator]
) -> None:
    with ExitStack() as stack:
        with ExitStack() as while_on:
            kit_folder = tmp_path / "kit"
            kit = FaultyKit(stack.enter_context(running_sandbox(kit_folder, rate_limits=False)))
            port = find_free_ports(1)[0]
            on = {"KIT_WEBHOOKS": "on", **kit.variables()}
            server = while_on.enter_context(running_server(tmp_path, port, **on))
            kit.admit(server)
            editor = Editor(server, sign_in(make_creator(server), kit, ACCOUNT))
            created = "webhook_endpoints WHERE endpoint_id IS NOT NULL"
            wait_until(lambda: server.count(created) == 1)
        off = stack.enter_context(running_server(tmp_path, port, **kit.variables()))
        world = World(kit, off, editor)
        assert len(world.endpoints()) == 1
        world.publish()
        wait_until(lambda: world.endpoints() == [])
        wait_until(lambda: off.count("webhook_endpoints") == 0)
        assert measured(off.server, METRIC, outcome="EndpointGone") == 1
