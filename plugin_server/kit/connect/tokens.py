"""Kit's token responses, read so that nothing odd in one costs the tokens that it holds.

Once Kit has sent one, the code or the refresh token that it was asked with is spent. So whatever can be
done without is done without, and only the access token has to be there.
Source: RFC 6749, 5.1; https://developers.kit.com/api-reference/oauth-web-server-app-flow
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin_server.errors import KitRejected

# Seconds, where Kit does not say, or says what cannot be: an early refresh is better than a late one.
SHORT_LIFE = 900
# No access token lives for longer than a year; what is more would not fit in the database either.
LONGEST_LIFE = 365 * 86_400
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
    expires_in: int = SHORT_LIFE
    scope: str = DEFAULT_SCOPE


def read_tokens(body: Mapping[str, object]) -> KitTokens:
    """Return the tokens in a response; members that nobody needs may be anything.

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
    """Return a text without the space around it if it is as it should be, else ``""``."""
    text = value.strip() if isinstance(value, str) else ""
    return text if pattern.fullmatch(text) else ""


def _seconds(value: object) -> int:
    """Return a lifetime in whole seconds, given as a number or as the text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return SHORT_LIFE
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return SHORT_LIFE
    if not math.isfinite(seconds) or seconds < 1:
        return SHORT_LIFE
    return int(min(seconds, LONGEST_LIFE))
