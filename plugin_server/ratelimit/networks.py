"""Networks of clients, which rate limits count by."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

# Bits of an IPv6 address that identify a network; a client can choose the rest.
_NETWORK_BITS = 64


def network() -> str:
    """Return the network of the current request; see ``network_of``."""
    return network_of(request.remote_addr)


def network_of(remote_addr: str | None) -> str:
    """Return the network of an IP address: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ip_address(remote_addr or "")
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), _NETWORK_BITS), strict=False))
