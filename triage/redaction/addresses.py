"""Addresses of people and of machines: e-mail, IPv4, IPv6."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from triage.redaction.spans import Span

__all__ = ["emails", "ipv4_addresses", "ipv6_addresses"]

_EMAIL = re.compile(r"(?<![\w.+@-])@*+[\w.+-]++(?:@++[\w.+-]++)++")
_IPV6 = re.compile(r"(?<![\w:.\]])[0-9a-fA-F:][0-9a-fA-F:.]++(?![\w\[])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d|-[A-Za-z])")
_NOBODYS = ("0.", "127.", "255.")
_VERSION = re.compile(
    r"(?:(?:version|release|build|firmware|bios|driver|treiber|ver|rev|stand|ausgabe)s?[ .:=]{0,3}|==)\Z", re.IGNORECASE
)


def emails(text: str) -> Iterator[Span]:
    """Mailboxes, whether their host has a dot or not."""
    for found in _EMAIL.finditer(text):
        names = found[0].lstrip("@").split("@")
        if any(any(map(str.isalpha, name)) for name in names[1:]):  # else a package and its version
            yield found.start(), found.start() + len(found[0].rstrip(".+-"))


def ipv6_addresses(text: str) -> Iterator[Span]:
    """Addresses that no other machine has; everybody has `::1`."""
    for found in _IPV6.finditer(text):
        address = found[0].rstrip(".")
        if address.endswith(":") and not address.endswith("::"):
            address = address[:-1]
        if address.count(":") > 1 and len(address) <= 45 and any(map(str.isdigit, address)) and _is_ipv6(address):
            yield found.start(), found.start() + len(address)


def _is_ipv6(address: str) -> bool:
    try:
        return IPv6Address(address).packed not in (b"\0" * 16, b"\0" * 15 + b"\1")
    except AddressValueError:
        return False


def ipv4_addresses(text: str) -> Iterator[Span]:
    """The same of the older form, where no word such as `version` says that it is something else."""
    for found in _IPV4.finditer(text):
        is_version = _VERSION.search(text, max(0, found.start() - 16), found.start()) is not None
        is_address = max(map(int, found[0].split("."))) <= 255 and not found[0].startswith(_NOBODYS)
        if is_address and not is_version:
            yield found.span()
