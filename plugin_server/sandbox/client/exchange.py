"""One request to an app and what came back, as it was received.

The inspector shows it and the checks judge it. No token is in it once it is masked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from plugin_server.sandbox.checks.kit_rules import refusals

Kind = Literal["html", "search", "token", "refresh", "revoke"]

HIDDEN = "•••"
_REINSTALL = "The connection to this app has ended. Install the app again."
# Members of OAuth bodies that prove something (RFC 6749, RFC 7009).
_SECRETS = ("access_token", "client_secret", "code", "refresh_token", "token")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        kind: ``html`` and ``search`` for the plugins' endpoints, the others for the app's OAuth.
        request: the JSON body that was sent.
        sent: the headers that were sent.
        status: ``None`` when there was no answer; ``problem`` then says why.
        received: the headers of the answer, as pairs: a name may come twice.
        content: the body of the answer.
        response_json: the parsed JSON, ``None`` when it was not JSON.
        refreshed: whether the access token had to be renewed first.
        restored: the stored values that a search asked for, ``()`` when something was typed.
        at: when it began, in Unix seconds.
    """

    url: str
    request: dict[str, Any] = field(repr=False)
    kind: Kind = "html"
    sent: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: int | None = None
    received: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ms: int = 0
    content: bytes = field(default=b"", repr=False)
    response_json: Any = field(default=None, repr=False)
    problem: str = ""
    refreshed: bool = False
    restored: tuple[str, ...] = ()
    at: float = 0

    @property
    def ok(self) -> bool:
        """Whether there was an answer with a 2xx status."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def authorized(self) -> bool:
        """Whether the request carried an access token."""
        return "Authorization" in self.sent

    @property
    def errors(self) -> list[str]:
        """The sentences that a creator reads, ``[]`` when the answer can be used."""
        if self.problem:
            return [self.problem]
        answer = self.response_json if isinstance(self.response_json, dict) else {}
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
        html = self.response_json.get("html")
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
        data = self.response_json.get("data")
        rows: list[Any] = data if isinstance(data, list) else [None]
        if not all(_is_option(row) for row in rows):
            return [], ["The app's answer is not a list of options with label and value."]
        return [{"label": row["label"], "value": row["value"]} for row in rows], []

    def masked(self) -> "Exchange":
        """Return the same without what proves anything: tokens, codes, secrets, cookies."""
        secrets = [self.sent[name].partition(" ")[2] for name in self.sent if _is_proof(name)]
        content = self.content
        if self.kind not in {"html", "search"}:
            secrets += _proofs(self.request) + _proofs(self.response_json)
            if self.response_json is None and self.ok:
                content = HIDDEN.encode()  # it may hold tokens in any form
        hidden = sorted({each for each in secrets if each}, key=len, reverse=True)
        for secret in hidden:
            content = content.replace(secret.encode(), HIDDEN.encode())
        return replace(
            self,
            request=_without(self.request, hidden),
            response_json=_without(self.response_json, hidden),
            content=content,
            sent={n: _scheme(v) if _is_proof(n) else v for n, v in self.sent.items()},
            received=tuple((n, HIDDEN if _is_proof(n) else v) for n, v in self.received),
        )


def _is_option(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("label"), str)
        and isinstance(row.get("value"), str)
    )


def _is_proof(header: str) -> bool:
    return header.lower() in {"authorization", "cookie", "set-cookie"}


def _scheme(value: str) -> str:
    return f"{value.partition(' ')[0]} {HIDDEN}"


def _proofs(body: Any) -> list[str]:
    values = [body.get(name) for name in _SECRETS] if isinstance(body, dict) else []
    return [value for value in values if isinstance(value, str)]


def _without(body: Any, hidden: list[str]) -> Any:
    """Return a parsed body with every secret replaced, wherever an app may have repeated it."""
    if not hidden or body is None:
        return body
    try:
        text = json.dumps(body)
        for secret in hidden:
            text = text.replace(json.dumps(secret)[1:-1], HIDDEN)
        return json.loads(text)
    except (RecursionError, ValueError):
        # Nested too deeply, or with a secret that looks like JSON.
        return HIDDEN
