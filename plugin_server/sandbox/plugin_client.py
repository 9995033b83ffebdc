"""Every request that the sandbox makes to an app: its HTML, search and OAuth endpoints.

The bodies and headers are Kit's. Source: https://developers.kit.com/plugins/content-blocks
"""

import json
import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

import httpx2

from plugin_server.sandbox.kit_rules import refusals
from plugin_server.sandbox.records import App, Installation, Plugin
from plugin_server.sandbox.store import Store

TIMEOUT = 10.0
MAX_ANSWER = 1024 * 1024

# Kit documents a JSON body under this label for an app's OAuth endpoints.
_OAUTH_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}
_TOO_SLOW = "The app took too long to answer."
_REINSTALL = "The connection to this app has ended. Install the app again."


@dataclass(frozen=True)
class Exchange:
    """One request to an app and what came back, for the editor's inspector.

    ``status`` is ``None`` when there was no answer (``problem`` then says why), ``answer`` is the
    parsed JSON, ``None`` when the answer was not JSON. The access token is never in it.
    """

    url: str
    request: dict[str, Any]
    authorized: bool = False
    status: int | None = None
    ms: int = 0
    bytes: int = 0
    answer: Any = None
    text: str = ""
    problem: str = ""
    refreshed: bool = False

    @property
    def ok(self) -> bool:
        """Whether there was an answer with a 2xx status."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def errors(self) -> list[str]:
        """The sentences that a creator reads, ``[]`` when the answer can be used."""
        if self.problem:
            return [self.problem]
        answer = self.answer if isinstance(self.answer, dict) else {}
        told = answer.get("errors")
        if isinstance(told, list) and told:
            return [str(sentence) for sentence in told]
        if self.status == 401:
            return [_REINSTALL]
        if not self.ok:
            return [f"The app answered with status {self.status}."]
        if not answer:
            return ["The app answered something that is not a JSON object."]
        return []

    def html(self) -> tuple[str, list[str]]:
        """Return a block's HTML and the errors that stand in its place; one of them is empty."""
        if self.errors:
            return "", self.errors
        html = self.answer.get("html")
        if not isinstance(html, str):
            return "", ["The app's answer has no html."]
        refused = refusals(html)
        if refused:
            return "", [f"Kit refuses this block, because it contains {', '.join(refused)}."]
        return html, []

    def options(self) -> tuple[list[dict[str, str]], list[str]]:
        """Return the options of a search answer and its errors."""
        if self.errors:
            return [], self.errors
        data = self.answer.get("data")
        rows: list[Any] = data if isinstance(data, list) else [None]
        if not all(_is_option(row) for row in rows):
            return [], ["The app's answer is not a list of options with label and value."]
        return [{"label": row["label"], "value": row["value"]} for row in rows], []


class PluginClient:
    """Calls an app on behalf of its creators, and refreshes their access tokens when they end."""

    def __init__(self, store: Store, timeout: float = TIMEOUT) -> None:
        """Call apps with the installations in ``store``; ``timeout`` is in seconds for each call."""
        self.store = store
        self.timeout = timeout
        self.http = httpx2.Client(timeout=timeout, follow_redirects=False)
        self._refreshing = Lock()

    def block_html(
        self, account_id: int, plugin: Plugin, settings: dict[str, Any], styles: dict[str, Any]
    ) -> Exchange:
        """Ask for a block's HTML."""
        body = {"settings": settings, "styles": styles}
        return self._call(account_id, plugin, plugin.html_url, body)

    def search(
        self,
        account_id: int,
        plugin: Plugin,
        request_url: str,
        search: str | list[str],
        dependencies: dict[str, Any],
    ) -> Exchange:
        """Ask for the options of a search setting; each dependency is a top-level key."""
        return self._call(account_id, plugin, request_url, {**dependencies, "search": search})

    def exchange_code(self, app: App, code: str, redirect_uri: str) -> Exchange:
        """Change an authorization code for tokens."""
        body = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        return self._post(app.token_url, body, _OAUTH_HEADERS)

    def revoke(self, app: App, access_token: str) -> Exchange:
        """Tell the app that a creator uninstalled it."""
        body = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "token": access_token,
        }
        return self._post(app.revoke_url, body, _OAUTH_HEADERS)

    def _call(self, account_id: int, plugin: Plugin, url: str, body: dict[str, Any]) -> Exchange:
        if plugin.authorization == "none":
            return self._post(url, body, {})
        installation = self.store.find_installation(account_id)
        if installation is None or installation.access_token is None:
            return Exchange(url, body, problem="This app is not installed. Install it again.")
        first = self._authorized(url, body, installation)
        if first.status != 401:
            return first
        renewed = self._refresh(installation)
        return self._authorized(url, body, renewed, refreshed=True) if renewed else first

    def _authorized(
        self, url: str, body: dict[str, Any], installation: Installation, refreshed: bool = False
    ) -> Exchange:
        headers = {"Authorization": f"Bearer {installation.access_token}"}
        return self._post(url, body, headers, refreshed=refreshed)

    def _refresh(self, stale: Installation) -> Installation | None:
        # Two blocks of one draft meet an ended token at the same time, and an app may use up a
        # refresh token at its first use: the second thread takes what the first one got.
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
            renewed = read_tokens(
                self._post(app.refresh_url, body, _OAUTH_HEADERS), stale.account_id
            )
            if isinstance(renewed, str):
                return None
            self.store.save_installation(renewed)
            return renewed

    def _post(
        self, url: str, body: dict[str, Any], headers: dict[str, str], refreshed: bool = False
    ) -> Exchange:
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        started = time.perf_counter()
        status, content, problem = None, b"", ""
        try:
            with self.http.stream("POST", url, content=json.dumps(body), headers=sent) as response:
                status = response.status_code
                content, problem = _read(response, until=started + self.timeout)
        except httpx2.TimeoutException:
            problem = _TOO_SLOW
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            problem = f"The app could not be reached ({type(error).__name__})."
        return Exchange(
            url=url,
            request=body,
            authorized="Authorization" in sent,
            status=status,
            ms=round((time.perf_counter() - started) * 1000),
            bytes=len(content),
            answer=_json(content),
            text=content.decode(errors="replace"),
            problem=problem,
            refreshed=refreshed,
        )


def read_tokens(exchange: Exchange, account_id: int) -> Installation | str:
    """Read a token answer: an installation, or a sentence that says what is wrong with it."""
    answer = exchange.answer
    if exchange.problem:
        return exchange.problem
    if not exchange.ok:
        reason = answer.get("error") if isinstance(answer, dict) else None
        return (
            f"The app's token endpoint answered {exchange.status}: {reason or 'no reason given'}."
        )
    wanted = {"access_token": str, "refresh_token": str, "expires_in": int, "created_at": int}
    missing = [
        name
        for name, kind in wanted.items()
        if not isinstance(answer, dict) or not isinstance(answer.get(name), kind)
    ]
    if missing:
        return f"The token answer lacks {', '.join(missing)}, or has them in another type."
    return Installation(account_id, answer["access_token"], answer["refresh_token"])


def _read(response: httpx2.Response, until: float) -> tuple[bytes, str]:
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        # The library's time-out starts again with each piece of an answer.
        if time.perf_counter() > until:
            return content, _TOO_SLOW
        if len(content) > MAX_ANSWER:
            return content[:MAX_ANSWER], "The app's answer is larger than 1 MB."
    return content, ""


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _is_option(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("label"), str)
        and isinstance(row.get("value"), str)
    )
