"""URL checks: which URLs the dashboard accepts."""

from urllib.parse import urlsplit

from plugin_server.config.hosts import is_loopback


def check_url(label: str, url: str) -> list[str]:
    """Return the errors of a URL: it must be absolute and https, on this machine also http."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname)
        good = good or (parts.scheme == "http" and is_loopback(parts.hostname))
        good = good and parts.port != 0
    except ValueError:
        good = False
    if good and not any(character.isspace() for character in url):
        return []
    return [f"{label} must be an absolute https URL (http only on this machine)."]


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, as an ``Origin`` header has them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
