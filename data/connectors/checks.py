"""What every connector checks of its system, in the order in which a person would."""

import secrets
from collections.abc import Callable, Iterable
from typing import TypeVar

import httpx

from data.connectors.connector import Change, Finding, Peer
from data.connectors.errors import PeerError

__all__ = ["run_checks"]

_Answer = TypeVar("_Answer")

NOTE = "triage checks whether it may leave a note here. Nothing else was changed."


def run_checks(
    connector: Peer,
    client: httpx.Client,
    *,
    account: Callable[[], str | None],
    newest: Callable[[], str | None],
    reference: str | None,
    may_write: bool,
    more: Callable[[str], Iterable[Finding]] = lambda _: (),
) -> list[Finding]:
    """Reaches the system, reads a ticket, lists groups, and writes a note where that is allowed.

    Args:
        connector: whose system it is.
        client: to ask it with.
        account: who the system takes us for.
        newest: the reference of any ticket.
        reference: of a ticket that the desk named; None for any.
        may_write: whether a note may be left on it.
        more: what only this system can tell of a ticket.
    """
    findings: list[Finding] = []

    def attempt(what: str, ask: Callable[[], _Answer], said: Callable[[_Answer], str]) -> _Answer | None:
        try:
            answer = ask()
        except PeerError as error:
            findings.append(Finding(False, f"{what}: {error}"))
            return None
        findings.append(Finding(True, said(answer)))
        return answer

    attempt("Cannot sign in", account, lambda who: f"Signed in as {who or 'an account that may not see its own name'}.")
    if not findings[0].passed:
        return findings
    named = reference or attempt("Cannot list tickets", newest, lambda found: f"Found {'a' if found else 'no'} ticket.")
    if named is not None:
        read = attempt("Cannot read a ticket", lambda: connector.fetch(client, named), lambda _: "Can read a ticket.")
        findings += _told(lambda: more(named)) if read is not None else ()
    attempt(
        "Cannot list groups",
        lambda: connector.labels(client, "assignment_group"),
        lambda found: "The system does not list groups." if found is None else f"Can list {len(found)} groups.",
    )
    if may_write:
        findings.append(_written(connector, client, reference))
    return findings


def _told(more: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(more())
    except PeerError as error:
        return [Finding(False, f"Cannot see what the account may do: {error}")]


def _written(connector: Peer, client: httpx.Client, reference: str | None) -> Finding:
    """Only a ticket that somebody named is written to."""
    if reference is None:
        return Finding(False, "Nothing was written, as no ticket was named to leave a note on.")
    try:
        connector.write(client, reference, Change(note=NOTE, mark=f"triage:{secrets.token_hex(8)}"))
    except PeerError as error:
        return Finding(False, f"Cannot leave a note: {error}")
    return Finding(True, "Left a note that customers do not see.")
