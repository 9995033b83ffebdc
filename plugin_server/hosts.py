"""What a host name means, to this machine and to the world, and which this server answers for."""

import re
from collections.abc import Collection, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from plugin_server.errors import Refuse, UnknownHost

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Asked by machines that know an address only, and telling nothing that depends on the host.
_PROBES = ("/healthz", "/readyz", "/metrics")

# Names that no public name server answers for (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
_LOCAL_SUFFIXES = (".local", ".internal", ".home.arpa", ".test", ".lan")
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?")


def is_loopback(host: str) -> bool:
    """Tell whether a host name means this machine."""
    name = host.rstrip(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_host(host: str) -> bool:
    """Tell whether a text can be the host of an address at all."""
    try:
        ip_address(host)
    except ValueError:
        return _NAME.fullmatch(host) is not None
    return True


def why_not_public(host: str) -> str:
    """Return why Kit's servers would not find a host, as the end of a sentence; ``""``: they would."""
    if is_loopback(host):
        return "means this machine only"
    name = host.rstrip(".")
    try:
        private = not ip_address(name).is_global
    except ValueError:
        private = "." not in name or name.endswith(_LOCAL_SUFFIXES)
    return "belongs to a private network" if private else ""


def for_known_hosts(
    app: "WSGIApplication", names: Collection[str], refuse: Refuse
) -> "WSGIApplication":
    """Return an app that refuses requests for hosts not its own: a forged one could end up in a link.

    Args:
        app: the application, which sees the host that the proxies in front were asked for.
        names: lower-case host names and addresses without ports; ports may differ.
        refuse: responds to others.
    """

    def check(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in names and environ["PATH_INFO"] not in _PROBES:
            return refuse(UnknownHost(), environ, start_response)
        return app(environ, start_response)

    return check
