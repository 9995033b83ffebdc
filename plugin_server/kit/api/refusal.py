"""What Kit means by a 401: it has one status for three things, and a sentence for each.

Source: https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

import json
from collections.abc import Iterator
from enum import Enum, auto

import httpx2

# Where a sentence may be: Kit's API has the first, OAuth servers (RFC 6749, 5.2) and gateways the others.
_MEMBERS = ("errors", "error_description", "error", "message")


class Refusal(Enum):
    """Why Kit refused a credential."""

    EXPIRED = auto()
    """The access token has expired: a refreshed one works."""
    INVALID = auto()
    """Kit does not know the access token (any more): revoked, uninstalled, or superseded."""
    WITHHELD = auto()
    """Anything else: the plan has lapsed, a payment failed, or the operation wants another credential."""


_MEANINGS = {
    "the access token expired": Refusal.EXPIRED,
    "the access token is invalid": Refusal.INVALID,
    # Said of an API key: a mistake of the operator's, and not the account's plan.
    "the api key is invalid": Refusal.INVALID,
}


def refusal_of(response: httpx2.Response) -> Refusal | None:
    """Return why Kit refused a credential, ``None`` if the status is not 401.

    A body that cannot be read counts as ``WITHHELD``, because both other readings have a price: a
    refresh spends a token that works once, and a refused one ends the connection. To do neither has none. It
    is no word of Kit's but of something in front of it, and a token that has really ended is refreshed by
    the clock.

    Args:
        response: read as far as it is wanted; its body may be anything.
    """
    if response.status_code != 401:
        return None
    meanings = {_MEANINGS.get(_plain(sentence)) for sentence in _sentences(response.content)}
    if not meanings or None in meanings:
        return Refusal.WITHHELD
    return Refusal.EXPIRED if Refusal.EXPIRED in meanings else Refusal.INVALID


def has_kits_shape(response: httpx2.Response) -> bool:
    """Return whether an error is in the shape of Kit's API, and so not of something in front of it."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and "errors" in body


def _sentences(content: bytes) -> list[str]:
    """Return what a body says: the texts of the first member that has any, or all of a plain text."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return [content.decode(errors="replace")]
    if not isinstance(body, dict):
        return list(_texts(body))
    found = (list(_texts(body.get(name))) for name in _MEMBERS)
    return next(filter(None, found), [])


def _texts(value: object) -> Iterator[str]:
    """Yield the strings in nested arrays, and ``""`` for what is neither: nobody can tell what it says."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        elif each is not None:
            yield each if isinstance(each, str) else ""


def _plain(sentence: str) -> str:
    return " ".join(sentence.split()).rstrip(".! ").casefold()
