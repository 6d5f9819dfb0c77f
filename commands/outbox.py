"""Look at what is to be written to ticketing systems, and try it again or leave it."""

from collections.abc import Iterable
from typing import Any

from commands.waiting import WIDTH, Noun, View, create_app
from data import outbox
from data.outbox import STATES, StoredEntry
from data.queue_rows import Progress

__all__ = ["app"]

_NOUN = Noun(
    typed="outbox",
    one="entry",
    several="entries",
    states=STATES,
    dropped="Nothing is written to",
    listing="List the changes of tickets that are to be written, and those that were, newest first.",
    showing="Show all there is to know of one change, with what it writes.",
    stays_dead="a later change of the same ticket was written",
)


def _progress(entry: StoredEntry) -> Progress:
    return Progress(
        id=entry.id,
        state=entry.state,
        reason=entry.reason,
        n_attempts=entry.n_attempts,
        next_attempt_at=entry.next_attempt_at,
        leased_until=entry.leased_until,
        last_error=entry.last_error,
        settled_at=entry.settled_at,
    )


def _heading(entry: StoredEntry) -> Iterable[tuple[str, str]]:
    yield "id", str(entry.id)
    yield "source", entry.entry.source
    yield "ticket", f"{entry.entry.reference} (here {entry.entry.ticket_id})"
    yield "model", entry.entry.model_version


def _contents(entry: StoredEntry) -> Iterable[tuple[str, str]]:
    change = entry.entry.change
    yield from change.fields.items()
    if change.tags:
        yield "tags", ", ".join(change.tags)
    yield "mark", change.mark
    if change.note:
        yield "note", change.note.replace("\n", f"\n{'':{WIDTH}}")


def _document(entry: StoredEntry) -> dict[str, Any]:
    return {
        "source": entry.entry.source,
        "reference": entry.entry.reference,
        "ticket_id": entry.entry.ticket_id,
        "model_version": entry.entry.model_version,
    }


def _details(entry: StoredEntry) -> dict[str, Any]:
    change = entry.entry.change
    return {
        "change": {
            "fields": dict(change.fields),
            "tags": list(change.tags),
            "note": change.note,
            "mark": change.mark,
            "version": change.version,
        }
    }


_VIEW: View[StoredEntry] = View(
    progress=_progress,
    created_at=lambda entry: entry.created_at,
    columns=("source", "ticket"),
    cells=lambda entry: (entry.entry.source, entry.entry.reference),
    about=lambda entry: f"ticket {entry.entry.reference} of {entry.entry.source}",
    origin=lambda entry: {"source": entry.entry.source},
    document=_document,
    details=_details,
    heading=_heading,
    contents=_contents,
)

app = create_app(_NOUN, outbox, _VIEW)
