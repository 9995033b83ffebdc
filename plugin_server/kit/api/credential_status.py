"""What Kit's 401 says about a credential: one HTTP status for three cases, which the message distinguishes.

Source: https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

import json
from collections.abc import Iterator
from enum import Enum, auto

import httpx2

# Members of the body that may hold the message: Kit's API has the first, OAuth servers (RFC 6749, 5.2) and
# gateways the others.
_MEMBERS = ("errors", "error_description", "error", "message")


class CredentialStatus(Enum):
    """Why Kit refused a credential with a 401."""

    EXPIRED = auto()
    """The access token has expired: a refreshed one works."""
    INVALID = auto()
    """Kit does not know the access token (any more): revoked, uninstalled, or superseded."""
    WITHHELD = auto()
    """Anything else: the plan has lapsed, a payment failed, or the operation wants another credential."""


_MEANINGS = {
    "the access token expired": CredentialStatus.EXPIRED,
    "the access token is invalid": CredentialStatus.INVALID,
    # An API key: a mistake of the operator, and not about the account's plan.
    "the api key is invalid": CredentialStatus.INVALID,
}


def credential_status(response: httpx2.Response) -> CredentialStatus | None:
    """Return why Kit refused a credential, ``None`` if the status is not 401.

    A body that cannot be read counts as ``WITHHELD``, because both other readings have a cost: a refresh
    spends a token that works once, and an invalid one ends the connection. Such a body is not from Kit but
    from something in front of it, and a token that has really expired is refreshed by the clock.

    Args:
        response: its body may be anything.
    """
    if response.status_code != 401:
        return None
    meanings = {_MEANINGS.get(_normalized(message)) for message in messages_in(response.content)}
    if not meanings or None in meanings:
        return CredentialStatus.WITHHELD
    return (
        CredentialStatus.EXPIRED
        if CredentialStatus.EXPIRED in meanings
        else CredentialStatus.INVALID
    )


def is_kit_error(response: httpx2.Response) -> bool:
    """Return whether an error has the shape of Kit's API, and so is not from something in front of it."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and "errors" in body


def messages_in(content: bytes) -> list[str]:
    """Return the messages in a body: those of the first member with any, or the whole of a plain text."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return [content.decode(errors="replace")]
    if not isinstance(body, dict):
        return list(_texts(body))
    by_member = (list(_texts(body.get(name))) for name in _MEMBERS)
    return next(filter(None, by_member), [])


def _texts(value: object) -> Iterator[str]:
    """Yield the strings in nested arrays, and ``""`` for what is neither, whose meaning is unknown."""
    remaining = [value]
    while remaining:
        each = remaining.pop()
        if isinstance(each, list):
            remaining += reversed(each)
        elif each is not None:
            yield each if isinstance(each, str) else ""


def _normalized(message: str) -> str:
    return " ".join(message.split()).rstrip(".! ").casefold()
