"""Requests that go only to addresses that may be called, whatever a name is resolved to.

The name is resolved, its addresses are checked, and the connection goes to one of these, in this order and in one
place: nobody resolves the name a second time. What is encrypted is so for the name, and so is the certificate checked.
"""

import socket
from collections.abc import Callable
from ssl import SSLContext

import httpx

from triage.addresses import AllowedAddresses, check_addresses, parse_destination
from triage.errors import InvalidInput

__all__ = ["AddressRefused", "CheckedTransport", "Resolve", "resolve"]

MOST_ADDRESSES = 2
"""Of a host, that are tried one after the other."""

Resolve = Callable[[str, int], list[str]]
"""Gives the addresses of a host and port, or raises `OSError`."""


class AddressRefused(httpx.RequestError):
    """The address may not be called; the message is a sentence that says why."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system's resolver gives them, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedTransport(httpx.BaseTransport):
    """The network, for one host.

    Args:
        allowed: what may be called beside public addresses and usual ports.
        resolver: where the addresses of names come from.
        verify: how certificates are checked; None for what is usual.
    """

    def __init__(
        self, allowed: AllowedAddresses, *, resolver: Resolve = resolve, verify: SSLContext | None = None
    ) -> None:
        self._allowed = allowed
        self._resolve = resolver
        self._network = httpx.HTTPTransport(verify=True if verify is None else verify, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends it to an address that was checked.

        Raises:
            AddressRefused: the URL or one of its host's addresses may not be called.
            httpx.ConnectError: the name cannot be resolved, or nothing answers there.
        """
        host, addresses = self._checked(request)
        for address in addresses[:-1]:
            try:
                return self._network.handle_request(_sent_to(address, host, request))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent yet
        return self._network.handle_request(_sent_to(addresses[-1], host, request))

    def close(self) -> None:
        """Ends all connections."""
        self._network.close()

    def _checked(self, request: httpx.Request) -> tuple[str, list[str]]:
        """The host, and its addresses that may be called."""
        try:
            destination = parse_destination(str(request.url), self._allowed)
            literal = destination.address
            found = [str(literal)] if literal is not None else self._resolve(destination.host, destination.port)
            addresses = check_addresses(destination, found, self._allowed)
        except InvalidInput as refused:
            raise AddressRefused(str(refused), request=request) from None
        except OSError as error:  # also of a name that the resolver does not take
            raise httpx.ConnectError(f"{destination.host} is not known.", request=request) from error
        return destination.host, [str(address) for address in addresses[:MOST_ADDRESSES]]


def _sent_to(address: str, host: str, request: httpx.Request) -> httpx.Request:
    """The same request to an address; `Host`, encryption and certificate stay those of the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
