"""Misbehaviour on demand: the rules that say which requests to Kit go wrong, and how.

A rule's ``resource`` is Kit's path without ``/v4/``. It holds for that path and everything below it:
``posts`` also for one post, ``posts/{id}`` for any one post and not for the list, ``posts/4101`` for
that post alone. ``*`` is every resource, but not the OAuth server's ``oauth/token`` and ``oauth/revoke``.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from threading import Lock
from typing import Any, Literal

from plugin_server.sandbox.form_errors import FormErrors

Credential = Literal["oauth", "api_key"]

EVERYTHING = "*"
TOKEN_ENDPOINT, REVOCATION_ENDPOINT = "oauth/token", "oauth/revoke"
OAUTH_ENDPOINTS = frozenset({TOKEN_ENDPOINT, REVOCATION_ENDPOINT})
LONGEST_WAIT = 60

KINDS = {
    "latency": "waits for so many seconds and then answers normally",
    "rate_limited": "429 with the plain text “Retry later”",
    "server_error": "500",
    "html_error": "503 with an HTML page",
    "truncated": "the answer is cut in the middle and the connection closed",
    "bad_json": "200 with half a JSON document",
    "dropped": "the connection is closed without any answer",
    "expired_token": "401 “The access token expired”, and the account's access tokens have ended",
    "revoked_token": "401 “The access token is invalid”, and the account's tokens are all gone",
    "access_withheld": "401 with another text: the plan has lapsed, the tokens stay good",
    "unreadable_401": "401 with an HTML page, as from something in front of Kit",
    "lost_answer": "new tokens are made and stored, and the answer never arrives",
    "null_members": "new tokens come with null for every member that may be left out",
    "odd_members": "new tokens come with other types and members than documented",
    "bare_tokens": "new tokens come with nothing beside the access token",
    "no_access_token": "new tokens are made and stored, and the response lacks the access token",
}

# What can happen to new tokens only.
_TOKEN_KINDS = frozenset(
    {"lost_answer", "null_members", "odd_members", "bare_tokens", "no_access_token"}
)

# What can happen where an access token is checked only.
_API_KINDS = frozenset({"expired_token", "access_withheld", "unreadable_401"})
# These end the tokens that a request came with.
_ENDING = frozenset({"expired_token", "revoked_token"})
_RESOURCE = re.compile(r"\*|[a-z_]+(/([a-z_]+|\d{1,18}|\{id\}))*", re.ASCII)
_FIELDS = ("resource", "account", "credential", "fault", "seconds", "retry_after", "times")


@dataclass(frozen=True)
class Fault:
    """One rule.

    Attributes:
        account: the account whose requests go wrong, ``None`` for every request.
        credential: how these requests prove themselves, ``None`` for any way or none.
        fault: one of ``KINDS``.
        seconds: how long a request waits first, with any kind.
        retry_after: seconds in the ``Retry-After`` of ``rate_limited``; ``None`` for no header.
        times: for how many requests the rule holds. ``None``: until it is removed; a rule that ends
            tokens then holds once for each account, because nobody could ever refresh otherwise.
    """

    resource: str
    fault: str
    account: int | None = None
    credential: Credential | None = None
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
        if fault.fault in _ENDING:
            if account is None or credential != "oauth":
                return False
            if fault.times is None and account in self.ended:
                return False
        return _covers(fault.resource, path)

    def take(self, account: int | None) -> None:
        self.taken += 1
        if account is not None and self.fault.fault in _ENDING:
            self.ended.add(account)

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.taken >= self.fault.times

    def shown(self) -> dict[str, Any]:
        values = asdict(self.fault)
        return {"id": self.id, **{name: values[name] for name in _FIELDS}, "taken": self.taken}


class FaultRules:
    """The rules that are in force. Every method may be called from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ids = count(1)
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> dict[str, Any]:
        """Put a rule behind those in force and return it as ``find`` does."""
        with self._lock:
            rule = _Rule(next(self._ids), fault)
            self._rules.append(rule)
            return rule.shown()

    def find(self) -> list[dict[str, Any]]:
        """Return the rules in force: their fields, ``id``, and in ``taken`` how often each held."""
        with self._lock:
            return [rule.shown() for rule in self._rules]

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
        """Return what goes wrong with one request, and count it.

        It is at most one ``latency`` and one other kind: of each the rule that was added first.
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
    fields: Any, accounts: Collection[int], resources: Collection[str]
) -> tuple[Fault, FormErrors]:
    """Read a rule: the record, and what is wrong with it, by the field to be changed.

    Args:
        fields: the parsed JSON; absent members and ``None`` are the defaults of ``Fault``.
        accounts: the ids that ``account`` may have.
        resources: the paths that there are, such as ``posts/{id}``.
    """
    if not isinstance(fields, dict):
        return Fault("", ""), {"": ["Send one rule as a JSON object."]}
    given = {name: value for name, value in fields.items() if value is not None}
    errors = {name: [f"{name} is not a field of a rule."] for name in given if name not in _FIELDS}
    errors |= _check_fields(given, accounts, resources)
    if errors:
        return Fault("", ""), errors
    fault = Fault(**given)
    return fault, _contradictions(fault)


def _check_fields(
    given: Mapping[str, Any], accounts: Collection[int], resources: Collection[str]
) -> FormErrors:
    errors = _check_resource(given.get("resource"), resources)
    if given.get("account") is not None and not _is_one_of(given["account"], accounts):
        errors["account"] = ["account must be the id of one of the sandbox's accounts, or null."]
    if not _is_one_of(given.get("credential", "oauth"), ("oauth", "api_key")):
        errors["credential"] = ["credential must be oauth, api_key or null."]
    if not _is_one_of(given.get("fault"), KINDS):
        errors["fault"] = [f"fault must be one of {', '.join(KINDS)}."]
    seconds = given.get("seconds", 0)
    if not _is_number(seconds, float) or not 0 <= seconds <= LONGEST_WAIT:
        errors["seconds"] = [f"seconds must be a number from 0 to {LONGEST_WAIT}."]
    if not _is_number(given.get("retry_after", 0)) or given.get("retry_after", 0) < 0:
        told = "retry_after must be a whole number of seconds, 0 or more, or null."
        errors["retry_after"] = [told]
    if not _is_number(given.get("times", 1)) or given.get("times", 1) < 1:
        errors["times"] = ["times must be a whole number, 1 or more, or null."]
    return errors


def _check_resource(resource: Any, resources: Collection[str]) -> FormErrors:
    if not isinstance(resource, str) or not _RESOURCE.fullmatch(resource):
        told = (
            "resource must be Kit's path without /v4/, such as posts or posts/{id},"
            " or oauth/token, oauth/revoke, or * for every resource."
        )
        return {"resource": [told]}
    if resource != EVERYTHING and not any(_covers(resource, path) for path in resources):
        one = re.sub(r"(?<=/)\d+", "{id}", resource)
        if not any(_covers(one, path) for path in resources):
            return {"resource": [f"The sandbox has no resource {resource}."]}
    return {}


def _contradictions(fault: Fault) -> FormErrors:
    errors: FormErrors = {}
    kind = fault.fault
    if kind == "latency" and not fault.seconds:
        errors["seconds"] = ["latency needs seconds."]
    if kind != "rate_limited" and fault.retry_after is not None:
        errors["retry_after"] = ["retry_after belongs to rate_limited only."]
    if kind in _TOKEN_KINDS and fault.resource != TOKEN_ENDPOINT:
        errors["resource"] = [f"{kind} belongs to the resource oauth/token only."]
    if kind in _API_KINDS and fault.resource in OAUTH_ENDPOINTS:
        told = f"{kind} does not belong to {fault.resource}: no access token is checked there."
        errors["resource"] = [told]
    if fault.credential == "api_key" and (kind in _ENDING or fault.resource in OAUTH_ENDPOINTS):
        told = "An API key has no tokens: credential must be oauth or null here."
        errors["credential"] = [told]
    return errors


def _covers(resource: str, path: str) -> bool:
    if resource == EVERYTHING:
        return path not in OAUTH_ENDPOINTS
    wanted, segments = resource.split("/"), path.split("/")
    return len(wanted) <= len(segments) and all(
        want == segment or (want == "{id}" and segment.isdigit())
        for want, segment in zip(wanted, segments, strict=False)
    )


def _is_one_of(value: Any, choices: Collection[Any] | Mapping[str, Any]) -> bool:
    # Lists and objects cannot be looked up, and True would be found as 1.
    return isinstance(value, str | int) and not isinstance(value, bool) and value in choices


def _is_number(value: Any, kind: type[float] | type[int] = int) -> bool:
    kinds = (int, float) if kind is float else (int,)
    return isinstance(value, kinds) and not isinstance(value, bool)
