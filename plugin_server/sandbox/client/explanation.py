"""Explains to a plugin's developer why a request failed: what was sent, what came, what Kit asks for."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from plugin_server.config.hosts import is_loopback
from plugin_server.sandbox.client.exchange import Exchange
from plugin_server.sandbox.client.simulations import REFUSING_URL

# Characters of a body that are repeated.
_SHOWN = 160
# What Kit's documents and their readers write where a server's own name belongs.
_PLACEHOLDER = re.compile(
    r"your[-_]?\w+|<[^>]*>|\{[^}]*\}|(?<![\w-])example\.(?:com|org|net)", re.I
)

BLOCKS = "https://developers.kit.com/plugins/content-blocks"
OAUTH = "https://developers.kit.com/plugins/oauth-authorization"
_TOKENS = (
    'status 200 and JSON with "access_token" and "refresh_token", which are texts, and "expires_in" '
    'and "created_at", which are whole numbers of seconds'
)
REQUIRED = {
    "html": 'status 200 and JSON: {"code": 200, "html": "<div>…</div>"}, or {"code": 404, "errors": ["…"]}',
    "search": 'status 200 and JSON: {"data": [{"label": "…", "value": "…"}]}',
    "token": _TOKENS,
    "refresh": _TOKENS,
    "revoke": "status 200 and JSON: {}",
}
TOKEN_MEMBERS = {"access_token": str, "refresh_token": str, "expires_in": int, "created_at": int}


@dataclass(frozen=True)
class Explanation:
    """What went wrong between Kit and a plugin, in sentences.

    Attributes:
        sent, came: the request and the response, with their URL and status.
        required: what Kit's documents ask for, which are at ``url``.
        advice: what to do.
    """

    sent: str
    came: str
    required: str
    advice: str = ""
    url: str = BLOCKS

    def __str__(self) -> str:
        """Return all of it as one paragraph."""
        text = f"Sent: {self.sent}. Came: {self.came}. Kit asks for {self.required} ({self.url})."
        return f"{text} {self.advice}".rstrip()


def explain(exchange: Exchange) -> Explanation | None:
    """Return why an exchange failed; ``None`` when it did not, or when the plugin says so in Kit's way."""
    exchange = exchange.masked()
    if not _has_failed(exchange):
        return None
    body = json.dumps(exchange.request_json, ensure_ascii=False)
    return Explanation(
        sent=f"POST {exchange.url} with {_short(body)}",
        came=_came(exchange),
        required=REQUIRED[exchange.kind],
        advice=" ".join(_advice(exchange)),
        url=BLOCKS if exchange.kind in {"html", "search"} else OAUTH,
    )


def placeholder_in(url: str) -> str:
    """Return what was left in a URL of the documents' examples, such as ``YOUR_URL``; ``""`` if nothing."""
    found = _PLACEHOLDER.search(url.partition("?")[0])
    return found[0] if found else ""


def unreachable_advice(url: str) -> str:
    """Return what to do about a URL at which nothing responds."""
    if left := placeholder_in(url):
        return f"{left} stands for your own server in Kit’s documents: write its URL there."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "It is not a URL that can be requested: check its host and port."
    if is_loopback(host):
        return f"Nothing listens on port {port} of this machine: start your server, or correct the URL."
    return f"The host {host} cannot be reached from this machine: check how it is spelled, and its port."


def wrong_token_members(body: Any) -> Iterator[str]:
    """Yield what is wrong with each member of a token response."""
    members = body if isinstance(body, dict) else {}
    for name, kind in TOKEN_MEMBERS.items():
        value = members.get(name)
        if name not in members:
            yield f"{name} is missing."
        elif not isinstance(value, kind) or isinstance(value, bool):
            needed = "a text" if kind is str else "a whole number"
            yield f"{name} is {_described(value, is_secret=kind is str)}, and Kit needs {needed}."


def _has_failed(exchange: Exchange) -> bool:
    if exchange.problem or not exchange.ok:
        return bool(exchange.problem) or not exchange.has_messages
    match exchange.kind:
        case "html":
            body = exchange.response_json
            return not exchange.has_messages and not (
                isinstance(body, dict) and isinstance(body.get("html"), str)
            )
        case "search":
            return not exchange.has_messages and bool(exchange.options()[1])
        case "revoke":
            return False
    return any(wrong_token_members(exchange.response_json))


def _came(exchange: Exchange) -> str:
    if exchange.status is None:
        reason = exchange.cause or exchange.problem.removesuffix(".")
        return f"no response: {reason}"
    kind = exchange.header("Content-Type") or "without a Content-Type"
    text = exchange.response_body.decode("utf-8", "replace")
    shown = f"“{_short(text)}”" if text.strip() else "an empty body"
    return f"status {exchange.status}, {kind}, {shown}"


def _advice(exchange: Exchange) -> Iterator[str]:
    status, path = exchange.status, urlsplit(exchange.url).path or "/"
    if status is None:
        if exchange.url == REFUSING_URL:
            yield "The editor simulates that nothing listens: press the chip above the email to end that."
        elif "too long" in exchange.problem:
            yield "Kit does not wait either: respond within a second, and call slow services with a timeout."
        else:
            yield unreachable_advice(exchange.url)
        return
    if 300 <= status < 400:
        target = exchange.header("Location") or "the right one"
        yield f"Kit posts to exactly the URL in the dashboard: write {target} there."
    elif status in (404, 405):
        yield (
            f"Your server is there, but nothing in it responds to POST {path}: compare the path in the "
            "dashboard with your server’s routes."
        )
    elif status in (401, 403):
        again = ", and again after it was refreshed" if exchange.refreshed else ""
        yield f"Your server refused the access token{again}: install the app again, or look at its check."
    elif status >= 500:
        yield "That is an error of your server: its log says what failed."
    if exchange.ok and exchange.kind in ("token", "refresh"):
        yield from wrong_token_members(exchange.response_json)
    elif exchange.response_json is None and not 300 <= status < 400:
        yield "Respond with JSON, also for an error."


def _described(value: object, *, is_secret: bool) -> str:
    if isinstance(value, str) and not is_secret:
        return f"the text “{_short(value)}”"
    if isinstance(value, int | float) and not is_secret:
        return json.dumps(value)
    names = {list: "an array", dict: "an object", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
