"""A request to Kit's API as its operations see it, and what they respond."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Request

from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.moments import moment
from plugin_server.sandbox.kit.pagination import is_true
from plugin_server.sandbox.kit.rejection import Rejected

# The JSON body and the status; an empty body without one.
Reply = tuple[Any, int]

DELETED: Reply = (None, 204)


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        ids: the numbers of the path, in their order.
        body: the JSON object; empty without one.
        is_oauth: whether an access token authenticates it, and not an API key.
        seconds_behind: lists lack what is newer than these.
        later: does after the response what returns the body for the callback URL.
    """

    account: Account
    ids: tuple[int, ...]
    query: dict[str, str]
    body: dict[str, Any]
    is_oauth: bool
    seconds_behind: float = 0
    later: list[Callable[[], Any]] = field(default_factory=list)

    def flag(self, name: str) -> bool:
        """Return whether a boolean of the query is true."""
        return is_true(self.query.get(name))

    def is_listed(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record is old enough for a list."""
        at = record.get("at") or record.get("created_at")
        return not at or at <= moment(self.account.clock() - self.seconds_behind)

    def included(self) -> set[str]:
        """Return the names in ``include``."""
        return {name.strip() for name in self.query.get("include", "").split(",")} - {""}


def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request.

    Clients in PHP send an empty array for an object without members. Raises Rejected (400) for what is
    not JSON, and (422) for JSON that is not an object.
    """
    text = request.get_data()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        raise Rejected(400, "The request body is not valid JSON") from None
    if body in ([], None):
        return {}
    if not isinstance(body, dict):
        raise Rejected(422, "The request body must be a JSON object")
    return body
