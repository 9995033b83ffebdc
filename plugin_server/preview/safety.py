"""The sandbox is for one developer's machine: what looks like a server for others is refused."""

from urllib.parse import urlsplit

from plugin_server.config import ConfigError, Place, environment
from plugin_server.hosts import is_loopback


def require_development(place: Place) -> None:
    """Return if these are the settings of a machine to develop on.

    Raises:
        ConfigError: one line for each variable that belongs to production.
    """
    given = environment()
    found = []
    if not is_loopback(urlsplit(place.base_url).hostname or ""):
        found.append("BASE_URL is a public address")
    if not is_loopback(place.host):
        found.append("HOST is not an address of this machine alone")
    found += [
        f"{name} belongs to a real app"
        for name in ("KIT_CLIENT_ID", "KIT_CLIENT_SECRET")
        if given.get(name) or given.get(f"{name}_FILE")
    ]
    for name in ("DATABASE_URL", "REDIS_URL"):
        host = urlsplit(given.get(name, "")).hostname
        if host and not is_loopback(host):
            found.append(f"{name} leads to another machine")
    if found:
        mend = "The sandbox is for development only: unset it, or run `plugin-server serve`."
        raise ConfigError("\n".join(f"{each}. {mend}" for each in found))
