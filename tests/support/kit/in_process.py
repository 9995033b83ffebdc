"""A Kit in this process with given responses, and an account that is read from it."""

from collections.abc import Callable
from threading import Event
from typing import Any

import httpx2
from pydantic import SecretStr

from plugin_server.kit.account_data import KitAccountData
from plugin_server.kit.api.budget import Budget, Credential
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.deadline import Deadline
from plugin_server.kit.api.reader import KitReader
from plugin_server.kit.api.requests import RetryPolicy
from plugin_server.kit.api.transport import make_http_client
from plugin_server.kit.cache.cache import Cache
from plugin_server.kit.connect.credentials import BearerAuth
from plugin_server.kit.kit_resource import KitSource

TOKEN = BearerAuth(SecretStr("kit-token"))
Json = dict[str, Any]
# Of a post, that it is.
PUBLISHED = {"status": "published", "published_at": "2026-03-01T08:00:00Z"}


class Kit(httpx2.BaseTransport):
    """Responds by path (with its cursor), else with 404; records requests; a path can be held up.

    ``responses`` are JSON bodies, ``requested`` the paths and ``queries`` the query parameters so far.
    """

    def __init__(self) -> None:
        self.responses: Json = {}
        self.requested: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.down = False
        self.before_response: Callable[[], object] = lambda: None
        self.held_up = ""
        self.open = Event()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        cursor = request.url.params.get("after")
        path = request.url.path + (f"?{cursor}" if cursor else "")
        assert request.method == "GET"
        self.requested.append(path)
        self.queries.append(dict(request.url.params))
        self.before_response()
        if path == self.held_up:
            assert self.open.wait(20)
        if self.down:
            return httpx2.Response(500)
        if path not in self.responses:
            return httpx2.Response(404, json={"errors": ["Not Found"]})
        return httpx2.Response(200, json=self.responses[path])


def page(member: str, records: Any, *, following: str | None = None) -> Json:
    """Return a page of a list; ``following`` is the cursor of the next one."""
    pagination = {"has_next_page": following is not None, "end_cursor": following}
    return {member: records, "pagination": pagination}


def client_over(http: httpx2.Client, auth: httpx2.Auth = TOKEN, *, attempts: int = 1) -> KitClient:
    """Return a client of ``https://kit.example``, which requests so many times at most."""
    retry_policy = RetryPolicy(seconds=8, attempts=attempts)
    credential = Credential.of_token("26")
    return KitClient(
        KitReader(http, "https://kit.example", auth, credential, Budget(), retry_policy)
    )


def requests_of(
    kit: Kit, cache: Cache, clock: Callable[[], float]
) -> Callable[..., KitAccountData]:
    """Return a function that starts a request of account 26, of so many seconds, by a block with scopes."""
    client = client_over(make_http_client(kit))
    source = KitSource(client, client, clock)
    return lambda seconds=20, scopes=None: KitAccountData(
        source, cache.of("26"), Deadline.after(seconds), scopes=scopes
    )
