"""What an audit may mend without asking: notes of the work, words that tell how a text was made, spellings of labels.

Which label a ticket has, its attributes and what the user has stored are never changed; a ticket that holds nothing of
it is handed on as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from training.audit.agent_notes import cut_notes
from training.audit.finding import Finding, quoted
from training.audit.joined_labels import JoinedLabels
from triage.text import normalise, without_words, words
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["Cleaned", "clean_history"]

WORDS = ("neutral_words_tell_label", "extreme_words")
NOTES = "written_afterwards"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Tickets after cleaning.

    Attributes:
        tickets: in the order given; those that held nothing are the same objects.
        actions: what was done, a sentence each, with counts.
    """

    tickets: tuple[WorkedTicket, ...]
    actions: tuple[str, ...]


def clean_history(
    tickets: Sequence[WorkedTicket],
    findings: Sequence[Finding],
    *,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Cleaned:
    """Take out of the tickets' texts what these findings say can be taken out, and join their labels' spellings.

    A text that something is taken out of is left normalised (lower case, personal data replaced), as every model reads
    it. Cleaning twice is cleaning once. The tickets may be others than those audited, such as those to measure on.

    Args:
        tickets: to be cleaned.
        findings: of an audit; those without `is_cleaned` are passed over.
        on_progress: told the share done, 0 to 1.
    """
    joined = JoinedLabels.of(findings)
    cleaned, actions = _without_texts(tickets, findings, on_progress)
    if joined:
        now = tuple(map(joined.ticket, cleaned))
        actions += tuple(_joined_action(joined, target, cleaned, now) for target in sorted(joined.joins))
        cleaned = now
    return Cleaned(cleaned, actions)


def _without_texts(
    tickets: Sequence[WorkedTicket], findings: Sequence[Finding], on_progress: Callable[[float], None]
) -> tuple[tuple[WorkedTicket, ...], tuple[str, ...]]:
    """The tickets without words and notes, and what was done."""
    gone = frozenset(term for finding in findings if finding.kind in WORDS for term in finding.terms)
    has_notes = any(finding.kind == NOTES for finding in findings)
    if not gone and not has_notes:
        return tuple(tickets), ()
    cleaned: list[WorkedTicket] = []
    n_noted = n_worded = 0
    for i, ticket in enumerate(tickets):
        if i % 1024 == 0:
            on_progress(i / len(tickets))
        unnoted = _changed(ticket.filed, cut_notes) if has_notes else ticket.filed
        filed = _changed(unnoted, lambda text: without_words(text, gone)) if gone else unnoted
        n_noted += unnoted is not ticket.filed
        n_worded += filed is not unnoted
        cleaned.append(ticket if filed is ticket.filed else replace(ticket, filed=filed))
    actions = []
    if has_notes:
        actions.append(f"Notes of the work were cut from {n_noted:,} of {len(tickets):,} tickets.")
    if gone:
        targets = ", ".join(sorted({f.target for f in findings if f.kind in WORDS and f.target}))
        actions.append(
            f"{len(gone):,} words that tell {targets} without saying anything were taken out of {n_worded:,} of "
            f"{len(tickets):,} tickets."
        )
    return tuple(cleaned), tuple(actions)


def _joined_action(
    joined: JoinedLabels, target: str, before: Sequence[WorkedTicket], after: Sequence[WorkedTicket]
) -> str:
    n = sum(one.label(target) != other.label(target) for one, other in zip(before, after, strict=True))
    labels = sorted({*joined.joins[target].values()})
    return (
        f"{len(joined.joins[target]):,} spellings of {target} were joined to {len(labels):,} labels in {n:,} of "
        f"{len(before):,} tickets: {quoted(labels)}. The model answers these."
    )


def _changed(ticket: NewTicket, cut: Callable[[str], str]) -> NewTicket:
    """The ticket with the text after cutting; the same object where no word is gone."""
    subject, body = _settled(ticket.subject), _settled(ticket.body)
    shorter = cut(subject), cut(body)
    if words(shorter[0]) == words(subject) and words(shorter[1]) == words(body):
        return ticket
    return replace(ticket, subject=shorter[0], body=shorter[1])


def _settled(text: str) -> str:
    """The text, normalised until nothing more changes: of two addresses in one word the first pass takes one out."""
    while (again := normalise(text)) != text:
        text = again
    return text
