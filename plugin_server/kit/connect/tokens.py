"""Kit's token responses, parsed leniently: nothing odd in one must cost the tokens that it holds.

Once Kit has sent one, the code or the refresh token of the request is spent. So only the access token is
required, and everything else has a default.
Source: RFC 6749, 5.1; https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin_server.errors import KitRejected

# Seconds, where Kit sends no lifetime or an impossible one: an early refresh is better than a late one.
DEFAULT_LIFETIME = 900
# No access token lives for longer than a year; more would not fit in the database either.
MAX_LIFETIME = 365 * 86_400
DEFAULT_SCOPE = "public"

# What can be sent in a header as a bearer token (RFC 6750, 2.1, generously).
_ACCESS_TOKEN = re.compile(r"[\x21-\x7e]+")
# What can be sent in JSON.
_REFRESH_TOKEN = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")
_SCOPE = re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True)
class KitTokens:
    """A token response; ``expires_in`` is in seconds, ``refresh_token`` is ``""`` if Kit sent none."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int = DEFAULT_LIFETIME
    scope: str = DEFAULT_SCOPE


def read_tokens(body: Mapping[str, object]) -> KitTokens:
    """Return the tokens in a response; members that are not required may be anything.

    Raises:
        KitRejected: 502, there is no access token. The error does not hold the response.
    """
    access_token = _matching(_ACCESS_TOKEN, body.get("access_token"))
    if not access_token:
        raise KitRejected(reason="no_access_token")
    return KitTokens(
        access_token=access_token,
        refresh_token=_matching(_REFRESH_TOKEN, body.get("refresh_token")),
        expires_in=_seconds(body.get("expires_in")),
        scope=_matching(_SCOPE, body.get("scope")) or DEFAULT_SCOPE,
    )


def _matching(pattern: re.Pattern[str], value: object) -> str:
    """Return a text without the space around it if it matches, else ``""``."""
    text = value.strip() if isinstance(value, str) else ""
    return text if pattern.fullmatch(text) else ""


def _seconds(value: object) -> int:
    """Return a lifetime in whole seconds, given as a number or as its text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return DEFAULT_LIFETIME
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return DEFAULT_LIFETIME
    if not math.isfinite(seconds) or seconds < 1:
        return DEFAULT_LIFETIME
    return int(min(seconds, MAX_LIFETIME))
