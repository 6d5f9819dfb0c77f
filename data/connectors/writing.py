"""What of a change is still to be written, and whether the system took it; the same for every system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from data.connectors.connector import Change, RemoteTicket
from data.connectors.errors import Refused, TicketChanged
from data.connectors.marks import marked

__all__ = ["Outstanding", "as_html", "outstanding", "peer_value", "require_taken"]


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is missing of a change: labels that differ, tags that are new, the note with its mark."""

    fields: Mapping[str, str]
    tags: tuple[str, ...]
    note: str | None = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.fields or self.tags or self.note)


def outstanding(fields: Mapping[str, str], remote: RemoteTicket, change: Change) -> Outstanding:
    """What is missing; nothing where the change's note is there, as notes are written last.

    Args:
        fields: the canonical fields that the system can be given.
        remote: the ticket as it is now.
        change: what is wanted.

    Raises:
        Refused: the change names a field that the system cannot be given.
        TicketChanged: the ticket has another version than the change is meant for.
    """
    if unknown := sorted(set(change.fields) - set(fields)):
        raise Refused(f"Cannot write {', '.join(unknown)} there. What can be written: {', '.join(sorted(fields))}.")
    if change.mark in remote.marks:
        return Outstanding({}, (), None)
    if change.version is not None and change.version != remote.version:
        raise TicketChanged("Somebody changed the ticket since it was read.")
    return Outstanding(
        _different(change.fields, remote.state.fields),
        tuple(dict.fromkeys(tag for tag in change.tags if tag not in (remote.state.tags or ()))),
        marked(change.note, change.mark) if change.note else None,
    )


def peer_value(target: str, label: str, values: Mapping[str, str | int]) -> str | int:
    """The system's own value for a label.

    Args:
        target: what the label is an answer to.
        label: in whatever case.
        values: the system's values by labels.

    Raises:
        Refused: the system has no such value.
    """
    found = {ours.casefold(): theirs for ours, theirs in values.items()}.get(label.casefold())
    if found is None:
        raise Refused(f"There is no {target} '{label}' there. Known: {', '.join(values)}.")
    return found


def require_taken(asked: Mapping[str, str], now: Mapping[str, str], host: str) -> None:
    """Makes sure that the ticket has what was asked, for systems that answer success and leave fields as they were.

    Raises:
        Refused: it has not; the sentence names the fields.
    """
    if left := sorted(_different(asked, now)):
        raise Refused(f"{host} answered success but left as it was: {', '.join(left)}. Does the account lack a right?")


def as_html(note: str) -> str:
    """A plain note for a system whose notes are HTML."""
    return escape(note).replace("\n", "<br>")


def _different(asked: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    return {name: label for name, label in asked.items() if now.get(name, "").casefold() != label.casefold()}
