"""Host names: which mean this machine, and which the public internet can reach."""

import re
from ipaddress import ip_address

# Names that no public name server resolves (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
_LOCAL_SUFFIXES = (".local", ".internal", ".home.arpa", ".test", ".lan")
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?")


def is_loopback(host: str | None) -> bool:
    """Return whether a host name (without a port) or an IP address means this machine."""
    name = (host or "").rstrip(".").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_host(host: str) -> bool:
    """Return whether a text is a valid host of a URL."""
    try:
        ip_address(host)
    except ValueError:
        return _NAME.fullmatch(host) is not None
    return True


def why_not_public(host: str) -> str:
    """Return why Kit's servers cannot reach a host, as the end of a sentence; ``""`` if they can."""
    if is_loopback(host):
        return "means this machine only"
    name = host.rstrip(".")
    try:
        private = not ip_address(name).is_global
    except ValueError:
        private = "." not in name or name.endswith(_LOCAL_SUFFIXES)
    return "belongs to a private network" if private else ""
