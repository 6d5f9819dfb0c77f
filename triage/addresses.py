"""Whether an address that somebody gave may be called: a callback, a webhook's receiver, another installation.

Whoever names an address decides where the server connects to, and a server reaches what its users do not: itself, its
neighbours, the cloud's metadata. So a URL is read strictly, and the addresses of its host are looked up in a table. The
caller resolves the name, as this module does no I/O, and must then connect to one of the addresses that were checked:
a second look-up may find others. It must not follow redirects.

Another range that must not be called is a row in `_REFUSED`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from triage.errors import InvalidInput

__all__ = ["NOTHING_BESIDE", "AllowedAddresses", "Destination", "check_addresses", "parse_destination"]

USUAL_PORTS = frozenset({80, 443})
MAX_URL_CHARACTERS = 2_000
"""Longer ones are no addresses that somebody typed, and some servers refuse them."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _v4(*ranges: str) -> tuple[Network, ...]:
    return tuple(map(IPv4Network, ranges))


def _v6(*ranges: str) -> tuple[Network, ...]:
    return tuple(map(IPv6Network, ranges))


_METADATA = (
    *_v4("169.254.169.254", "169.254.170.2", "169.254.0.23", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *_v6("fd00:ec2::254", "fd20:ce::254"),
)
"""Where clouds tell a machine its own credentials; only naming the very address allows one."""

_REFUSED: tuple[tuple[str, tuple[Network, ...]], ...] = (
    ("a cloud's metadata service", _METADATA),
    ("unspecified: it means this machine", (*_v4("0.0.0.0/8"), *_v6("::"))),
    ("loopback: it means this machine", (*_v4("127.0.0.0/8"), *_v6("::1"))),
    ("link-local", (*_v4("169.254.0.0/16"), *_v6("fe80::/10"))),
    ("private", (*_v4("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), *_v6("fc00::/7", "fec0::/10"))),
    ("shared by a provider's customers (CGNAT)", _v4("100.64.0.0/10")),
    ("multicast", (*_v4("224.0.0.0/4"), *_v6("ff00::/8"))),
    (
        "for documentation",
        (*_v4("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"), *_v6("2001:db8::/32", "3fff::/20")),
    ),
    ("for measuring networks", _v4("198.18.0.0/15")),
    (
        "reserved",
        (*_v4("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"), *_v6("2001::/23", "5f00::/16", "64:ff9b:1::/48")),
    ),
)
"""By what is wrong with them the ranges that are no public addresses, the narrowest first (IANA's registries)."""

_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?]*)(?P<rest>[/?].*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_HERE = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"})


@dataclass(frozen=True, slots=True)
class AllowedAddresses:
    """What may be called although it is no public address, or no usual port.

    Attributes:
        hosts: names in lower case, without a dot at the end; whatever they resolve to may be called.
        networks: ranges, or single addresses.
        ports: all that may be called.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = USUAL_PORTS

    @classmethod
    def parse(cls, names: Iterable[str], ports: Iterable[int] = ()) -> "AllowedAddresses":
        """From what somebody wrote into the settings: `10.1.0.0/16`, `192.168.7.9`, `tickets.example.internal`.

        Args:
            names: ranges, addresses and host names.
            ports: beside the usual ones.

        Raises:
            InvalidInput: for what is none of them.
        """
        hosts, networks = set(), []
        for name in map(str.strip, names):
            network = _network(name)
            if network is not None:
                networks.append(network)
            else:
                host = name.lower().removesuffix(".")
                if not _is_host_name(host):
                    raise InvalidInput(
                        f"{name!r} is neither a range such as 10.1.0.0/16, nor an address, nor a host name."
                    )
                hosts.add(host)
        more = frozenset(ports)
        if wrong := sorted(port for port in more if not 0 < port < 65_536):
            raise InvalidInput(f"{wrong[0]} is no port; they go from 1 to 65535.")
        return cls(frozenset(hosts), tuple(networks), USUAL_PORTS | more)

    def allows(self, host: str, address: Address) -> bool:
        """Whether a desk has named the host or the address; of the cloud's metadata only the very address counts."""
        of_same_kind = [network for network in self.networks if network.version == address.version]
        if any(address in metadata for metadata in _METADATA if metadata.version == address.version):
            return any(network.num_addresses == 1 and address in network for network in of_same_kind)
        return host in self.hosts or any(address in network for network in of_same_kind)


NOTHING_BESIDE = AllowedAddresses()
"""Public addresses on the usual ports, and no other."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a URL leads.

    Attributes:
        scheme: `http` or `https`.
        host: in lower case, without a dot at the end and without brackets.
        port: 1 to 65535.
        address: the host, where it is an address and no name.
    """

    scheme: str
    host: str
    port: int
    address: Address | None = None


def parse_destination(url: str, allowed: AllowedAddresses = NOTHING_BESIDE) -> Destination:
    """Where a URL leads, if it is written in the one way that every program reads alike.

    Args:
        url: with its scheme; a host in other letters is written in ASCII (`xn--…`).
        allowed: what may be called beside public addresses and usual ports.

    Raises:
        InvalidInput: one sentence that says what to change.
    """
    _check_characters(url)
    if (parts := _URL.fullmatch(url)) is None:
        raise InvalidInput(f"The address {url!r} does not begin with http:// or https://.")
    if "@" in parts["authority"]:
        raise InvalidInput("The address holds a user name or a password before the host; leave them out.")
    if "#" in url:
        raise InvalidInput("The address holds a fragment (#…), which is never sent; leave it out.")
    if (authority := _AUTHORITY.fullmatch(parts["authority"])) is None:
        raise InvalidInput(f"The address names no host that can be read: {parts['authority']!r}.")
    scheme = parts["scheme"].lower()
    port = int(authority["port"] or {"http": 80, "https": 443}[scheme])
    if port not in allowed.ports:
        raise InvalidInput(f"The port {port} may not be called. Allowed: {', '.join(map(str, sorted(allowed.ports)))}.")
    if authority["v6"] is not None:
        return Destination(scheme, authority["v6"].lower(), port, _v6_address(authority["v6"]))
    host = authority["host"].lower().removesuffix(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return Destination(scheme, host, port, _v4_address(host))
    _check_name(host, allowed)
    return Destination(scheme, host, port)


def check_addresses(
    destination: Destination, resolved: Iterable[str], allowed: AllowedAddresses = NOTHING_BESIDE
) -> tuple[Address, ...]:
    """The addresses that a destination may be called at, if each of them may.

    One that may not is enough to refuse: who controls the name chooses which of them is called.

    Args:
        destination: as parsed.
        resolved: the addresses of its host, as the resolver gave them; for a host that is an address, that one.
        allowed: what may be called beside public addresses.

    Raises:
        InvalidInput: one sentence that names the address and what is wrong with it.
    """
    addresses = tuple(map(_parsed, resolved))
    if not addresses:
        raise InvalidInput(f"The host {destination.host!r} has no address.")
    if destination.address is not None and any(address != destination.address for address in addresses):
        raise InvalidInput(f"The host {destination.host!r} is an address, and was resolved to another one.")
    for address in addresses:
        _check(destination.host, address, allowed)
    return addresses


def _check_characters(url: str) -> None:
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidInput(f"The address has {len(url):,} characters; {MAX_URL_CHARACTERS:,} are the most.")
    if not url.isascii():
        raise InvalidInput("The address holds characters beyond ASCII; write such a host as xn--…, and others as %….")
    if not url.isprintable() or " " in url or "\\" in url:
        raise InvalidInput("The address holds a blank, a backslash or a control character.")


def _check_name(host: str, allowed: AllowedAddresses) -> None:
    if not _is_host_name(host):
        raise InvalidInput(f"{host!r} is no host name: its parts are 1 to 63 letters, digits and hyphens.")
    if host not in allowed.hosts and (host in _HERE or host.endswith(".localhost")):
        raise InvalidInput(f"The host {host!r} is this machine.")
    if host in _METADATA_NAMES:
        raise InvalidInput(f"The host {host!r} is a cloud's metadata service.")


def _check(host: str, address: Address, allowed: AllowedAddresses) -> None:
    meant = _embedded(address) or address
    fault = None if allowed.allows(host, meant) else _fault(meant)
    if fault is not None:
        named = str(address) if meant is address else f"{address}, which stands for {meant},"
        raise InvalidInput(f"The host {host!r} may not be called: its address {named} is {fault}.")


def _fault(address: Address) -> str | None:
    """What is wrong with an address; None for a public one."""
    for fault, networks in _REFUSED:
        if any(network.version == address.version and address in network for network in networks):
            return fault
    if address.version == 6 and address not in _PUBLIC_V6:
        return "reserved"
    return None


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to: mapped, 6to4, NAT64; None for any other."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _parsed(text: str) -> Address:
    try:
        address = ip_address(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no IP address.") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return IPv6Address(int(address))  # the part behind % says by which network card
    return address


def _v4_address(host: str) -> IPv4Address:
    """Four decimal numbers without leading zeros; programs read any other form in their own way."""
    try:
        return IPv4Address(host)
    except AddressValueError:
        raise InvalidInput(
            f"The host {host!r} is a number; write an IPv4 address as four numbers, 192.0.2.7."
        ) from None


def _v6_address(host: str) -> IPv6Address:
    try:
        return IPv6Address(host)
    except AddressValueError:
        raise InvalidInput(f"The host [{host}] is no IPv6 address.") from None


def _is_host_name(host: str) -> bool:
    labels = host.split(".")
    is_number = _NUMBER.fullmatch(labels[-1]) is not None
    return len(host) <= 253 and not is_number and all(map(_LABEL.fullmatch, labels))


def _network(name: str) -> Network | None:
    try:
        return ip_network(name)
    except ValueError:
        return None
