"""Verifies that a delivery is from Kit, and recent.

``X-Kit-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]`` has an HMAC-SHA256 of ``"{t}." + body`` for each
secret that is valid: two of them while a secret is being rotated.
Source: https://developers.kit.com/webhooks
"""

import hmac
import re
from hashlib import sha256

from plugin_server.errors import SignatureInvalid

# Seconds by which the time of a signature may differ from ours, either way.
TOLERANCE = 300

_HEADER = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,8})", re.ASCII)
_WRONG = "The signature is missing or wrong: this delivery is not accepted as one of Kit's."
_OLD = "The signature's time is more than five minutes from this server's: it is not accepted."


def verify(header: str, body: bytes, secret: str, now: float) -> None:
    """Return if a delivery is signed with a secret, within ``TOLERANCE`` of ``now`` (unix seconds).

    Args:
        header: the value of ``X-Kit-Signature``, which may be anything.
        body: the bytes of the body as they arrived.
        secret: of the endpoint.
        now: unix seconds.

    Raises:
        SignatureInvalid: 401, it is not, or too old or too new.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        raise SignatureInvalid(_WRONG)
    time, signatures = found[1], found[2].split(",v1=")[1:]
    expected = hmac.new(secret.encode(), time.encode() + b"." + body, sha256).hexdigest()
    # Each is compared, so that the time that this takes does not reveal which one was right.
    if not sum(hmac.compare_digest(expected, each) for each in signatures):
        raise SignatureInvalid(_WRONG)
    if abs(now - int(time)) > TOLERANCE:
        raise SignatureInvalid(_OLD)
