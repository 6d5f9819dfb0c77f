"""What reviews put into the outbox: a value that a person decided on, to be written where the ticket came from.

An entry names its reviews. What of them still stands is asked again just before writing, so that nothing is written
that was taken back meanwhile.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from data import outbox as outbox_store
from data import reviews as reviews_store
from data import sourced_tickets
from data.connectors.connector import Change
from data.outbox import Entry
from data.reviews import Review
from data.tables import outbox
from triage.notes import note_of_decision

__all__ = ["fields_that_stand", "put", "written_to"]


def put(connection: Connection, review: Review, decided_by: str, now: datetime) -> tuple[str, ...]:
    """Lets a value be written to the systems that know the ticket; a review without one lets nothing be written.

    Args:
        connection: to write to.
        review: that was just recorded.
        decided_by: the reviewer's name, for the note.
        now: the moment.

    Returns:
        The sources that it will be written to.
    """
    if review.value is None or not review.is_decision:
        return ()
    fields = {review.target: review.value}
    entries = [
        Entry(
            source=source,
            reference=reference,
            ticket_id=review.ticket_id,
            change=Change(fields=fields, note=note_of_decision(fields, decided_by), mark=_mark(source, review)),
            model_version=review.model_version or "",
            reviews=(review.id,),
        )
        for source, reference in sourced_tickets.references_of(connection, review.ticket_id)
    ]
    outbox_store.put(connection, entries, now)
    return tuple(entry.source for entry in entries)


def fields_that_stand(connection: Connection, ids: Iterable[int]) -> dict[str, str]:
    """By target the values of those of some reviews that still count for their tickets."""
    found: dict[str, str] = {}
    for id_ in ids:
        review = reviews_store.find(connection, id_)
        counts = [
            each.id
            for each in reviews_store.reviews_of(connection, review.ticket_id)
            if each.target == review.target and each.is_decision
        ]
        if review.value is not None and counts[-1:] == [review.id]:
            found[review.target] = review.value
    return found


def written_to(connection: Connection, review: Review) -> list[str]:
    """The sources where a review's value was written."""
    asked = select(outbox.c.source, outbox.c.change).where(
        outbox.c.ticket_id == review.ticket_id, outbox.c.state == "written"
    )
    return sorted({row.source for row in connection.execute(asked) if review.id in row.change.get("reviews", ())})


def _mark(source: str, review: Review) -> str:
    """One for each review, so that its note is left once."""
    said = json.dumps(["review", source, review.ticket_id, review.id])
    return f"triage:{hashlib.sha256(said.encode()).hexdigest()[:16]}"
