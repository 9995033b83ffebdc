"""One HTTP exchange with an app: a request and its response, as received.

The inspector shows it and the checks validate it. A masked exchange contains no token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from plugin_server.sandbox.checks.kit_rules import refusals
from plugin_server.sandbox.client.body_formats import encode

Kind = Literal["html", "search", "token", "refresh", "revoke"]

MASK = "•••"
# By this header a server says that its errors are for its developers, as those of the preview are: "refused"
# if its own rules keep a block from Kit, "failed" otherwise.
DEVELOPER_ERROR = "X-Developer-Error"
_REINSTALL = "The connection to this app has ended. Install the app again."
# Members of OAuth bodies that are secret (RFC 6749, RFC 7009).
_SECRET_MEMBERS = ("access_token", "client_secret", "code", "refresh_token", "token")


@dataclass(frozen=True)
class Exchange:
    """One request and its response.

    Attributes:
        kind: ``html`` and ``search`` for the plugins' endpoints, the others for the app's OAuth.
        request_json: the body that was sent, as JSON.
        request_headers: the headers that were sent.
        status: ``None`` without a response; ``problem`` then says why.
        response_headers: the headers of the response, as pairs: a name may occur twice.
        ms: milliseconds until the response was complete.
        response_body: the body of the response.
        response_json: the parsed body, ``None`` when it is not JSON.
        cause: what the network said, when there is no response.
        refreshed: whether the access token had to be refreshed first.
        restored: the stored values whose labels a search requested, ``()`` when a text was typed.
        body_format: one of ``BODY_FORMATS`` for OAuth endpoints, ``""`` for others, which get JSON.
        at: when the request was sent, in Unix seconds.
    """

    url: str
    request_json: dict[str, Any] = field(repr=False)
    kind: Kind = "html"
    request_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ms: int = 0
    response_body: bytes = field(default=b"", repr=False)
    response_json: Any = field(default=None, repr=False)
    problem: str = ""
    cause: str = ""
    refreshed: bool = False
    restored: tuple[str, ...] = ()
    body_format: str = ""
    at: float = 0

    @property
    def request_text(self) -> str:
        """The body as it is sent, but with what people can read unescaped."""
        if self.body_format == "form":
            return encode(self.request_json, "form").replace(quote(MASK), MASK)
        return json.dumps(self.request_json, ensure_ascii=False)

    def header(self, name: str) -> str:
        """Return a header of the response, ``""`` when it is missing."""
        pairs = self.response_headers
        return next((value for each, value in pairs if each.lower() == name.lower()), "")

    @property
    def ok(self) -> bool:
        """Whether there was a response with a 2xx status."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def authorized(self) -> bool:
        """Whether the request carried an access token."""
        return "Authorization" in self.request_headers

    @property
    def has_messages(self) -> bool:
        """Whether the app itself says what is wrong, in Kit's shape."""
        body = self.response_json if isinstance(self.response_json, dict) else {}
        messages = body.get("errors")
        return isinstance(messages, list) and bool(messages)

    @property
    def errors(self) -> list[str]:
        """The messages that a creator reads, ``[]`` when the response can be used."""
        if self.problem:
            return [self.problem]
        if self.has_messages:
            return [str(message) for message in self.response_json["errors"]]
        if self.status == 401:
            return [_REINSTALL]
        if not self.ok:
            return [f"The app responded with status {self.status}."]
        if not isinstance(self.response_json, dict) or not self.response_json:
            return ["The app's response is not a JSON object."]
        return []

    def html(self) -> tuple[str, list[str]]:
        """Return a block's HTML and the errors that are shown instead; one of them is empty."""
        if self.errors:
            return "", self.errors
        html = self.response_json.get("html")
        if not isinstance(html, str):
            return "", ["The app's response has no html."]
        rejected = refusals(html)
        if rejected:
            return "", [f"Kit refuses this block, because it contains {', '.join(rejected)}."]
        return html, []

    def options(self) -> tuple[list[dict[str, str]], list[str]]:
        """Return the options of a search response and its errors; one of them is empty."""
        if self.errors:
            return [], self.errors
        data = self.response_json.get("data")
        rows: list[Any] = data if isinstance(data, list) else [None]
        if not all(_is_option(row) for row in rows):
            return [], ["The app's response is not a list of options with label and value."]
        return [{"label": row["label"], "value": row["value"]} for row in rows], []

    def masked(self) -> "Exchange":
        """Return the same exchange with its secrets masked: tokens, codes, client secrets, cookies."""
        found = [
            self.request_headers[name].partition(" ")[2]
            for name in self.request_headers
            if _is_secret_header(name)
        ]
        content = self.response_body
        if self.kind not in {"html", "search"}:
            found += _secret_members(self.request_json) + _secret_members(self.response_json)
            if self.response_json is None and self.ok:
                content = MASK.encode()  # it may contain tokens in any format
        secrets = sorted({each for each in found if each}, key=len, reverse=True)
        for secret in secrets:
            escaped = json.dumps(secret)[1:-1]
            # PHP escapes slashes, too.
            for form in (secret, escaped, escaped.replace("/", "\\/")):
                content = content.replace(form.encode(), MASK.encode())
        return replace(
            self,
            request_json=_masked(self.request_json, secrets),
            response_json=_masked(self.response_json, secrets),
            response_body=content,
            request_headers={
                n: _scheme(v) if _is_secret_header(n) else v
                for n, v in self.request_headers.items()
            },
            response_headers=tuple(
                (n, MASK if _is_secret_header(n) else v) for n, v in self.response_headers
            ),
        )


def _is_option(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("label"), str)
        and isinstance(row.get("value"), str)
    )


def _is_secret_header(header: str) -> bool:
    return header.lower() in {"authorization", "cookie", "set-cookie"}


def _scheme(value: str) -> str:
    return f"{value.partition(' ')[0]} {MASK}"


def _secret_members(body: Any) -> list[str]:
    values = [body.get(name) for name in _SECRET_MEMBERS] if isinstance(body, dict) else []
    return [value for value in values if isinstance(value, str)]


def _masked(body: Any, secrets: list[str]) -> Any:
    """Return a parsed body with every secret masked, wherever an app may have repeated it."""
    if not secrets or body is None:
        return body
    try:
        text = json.dumps(body)
        for secret in secrets:
            text = text.replace(json.dumps(secret)[1:-1], MASK)
        return json.loads(text)
    except (RecursionError, ValueError):
        # Nested too deeply, or with a secret that looks like JSON.
        return MASK
