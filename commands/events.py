"""Look at what other programs are told, try it again or leave it, and check whether they are reached."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from commands.waiting import Json, Noun, View, create_app
from data import events
from data.connectors.errors import PeerError
from data.events import STATES, StoredEvent
from data.sending import Message, open_receiver, send
from data.sources import environment
from data.subscribers import read_subscribers, receiver_of
from triage.errors import NotFound
from triage.settings import read_settings
from triage.subscribers import TEST_TYPE, Subscriber

__all__ = ["app"]

_NOUN = Noun(
    typed="events",
    one="event",
    several="events",
    states=STATES,
    dropped="Nobody is told of",
    listing="List what subscribers are told, and what they were, newest first.",
    showing="Show all there is to know of one event, with what is sent.",
)


def _document(event: StoredEvent) -> dict[str, Any]:
    return {
        "subscriber": event.subscriber,
        "type": event.type,
        "subject": event.subject,
        "message_id": event.message_id,
    }


def _heading(event: StoredEvent) -> Iterable[tuple[str, str]]:
    yield "id", str(event.progress.id)
    yield "subscriber", event.subscriber
    yield "type", event.type
    yield "subject", event.subject
    yield "message", event.message_id


_VIEW: View[StoredEvent] = View(
    progress=lambda event: event.progress,
    created_at=lambda event: event.created_at,
    columns=("subscriber", "type", "subject"),
    cells=lambda event: (event.subscriber, event.type, event.subject),
    about=lambda event: f"{event.type} ({event.subject}), which {event.subscriber} was to hear",
    origin=lambda event: {"subscriber": event.subscriber},
    document=_document,
    details=lambda event: {"payload": json.loads(event.payload)},
    heading=_heading,
    contents=lambda event: [("payload", event.payload)],
)

app = create_app(_NOUN, events, _VIEW)


@app.command()
def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The subscriber, as triage.toml names it.")],
    as_json: Json = False,
) -> None:
    """Send a subscriber a signed event that says nothing, and say what it answers."""
    receiver, now = receiver_of(_named(name), environment()), datetime.now(UTC)
    message = Message(events.new_message_id(), events.body_of(TEST_TYPE, {}, now).encode())
    status, fault = None, None
    with open_receiver(receiver) as client:
        try:
            status = send(client, receiver, message, now)
        except PeerError as error:
            fault = str(error)
    sentence = fault or f"{name} took {message.id} ({status})."
    if as_json:
        typer.echo(json.dumps({"subscriber": name, "passed": fault is None, "status": status, "sentence": sentence}))
    else:
        typer.echo(f"{'FAILED' if fault else 'ok    '}  {sentence}")
    if fault is not None:
        raise typer.Exit(1)


def _named(name: str) -> Subscriber:
    path = read_settings().sources
    subscribers = {subscriber.name: subscriber for subscriber in read_subscribers(path)}
    if not subscribers:
        raise NotFound(f"{path} names no subscriber: docs/connect/events.md says how to add one.")
    if name not in subscribers:
        raise NotFound(f"No subscriber named {name!r}. Known: {', '.join(subscribers)}.")
    return subscribers[name]
