"""Look at what ticketing systems have sent, and work on it again or leave it."""

from collections.abc import Iterable
from typing import Any

from commands.waiting import Noun, View, create_app
from data import deliveries
from data.deliveries import STATES, StoredDelivery

__all__ = ["app"]

_NOUN = Noun(
    typed="deliveries",
    one="delivery",
    several="deliveries",
    states=STATES,
    dropped="Nothing follows from what was sent of",
    listing="List what ticketing systems have sent, newest first; no text of a ticket.",
    showing="Show all there is to know of one delivery but its text.",
)


def _document(delivery: StoredDelivery) -> dict[str, Any]:
    return {
        "source": delivery.source,
        "reference": delivery.reference,
        "delivery_id": delivery.delivery_id,
        "characters": delivery.n_characters,
    }


def _heading(delivery: StoredDelivery) -> Iterable[tuple[str, str]]:
    yield "id", str(delivery.progress.id)
    yield "source", delivery.source
    yield "ticket", delivery.reference
    yield "delivery id", delivery.delivery_id
    yield "characters", f"{delivery.n_characters:,}"


_VIEW: View[StoredDelivery] = View(
    progress=lambda delivery: delivery.progress,
    created_at=lambda delivery: delivery.created_at,
    columns=("source", "ticket"),
    cells=lambda delivery: (delivery.source, delivery.reference),
    about=lambda delivery: f"ticket {delivery.reference} of {delivery.source}",
    origin=lambda delivery: {"source": delivery.source},
    document=_document,
    details=lambda _: {},
    heading=_heading,
    contents=lambda _: (),
)

app = create_app(_NOUN, deliveries, _VIEW)
