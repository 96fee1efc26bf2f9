"""Addresses that somebody else wrote down: our server must not become a way into our own network.

The name is resolved when the message is sent, every address it has must be a public one, and the connection
goes to the address that was checked, so that a name which changes its mind in between gains nothing.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_noop as _
from requests.adapters import HTTPAdapter

from chengshu.kernel.outbox.channels import Permanent, Temporary

Address = IPv4Address | IPv6Address
LONGEST = 500
# IPv6 addresses that carry an IPv4 address inside, which a gateway may reach (RFC 6052, 3056, 4380)
CARRIERS = tuple(ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


def problem_of(url: str) -> str:
    """Why the address may not be used, as an English sentence known to the translations; "" if it may.

    Looks at the text only; where the name leads is checked when something is sent.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return _("The address is not valid.")
    if len(url) > LONGEST or not host or not url.isascii() or any(c.isspace() for c in url):
        return _("The address is not valid.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return _("The address may contain no user name and no fragment.")
    allowed = ("https", "http") if settings.WEBHOOK_HTTP else ("https",)
    if parts.scheme not in allowed:
        return _("The address must begin with https://.")
    try:
        literal = ip_address(host)
    except ValueError:
        return ""
    return "" if _may(literal, host) else _("The address lies in an internal network.")


def resolve(host: str, port: int) -> str:
    """An address of the host that may be reached. Raises `Permanent` if any of them lies inside."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Temporary(_("The name of the server cannot be resolved.")) from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise Temporary(_("The name of the server cannot be resolved."))
    if not all(_may(ip_address(address.partition("%")[0]), host) for address in addresses):
        raise Permanent(_("The address lies in an internal network."))
    return addresses[0]


def session_for(url: str) -> requests.Session:
    """A session whose connections go to the address just checked, with the certificate of the name."""
    if problem := problem_of(url):
        raise Permanent(problem)
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    session = requests.Session()
    session.trust_env = False  # a proxy of the environment would resolve the name itself
    session.headers["Host"] = parts.netloc
    session.mount(f"{parts.scheme}://", _Pinned(host, address))
    return session


class _Pinned(HTTPAdapter):
    """Connects to one address, whatever the name resolves to by now."""

    def __init__(self, host: str, address: str) -> None:
        self._host, self._address = host, address
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The place `requests` leaves for this: other host, and the name for the certificate."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        host["host"] = self._address
        if host["scheme"] == "https":
            pool["server_hostname"] = pool["assert_hostname"] = self._host
        return host, pool


def _may(address: Address, host: str) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    for entry in settings.WEBHOOK_ALLOW:
        network = _network(entry)
        if entry.lower() == host.lower() or (
            network and network.version == address.version and address in network
        ):
            return True
    if any(address.version == carrier.version and address in carrier for carrier in CARRIERS):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    )


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None
