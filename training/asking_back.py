"""What a desk's agents had to ask back for, learned from the first replies and from tickets that waited for the caller.

A further column that holds replies or such states is a name in `REPLIES` or `STATES`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from triage.missing import CONTEXT_FIELDS, AskedBack, Details, Tally, contexts_of
from triage.ticket import WorkedTicket

__all__ = ["LEAST_REPLIES", "LEAST_TICKETS", "learn_asked_back"]

REPLIES = (
    *("answer", "first_reply", "first_response", "first_answer", "reply", "response", "agent_reply"),
    *("additional_comments", "comments", "comment"),
)
"""Columns of an export that hold what agents wrote back; the first one that a ticket has counts."""

STATES = (
    *("state", "status", "incident_state", "ticket_status", "hold_reason", "on_hold_reason", "pending_reason"),
    *("states", "state_history", "status_history"),
)
"""Columns that say in which state a ticket is or was."""

_WAITS = re.compile(
    r"await\w{0,12} (?:user|caller|customer|requester|client)|(?:pending|waiting|wait)\W+(?:for\W+|on\W+)?"
    r"(?:user|caller|customer|requester|client|reporter)"
    r"|more info\w{0,12}|user info|need\w{0,12} info\w{0,12}|info\w{0,12} (?:needed|requested)"
    r"|warte[nt]? auf (?:kunde|anwender|benutzer|melder|antwort)|rückfrage|rueckfrage"
)

LEAST_REPLIES = 200
"""Replies, or tickets whose states are known, from which anything is learned."""

LEAST_TICKETS = 30
"""Of a narrower context: fewer say nothing that the whole desk does not say better."""

MOST_CONTEXTS = 500
"""Those that are kept, the commonest ones."""


def learn_asked_back(tickets: Sequence[WorkedTicket], details: Details) -> AskedBack | None:
    """What agents asked back for; None where the history has neither replies nor states that tell.

    Args:
        tickets: the history, redacted as tickets are when they are asked about.
        details: that there are.
    """
    contexts = [contexts_of({name: ticket.label(name) for name in CONTEXT_FIELDS}) for ticket in tickets]
    kept = _commonest(contexts)
    n, asked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    n_replies = 0
    for ticket, own in zip(tickets, contexts, strict=True):
        if (reply := _first_of(ticket.attributes, REPLIES)) is None:
            continue
        n_replies += 1
        wants, given = details.asked_in(reply), details.given_in(ticket.filed)
        for detail in details.all:
            if detail.name not in given:
                keys = [(context, detail.name) for context in own if context in kept]
                n.update(keys)
                if detail.name in wants:
                    asked.update(keys)
    pending = _pending(tickets, contexts, kept)
    if n_replies < LEAST_REPLIES or not asked:
        return AskedBack(0, {}, pending) if pending else None
    tallies: dict[str, dict[str, Tally]] = {}
    for (context, detail_name), count in sorted(n.items()):
        if not context or count >= LEAST_TICKETS:
            tallies.setdefault(context, {})[detail_name] = Tally(count, asked[context, detail_name])
    return AskedBack(n_replies, tallies, pending)


def _commonest(contexts: Iterable[Sequence[str]]) -> frozenset[str]:
    counted = Counter(context for own in contexts for context in own)
    return frozenset(context for context, count in counted.most_common(MOST_CONTEXTS) if count >= LEAST_TICKETS) | {""}


def _pending(
    tickets: Sequence[WorkedTicket], contexts: Sequence[Sequence[str]], kept: frozenset[str]
) -> dict[str, Tally]:
    """How many tickets waited for their caller, where at least one did and the states of enough are known."""
    n, waited, n_known = Counter[str](), Counter[str](), 0
    for ticket, own in zip(tickets, contexts, strict=True):
        states = [value for name in STATES if (value := ticket.attributes.get(name))]
        if not states:
            continue
        n_known += 1
        known = [context for context in own if context in kept]
        n.update(known)
        if _WAITS.search(" ".join(states).lower().replace("_", " ")):
            waited.update(known)
    if n_known < LEAST_REPLIES or not waited[""]:
        return {}
    return {context: Tally(n[context], waited[context]) for context in sorted(n) if n[context] >= LEAST_TICKETS}


def _first_of(attributes: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := attributes.get(name))), None)
