"""URLs: which of them the dashboard accepts, and which mean this machine."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name (without a port) means this machine."""
    if not host:
        return False
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_url(label: str, url: str) -> list[str]:
    """Refuse a URL that is not absolute and https; http will do on this machine."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname)
        good = good or (parts.scheme == "http" and is_loopback(parts.hostname))
        good = good and parts.port != 0
    except ValueError:
        good = False
    if good and not any(character.isspace() for character in url):
        return []
    return [f"{label} must be an absolute https address (http only on this machine)."]


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, as an ``Origin`` header has them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
