"""What a desk's ticketing systems may send, and who takes it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.desk import Desk
from data import deliveries
from data.connectors.connector import Delivery
from data.database import writing
from data.sources import Connection
from triage.errors import NotFound

__all__ = ["Hooks", "HooksOfRequest"]


class Hooks:
    """Takes deliveries of the connected systems.

    Args:
        desk: gives the desk that keeps them.
        connections: its sources, by name.
        wake: says that there is something to work on.
    """

    def __init__(
        self, desk: Callable[[], Desk], connections: Mapping[str, Connection], wake: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._connections = connections
        self._wake = wake

    def take(self, source: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Stores a delivery; False where it came before.

        Args:
            source: by the desk's name.
            headers: by their names in lower case.
            body: as it came.
            now: the moment, aware.

        Raises:
            NotFound: no such source is connected.
            NotAllowed: nobody who knows the source's secret sent this.
            InvalidInput: it names no ticket.
            StoreUnusable: it could not be stored, so the system should send it again.
        """
        connection = self._connections.get(source)
        if connection is None:
            raise NotFound("No ticketing system is connected under this name; `triage connectors list` shows them.")
        delivery = Delivery(headers, body)
        connection.connector.verify(delivery, connection.secrets, now)
        event = connection.connector.read(delivery)
        desk = self._desk()
        kept = deliveries.redacted(delivery, event, desk.customer_key, desk.redaction)
        with writing(desk.engine) as transaction:
            is_new = deliveries.receive(transaction, source, kept, event, desk.customer_key, now)
        self._wake()
        return is_new


async def _hooks_of(request: Request) -> Hooks:
    hooks = request.app.state.hooks
    assert isinstance(hooks, Hooks)  # noqa: S101  (put there by `build_app`)
    return hooks


HooksOfRequest = Annotated[Hooks, Depends(_hooks_of)]
"""A route's parameter of this type takes deliveries."""
