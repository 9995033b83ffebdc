"""Refuses to start the sandbox with a production configuration: it is for one developer's machine.

The loaded configuration is checked, and each URL as its driver parses it: a host may be in a file, in a URL's
query, in libpq's own variables, or in several of them.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from plugin_server.config.environment import (
    ConfigError,
    ConnectionSettings,
    load_connection_settings,
)
from plugin_server.config.hosts import is_loopback


def require_development() -> None:
    """Return if the settings are those of a developer's machine.

    Raises:
        ConfigError: one line for each variable that belongs to production, or cannot be used.
    """
    found = list(_of_production(load_connection_settings()))
    if found:
        advice = "The sandbox is for development only: unset it, or run `plugin-server serve`."
        raise ConfigError("\n".join(f"{each}. {advice}" for each in found))


def _of_production(settings: ConnectionSettings) -> Iterator[str]:
    if not is_loopback(urlsplit(settings.base_url).hostname or ""):
        yield "BASE_URL is a public URL"
    if not is_loopback(settings.host):
        yield "HOST is not a loopback address"
    if settings.kit_client_id:
        yield "KIT_CLIENT_ID belongs to a real app"
    if settings.kit_client_secret.get_secret_value():
        yield "KIT_CLIENT_SECRET belongs to a real app"
    if settings.database_url.startswith("postgresql"):
        yield from _of_postgresql(settings.database_url)
    if settings.redis_url and not is_loopback(_redis_host(settings.redis_url)):
        yield "REDIS_URL leads to another machine"


def _of_postgresql(url: str) -> Iterator[str]:
    """Yield what is wrong with a connection as libpq makes it, with libpq's variables as defaults.

    Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    from psycopg import ProgrammingError, pq  # an extra: not installed without PostgreSQL
    from psycopg.conninfo import conninfo_to_dict

    known = {option.keyword.decode(): option for option in pq.Conninfo.get_defaults()}
    parsed = make_url(url)
    _, arguments = parsed.get_dialect()().create_connect_args(parsed)
    options = {name: value for name, value in arguments.items() if name in known}
    try:
        given = conninfo_to_dict(arguments.get("conninfo", ""), **options)
    except ProgrammingError:
        yield "DATABASE_URL has a conninfo that cannot be read"
        return
    for name, variable in (("host", "PGHOST"), ("hostaddr", "PGHOSTADDR")):
        from_variable = (known[name].val or b"").decode()
        hosts = str(given.get(name) or from_variable).split(",")
        if not all(map(_is_here, hosts)):
            yield f"{'DATABASE_URL' if given.get(name) else variable} leads to another machine"
    # A service file may name any host.
    if given.get("service"):
        yield "DATABASE_URL leads to a service"
    elif known["service"].val:
        yield "PGSERVICE leads to a service"


def _is_here(host: str) -> bool:
    """Return whether libpq connects to this machine: no host, a socket's folder, or a loopback host."""
    return not host or host.startswith(("/", "@")) or is_loopback(host)


def _redis_host(url: str) -> str:
    from redis.connection import parse_url  # an extra, as above

    return str(parse_url(url).get("host", "localhost"))  # type: ignore[no-untyped-call]
