"""The client of an app: every request to its HTML, search and OAuth endpoints.

The bodies and headers are Kit's. Source: https://developers.kit.com/plugins/content-blocks
"""

import json
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from threading import Lock
from types import MappingProxyType
from typing import Any

import httpx2

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.client.body_formats import BODY_FORMATS, content_type, encode
from plugin_server.sandbox.client.exchange import Exchange, Kind
from plugin_server.sandbox.client.exchange_history import ExchangeHistory
from plugin_server.sandbox.client.explanation import wrong_token_members
from plugin_server.sandbox.records import App, Installation, Plugin
from plugin_server.sandbox.store import Store

TIMEOUT = 10.0
MAX_RESPONSE = 1024 * 1024

# A plugin server that knows its templates announces it under this name, and then takes the number of a start
# tag, from 0: its response has a member ``template_line`` besides, with ``file``, ``line`` and ``text``.
TEMPLATE_LINE = "X-Template-Line"
_TOO_SLOW = "The app took too long to respond."


class PluginClient:
    """Calls an app on behalf of its creators, and refreshes their access tokens when they expire."""

    def __init__(
        self, store: Store, timeout: float = TIMEOUT, clock: Callable[[], float] = time.time
    ) -> None:
        """Call apps with the installations in ``store``; ``timeout`` is in seconds for each request."""
        self.store = store
        self.clock = clock
        self.timeout = timeout
        self.history = ExchangeHistory()
        self.http = httpx2.Client(timeout=timeout, follow_redirects=False)
        self._refreshing = Lock()
        self._formats = cycle(BODY_FORMATS)

    def block_html(
        self, account_id: int, plugin: Plugin, settings: dict[str, Any], styles: dict[str, Any]
    ) -> Exchange:
        """Request a block's HTML."""
        body = {"settings": settings, "styles": styles}
        return self._call(account_id, "html", plugin, plugin.html_url, body)

    def template_line(
        self, account_id: int, plugin: Plugin, body: dict[str, Any], number: int
    ) -> Exchange:
        """Repeat a request of a block's HTML, to learn which line of a template wrote a start tag.

        It is not in the history: Kit never sends it.
        """
        more = {TEMPLATE_LINE: str(number)}
        return self._call(account_id, "html", plugin, plugin.html_url, body, more)

    def search(
        self,
        account_id: int,
        plugin: Plugin,
        request_url: str,
        search: str | list[str],
        dependencies: dict[str, Any],
    ) -> Exchange:
        """Request the options of a search setting; each dependency is a top-level key."""
        body = {**dependencies, "search": search}
        return self._call(account_id, "search", plugin, request_url, body)

    def exchange_code(self, account_id: int, app: App, code: str, redirect_uri: str) -> Exchange:
        """Exchange an authorization code for tokens."""
        body = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        return self._post_oauth(account_id, "token", app, app.token_url, body)

    def revoke(self, account_id: int, app: App, access_token: str) -> Exchange:
        """Revoke a creator's token at the app, because the creator uninstalled it."""
        body = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "token": access_token,
        }
        return self._post_oauth(account_id, "revoke", app, app.revoke_url, body)

    def _post_oauth(
        self, account_id: int, kind: Kind, app: App, url: str, body: dict[str, Any]
    ) -> Exchange:
        body_format = app.body_format or next(self._formats)
        return self._post(account_id, kind, url, body, {}, body_format=body_format)

    def _call(
        self,
        account_id: int,
        kind: Kind,
        plugin: Plugin,
        url: str,
        body: dict[str, Any],
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Exchange:
        if plugin.authorization == "none":
            return self._post(account_id, kind, url, body, more)
        installation = self.store.find_installation(account_id)
        if installation is None or installation.access_token is None:
            problem = "This app is not installed. Install it again."
            return Exchange(url, body, kind, problem=problem)
        first = self._authorized(kind, url, body, installation, more)
        if first.status != 401:
            return first
        renewed = self._refresh(installation)
        if renewed is None:
            return first
        return self._authorized(kind, url, body, renewed, more, refreshed=True)

    def _authorized(
        self,
        kind: Kind,
        url: str,
        body: dict[str, Any],
        installation: Installation,
        more: Mapping[str, str],
        refreshed: bool = False,
    ) -> Exchange:
        headers = {**more, "Authorization": f"Bearer {installation.access_token}"}
        return self._post(installation.account_id, kind, url, body, headers, refreshed=refreshed)

    def _refresh(self, stale: Installation) -> Installation | None:
        # Two blocks of one draft may find an expired token at the same time, and an app may accept a
        # refresh token once only: the second thread takes the tokens that the first one got.
        with self._refreshing:
            current = self.store.find_installation(stale.account_id)
            if current is None or current.access_token != stale.access_token:
                return current
            app = self.store.find_app()
            body = {
                "client_id": app.client_id,
                "grant_type": "refresh_token",
                "refresh_token": current.refresh_token,
            }
            account_id = stale.account_id
            exchange = self._post_oauth(account_id, "refresh", app, app.refresh_url, body)
            renewed = read_tokens(exchange, account_id)
            if isinstance(renewed, str):
                return None
            self.store.save_installation(renewed)
            return renewed

    def _post(
        self,
        account_id: int,
        kind: Kind,
        url: str,
        body: dict[str, Any],
        headers: Mapping[str, str],
        refreshed: bool = False,
        body_format: str = "",
    ) -> Exchange:
        media_type = content_type(body_format)
        sent = {"Content-Type": media_type, "Accept": "application/json", **headers}
        text = encode(body, body_format)
        at, started = self.clock(), time.perf_counter()
        status, content, problem, cause = None, b"", "", ""
        received: tuple[tuple[str, str], ...] = ()
        try:
            before_blocking()
            with self.http.stream("POST", url, content=text, headers=sent) as response:
                status, received = response.status_code, tuple(response.headers.multi_items())
                content, problem = read_body(response, until=started + self.timeout)
        except httpx2.TimeoutException:
            problem = _TOO_SLOW
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            problem, cause = f"The app could not be reached ({type(error).__name__}).", str(error)
        exchange = Exchange(
            url=url,
            request_json=body,
            kind=kind,
            request_headers=sent,
            status=status,
            response_headers=received,
            ms=round((time.perf_counter() - started) * 1000),
            response_body=content,
            response_json=parse_json(content),
            problem=problem,
            cause=cause,
            refreshed=refreshed,
            body_format=body_format,
            at=at,
        )
        if TEMPLATE_LINE not in headers:
            self.history.add(account_id, exchange)
        return exchange


def read_tokens(exchange: Exchange, account_id: int) -> Installation | str:
    """Read a token response: return an installation, or the error as a sentence for the creator."""
    body = exchange.response_json
    if exchange.problem:
        return exchange.problem
    if not exchange.ok:
        reason = body.get("error") if isinstance(body, dict) else None
        return f"The app's token endpoint responded with {exchange.status}: {reason or 'no reason given'}."
    wrong = [each.partition(" ")[0] for each in wrong_token_members(body)]
    if wrong:
        return f"The token response lacks {', '.join(wrong)}, or has them in another type."
    return Installation(account_id, body["access_token"], body["refresh_token"])


def read_body(response: httpx2.Response, until: float) -> tuple[bytes, str]:
    """Return a body, or its beginning and a sentence on why it is not whole.

    Args:
        response: a streamed response.
        until: when it must be complete, by ``time.perf_counter``.
    """
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        # The library's timeout starts again with each chunk of a response.
        if time.perf_counter() > until:
            return content, _TOO_SLOW
        if len(content) > MAX_RESPONSE:
            return content[:MAX_RESPONSE], "The app's response is larger than 1 MB."
    return content, ""


def parse_json(content: bytes) -> Any:
    """Return a body as JSON, ``None`` when it is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
