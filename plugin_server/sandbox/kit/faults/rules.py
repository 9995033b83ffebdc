"""The rules of fault injection: which requests to the sandbox's Kit API fail, and how.

A rule's ``resource`` is Kit's path without ``/v4/``. It holds for that path and everything below it:
``posts`` also for one post, ``posts/{id}`` for any one post and not for the list, ``posts/4101`` for
that post alone. ``*`` is every resource, but not the OAuth server's ``oauth/token`` and ``oauth/revoke``.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from itertools import count
from threading import Lock
from typing import Any, Literal

from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.kit.fields import Field, find_errors

Credential = Literal["oauth", "api_key"]

EVERYTHING = "*"
TOKEN_ENDPOINT, REVOCATION_ENDPOINT = "oauth/token", "oauth/revoke"
OAUTH_ENDPOINTS = frozenset({TOKEN_ENDPOINT, REVOCATION_ENDPOINT})
LONGEST_WAIT = 60

KINDS = {
    "latency": "waits for the given seconds and then responds normally",
    "rate_limited": "429 with the plain text “Retry later”",
    "not_found": "404 “Not Found”, as after somebody else has deleted the record",
    "server_error": "500",
    "html_error": "503 with an HTML page",
    "truncated": "the response is cut in the middle and the connection closed",
    "bad_json": "200 with half a JSON document",
    "dropped": "the connection is closed without any response",
    "expired_token": "401 “The access token expired”, and the account's access tokens expire",
    "revoked_token": "401 “The access token is invalid”, and all the account's tokens are revoked",
    "access_withheld": "401 with another text: the plan has lapsed, the tokens stay valid",
    "unreadable_401": "401 with an HTML page, as from a proxy in front of Kit",
    "stale_lists": "lists lack what is newer than the given seconds, as Kit's do for some time",
    "bulk_queue_full": "413, as when too many bulk requests wait",
    "lost_response": "new tokens are issued and stored, and the response never arrives",
    "null_members": "new tokens come with null for every optional member",
    "odd_members": "new tokens come with other types and members than documented",
    "bare_tokens": "new tokens come with nothing beside the access token",
    "no_access_token": "new tokens are issued and stored, and the response lacks the access token",
}

# Kinds for responses with new tokens only.
_TOKEN_KINDS = frozenset(
    {"lost_response", "null_members", "odd_members", "bare_tokens", "no_access_token"}
)
# Kinds for requests whose access token is checked only.
_API_KINDS = frozenset(
    {
        *("not_found", "expired_token", "access_withheld", "unreadable_401", "stale_lists"),
        "bulk_queue_full",
    }
)
# Kinds that end the tokens of the request's account.
_TOKEN_ENDING_KINDS = frozenset({"expired_token", "revoked_token"})

_RESOURCE = r"\*|[a-z_]+(/([a-z_]+|[0-9]{1,18}|\{id\}))*"


@dataclass(frozen=True)
class Fault:
    """One rule.

    Attributes:
        account: the account whose requests fail, ``None`` for every request.
        credential: how these requests authenticate, ``None`` for any way or none.
        fault: one of ``KINDS``.
        seconds: how long a request waits first, with any kind but ``stale_lists``.
        retry_after: seconds in the ``Retry-After`` of ``rate_limited``; ``None`` for no header.
        times: for how many requests the rule holds. ``None``: until it is removed; a rule that ends
            tokens then holds once for each account, because no refresh could ever succeed otherwise.
    """

    resource: str
    account: int | None = None
    credential: Credential | None = None
    fault: str = ""
    seconds: float = 0.0
    retry_after: int | None = None
    times: int | None = None


@dataclass
class _Rule:
    id: int
    fault: Fault
    taken: int = 0
    ended: set[int] = field(default_factory=set)

    def holds_for(self, path: str, account: int | None, credential: Credential | None) -> bool:
        fault = self.fault
        if fault.account not in {None, account} or fault.credential not in {None, credential}:
            return False
        if fault.fault in _TOKEN_ENDING_KINDS:
            if account is None or credential != "oauth":
                return False
            if fault.times is None and account in self.ended:
                return False
        return _covers(fault.resource, path)

    def take(self, account: int | None) -> None:
        self.taken += 1
        if account is not None and self.fault.fault in _TOKEN_ENDING_KINDS:
            self.ended.add(account)

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.taken >= self.fault.times

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, **asdict(self.fault), "taken": self.taken}


class FaultRules:
    """The rules in force. Every method may be called from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ids = count(1)
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> dict[str, Any]:
        """Add a rule after those in force and return it as ``find`` does."""
        with self._lock:
            rule = _Rule(next(self._ids), fault)
            self._rules.append(rule)
            return rule.as_json()

    def find(self) -> list[dict[str, Any]]:
        """Return the rules in force: their fields, ``id``, and in ``taken`` how often each held."""
        with self._lock:
            return [rule.as_json() for rule in self._rules]

    def remove(self, id_: int) -> bool:
        """Remove a rule; ``False`` when it is not in force."""
        with self._lock:
            before = len(self._rules)
            self._rules = [rule for rule in self._rules if rule.id != id_]
            return len(self._rules) < before

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._rules = []

    def take(self, path: str, account: int | None, credential: Credential | None) -> list[Fault]:
        """Return the faults of one request, and count that their rules held.

        At most one ``latency`` and one other kind: of each, the rule that was added first.
        """
        with self._lock:
            chosen: dict[bool, _Rule] = {}
            for rule in self._rules:
                if rule.holds_for(path, account, credential):
                    chosen.setdefault(rule.fault.fault == "latency", rule)
            for rule in chosen.values():
                rule.take(account)
            self._rules = [rule for rule in self._rules if not rule.is_spent]
            return [rule.fault for rule in chosen.values()]


def read_fault(
    given: Any, accounts: Collection[int], resources: Collection[str]
) -> tuple[Fault | None, FormErrors]:
    """Validate a rule: return the record, or ``None`` and the errors by field.

    Args:
        given: the parsed JSON; absent members and ``None`` are the defaults of ``Fault``.
        accounts: the ids that ``account`` may have.
        resources: the paths that exist, such as ``posts/{id}``.
    """
    if not isinstance(given, dict):
        return None, {"": ["Send one rule as a JSON object."]}
    given = {name: value for name, value in given.items() if value is not None}
    fields = {
        "resource": _field(
            "resource must be Kit's path without /v4/, such as posts or posts/{id},"
            " or oauth/token, oauth/revoke, or * for every resource.",
            lambda each: isinstance(each, str) and bool(re.fullmatch(_RESOURCE, each)),
            is_required=True,
        ),
        "account": _field(
            "account must be the id of one of the sandbox's accounts, or null.",
            lambda each: _is_whole(each, 0) and each in accounts,
        ),
        "credential": _field(
            "credential must be oauth, api_key or null.", lambda each: each in ("oauth", "api_key")
        ),
        "fault": _field(
            f"fault must be one of {', '.join(KINDS)}.",
            lambda each: isinstance(each, str) and each in KINDS,
            is_required=True,
        ),
        "seconds": _field(
            f"seconds must be a number from 0 to {LONGEST_WAIT}.",
            lambda each: type(each) in (int, float) and 0 <= each <= LONGEST_WAIT,
        ),
        "retry_after": _field(
            "retry_after must be a whole number of seconds, 0 or more, or null.",
            lambda each: _is_whole(each, 0),
        ),
        "times": _field(
            "times must be a whole number, 1 or more, or null.", lambda each: _is_whole(each, 1)
        ),
    }
    values, errors = find_errors(fields, given, partial=False)
    errors |= {name: f"{name} is not a field of a rule." for name in sorted({*given} - {*fields})}
    if not errors:
        fault = Fault(**{name: values[name] for name in given})
        errors = _contradictions(fault, resources)
    return (None if errors else fault), {name: [text] for name, text in errors.items()}


def _field(text: str, is_valid: Callable[[Any], bool], *, is_required: bool = False) -> Field:
    """Return a member of a rule; ``text`` says what it must be."""

    def rule(value: Any) -> Any:
        if not is_valid(value):
            raise ValueError(text)
        return value

    return Field(rule, required=text if is_required else None)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _contradictions(fault: Fault, resources: Collection[str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    kind, resource = fault.fault, fault.resource
    any_id = re.sub(r"(?<=/)[0-9]+", "{id}", resource)
    if resource != EVERYTHING and not any(
        _covers(each, path) for path in resources for each in (resource, any_id)
    ):
        errors["resource"] = f"The sandbox has no resource {resource}."
    if kind in {"latency", "stale_lists"} and not fault.seconds:
        errors["seconds"] = f"{kind} needs seconds."
    if kind != "rate_limited" and fault.retry_after is not None:
        errors["retry_after"] = "retry_after belongs to rate_limited only."
    if kind in _TOKEN_KINDS and resource != TOKEN_ENDPOINT:
        errors["resource"] = f"{kind} belongs to the resource oauth/token only."
    if kind in _API_KINDS and resource in OAUTH_ENDPOINTS:
        errors["resource"] = (
            f"{kind} does not belong to {resource}: no access token is checked there."
        )
    if fault.credential == "api_key" and (
        kind in _TOKEN_ENDING_KINDS or resource in OAUTH_ENDPOINTS
    ):
        errors["credential"] = "An API key has no tokens: credential must be oauth or null here."
    return errors


def _covers(resource: str, path: str) -> bool:
    if resource == EVERYTHING:
        return path not in OAUTH_ENDPOINTS
    expected, segments = resource.split("/"), path.split("/")
    return len(expected) <= len(segments) and all(
        each == segment or (each == "{id}" and segment.isdigit())
        for each, segment in zip(expected, segments, strict=False)
    )
