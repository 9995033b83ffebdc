"""The rules of fault injection: which requests to the sandbox's Kit API fail, and how.

A rule's ``resource`` is Kit's path without ``/v4/``. It holds for that path and everything below it:
``posts`` also for one post, ``posts/{id}`` for any one post and not for the list, ``posts/4101`` for
that post alone. ``*`` is every resource, but not the OAuth server's ``oauth/token`` and ``oauth/revoke``.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from plugin_server.sandbox.form_errors import FormErrors

Credential = Literal["oauth", "api_key"]

EVERYTHING = "*"
TOKEN_ENDPOINT, REVOCATION_ENDPOINT = "oauth/token", "oauth/revoke"
OAUTH_ENDPOINTS = frozenset({TOKEN_ENDPOINT, REVOCATION_ENDPOINT})
LONGEST_WAIT = 60

KINDS = {
    "latency": "waits for the given seconds and then responds normally",
    "rate_limited": "429 with the plain text “Retry later”",
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
    "lost_answer": "new tokens are issued and stored, and the response never arrives",
    "null_members": "new tokens come with null for every optional member",
    "odd_members": "new tokens come with other types and members than documented",
    "bare_tokens": "new tokens come with nothing beside the access token",
    "no_access_token": "new tokens are issued and stored, and the response lacks the access token",
}

# Kinds for responses with new tokens only.
_TOKEN_KINDS = frozenset(
    {"lost_answer", "null_members", "odd_members", "bare_tokens", "no_access_token"}
)
# Kinds for requests whose access token is checked only.
_API_KINDS = frozenset(
    {"expired_token", "access_withheld", "unreadable_401", "stale_lists", "bulk_queue_full"}
)
# Kinds that end the tokens of the request's account.
_TOKEN_ENDING_KINDS = frozenset({"expired_token", "revoked_token"})

_RESOURCE = r"^(\*|[a-z_]+(/([a-z_]+|[0-9]{1,18}|\{id\}))*)$"
_EXPECTED = {
    "resource": (
        "resource must be Kit's path without /v4/, such as posts or posts/{id},"
        " or oauth/token, oauth/revoke, or * for every resource."
    ),
    "account": "account must be the id of one of the sandbox's accounts, or null.",
    "credential": "credential must be oauth, api_key or null.",
    "fault": f"fault must be one of {', '.join(KINDS)}.",
    "seconds": f"seconds must be a number from 0 to {LONGEST_WAIT}.",
    "retry_after": "retry_after must be a whole number of seconds, 0 or more, or null.",
    "times": "times must be a whole number, 1 or more, or null.",
}


class Fault(BaseModel):
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

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    resource: Annotated[str, Field(pattern=_RESOURCE)]
    account: int | None = None
    credential: Credential | None = None
    fault: str
    seconds: Annotated[int | float, Field(ge=0, le=LONGEST_WAIT)] = 0.0
    retry_after: Annotated[int, Field(ge=0)] | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    @field_validator("resource")
    @classmethod
    def _check_resource(cls, resource: str, info: ValidationInfo[dict[str, Any]]) -> str:
        any_id = re.sub(r"(?<=/)[0-9]+", "{id}", resource)
        if resource != EVERYTHING and not any(
            _covers(each, path) for path in info.context["resources"] for each in (resource, any_id)
        ):
            text = "The sandbox has no resource {resource}."
            raise PydanticCustomError("unknown_resource", text, {"resource": resource})
        return resource

    @field_validator("account")
    @classmethod
    def _check_account(
        cls, account: int | None, info: ValidationInfo[dict[str, Any]]
    ) -> int | None:
        if account not in {None, *info.context["accounts"]}:
            raise ValueError(account)
        return account

    @field_validator("fault")
    @classmethod
    def _check_kind(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(kind)
        return kind


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
        return {"id": self.id, **self.fault.model_dump(), "taken": self.taken}


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
    fields: Any, accounts: Collection[int], resources: Collection[str]
) -> tuple[Fault | None, FormErrors]:
    """Validate a rule: return the record, or ``None`` and the errors by field.

    Args:
        fields: the parsed JSON; absent members and ``None`` are the defaults of ``Fault``.
        accounts: the ids that ``account`` may have.
        resources: the paths that exist, such as ``posts/{id}``.
    """
    if not isinstance(fields, dict):
        return None, {"": ["Send one rule as a JSON object."]}
    given = {name: value for name, value in fields.items() if value is not None}
    known = {"accounts": accounts, "resources": resources}
    errors: FormErrors = {}
    try:
        fault = Fault.model_validate(given, context=known)
    except ValidationError as problem:
        for each in problem.errors(include_url=False):
            name = str(each["loc"][0])
            text = _EXPECTED.get(name, f"{name} is not a field of a rule.")
            errors[name] = [each["msg"] if each["type"] == "unknown_resource" else text]
        return None, errors
    errors = _contradictions(fault)
    return (None if errors else fault), errors


def _contradictions(fault: Fault) -> FormErrors:
    errors: FormErrors = {}
    kind = fault.fault
    if kind in {"latency", "stale_lists"} and not fault.seconds:
        errors["seconds"] = [f"{kind} needs seconds."]
    if kind != "rate_limited" and fault.retry_after is not None:
        errors["retry_after"] = ["retry_after belongs to rate_limited only."]
    if kind in _TOKEN_KINDS and fault.resource != TOKEN_ENDPOINT:
        errors["resource"] = [f"{kind} belongs to the resource oauth/token only."]
    if kind in _API_KINDS and fault.resource in OAUTH_ENDPOINTS:
        text = f"{kind} does not belong to {fault.resource}: no access token is checked there."
        errors["resource"] = [text]
    if fault.credential == "api_key" and (
        kind in _TOKEN_ENDING_KINDS or fault.resource in OAUTH_ENDPOINTS
    ):
        text = "An API key has no tokens: credential must be oauth or null here."
        errors["credential"] = [text]
    return errors


def _covers(resource: str, path: str) -> bool:
    if resource == EVERYTHING:
        return path not in OAUTH_ENDPOINTS
    expected, segments = resource.split("/"), path.split("/")
    return len(expected) <= len(segments) and all(
        each == segment or (each == "{id}" and segment.isdigit())
        for each, segment in zip(expected, segments, strict=False)
    )
