"""What agents had to ask back for."""

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from data.details import read_details
from tests.builders import make_ticket
from training.asking_back import LEAST_REPLIES, learn_asked_back
from triage.missing import CONTEXT_FIELDS, Tally, find_missing
from triage.ticket import NewTicket, WorkedTicket

DETAILS = read_details()
ASKS = "Thank you. Could you tell us the exact error message?"
ASKS_NOT = "It is done."


def history(n: int, **attributes: str) -> list[WorkedTicket]:
    """Incidents of the VPN, each with these columns."""
    filed = make_ticket(subject="Help", body="it is broken")
    return [
        WorkedTicket(
            filed=replace(filed, id=f"T{i}"), ticket_type="incident", category="VPN", attributes=dict(attributes)
        )
        for i in range(n)
    ]


@pytest.mark.parametrize("column", ["answer", "first_response", "comments"])
def test_questions_in_replies_are_counted_by_context(column: str) -> None:
    """The share of those that did not say it, in each of the ticket's contexts."""
    tickets = [*history(150, **{column: ASKS}), *history(100, **{column: ASKS_NOT})]

    learned = learn_asked_back(tickets, DETAILS)

    assert learned is not None
    assert learned.n_tickets == 250
    for context in ("", "ticket_type=incident", "category=VPN", "ticket_type=incident|category=VPN"):
        assert learned.tallies[context]["error_message"] == Tally(250, 150)
        assert learned.tallies[context]["location"] == Tally(250, 0)


def test_tickets_that_say_it_do_not_count() -> None:
    """That nobody is asked for what is there says nothing of those who left it out."""
    told = [replace(one, filed=replace(one.filed, body="error 809")) for one in history(100, answer=ASKS_NOT)]

    learned = learn_asked_back([*history(150, answer=ASKS), *told], DETAILS)

    assert learned is not None
    assert learned.tallies[""]["error_message"] == Tally(150, 150)


def test_a_narrow_context_needs_enough_tickets() -> None:
    """A category of ten is the desk's."""
    few = [replace(one, category="Fax") for one in history(10, answer=ASKS)]

    learned = learn_asked_back([*history(250, answer=ASKS), *few], DETAILS)

    assert learned is not None
    assert "category=VPN" in learned.tallies
    assert "category=Fax" not in learned.tallies


def test_a_detail_that_nearly_all_say_needs_enough_who_do_not() -> None:
    """Of twenty tickets no share can be told, however many the category has."""
    fax = [replace(one, category="Fax") for one in history(40, answer=ASKS)]
    told = [replace(one, filed=replace(one.filed, body="error 809")) for one in fax[:20]]

    learned = learn_asked_back([*history(250, answer=ASKS), *told, *fax[20:]], DETAILS)

    assert learned is not None
    assert "location" in learned.tallies["category=Fax"]
    assert "error_message" not in learned.tallies["category=Fax"]


@pytest.mark.parametrize(
    "state",
    [
        "Awaiting User Info",
        "Pending customer",
        "waiting for requester",
        "On Hold - Awaiting Caller",
        "Wartet auf Kunde",
        "Rückfrage",
        "wait_for_customer",
    ],
)
def test_tickets_that_waited_for_their_caller_are_counted(state: str) -> None:
    """A desk without replies in its export still says how often it had to wait."""
    tickets = [*history(150, state=state), *history(100, state="Closed")]

    learned = learn_asked_back(tickets, DETAILS)

    assert learned is not None
    assert learned.tallies == {}
    assert learned.pending["category=VPN"] == Tally(250, 150)


@pytest.mark.parametrize("state", ["Closed", "Awaiting Vendor", "pending change", "Awaiting Problem"])
def test_other_states_are_no_questions(state: str) -> None:
    """Who waits for a vendor has asked the caller nothing."""
    assert learn_asked_back(history(250, state=state), DETAILS) is None


def test_real_replies_ask_for_what_was_said_missing(real_data: Path) -> None:
    """Learned from the first part of a desk's mails; in the rest it must be far better than a detail by chance."""
    with gzip.open(real_data / "multilingual_helpdesk.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] in ("en", "de")]
    tickets = [
        WorkedTicket(
            filed=NewTicket(id=str(i), subject=row["subject"], body=row["body"], language=row["language"]),
            ticket_type=row["type"].lower(),
            assignment_group=row["queue"],
            attributes={"answer": row["answer"]},
        )
        for i, row in enumerate(rows)
    ]
    cut = len(tickets) * 7 // 10

    learned = learn_asked_back(tickets[:cut], DETAILS)

    n_said, n_right, by_chance = 0, 0, 0.0
    for ticket in tickets[cut:]:
        values = {name: ticket.label(name) for name in CONTEXT_FIELDS}
        if (found := find_missing(ticket.filed, DETAILS, values, learned)) is not None:
            asked = DETAILS.asked_in(ticket.attributes["answer"])
            lacking = {detail.name for detail in DETAILS.all} - DETAILS.given_in(ticket.filed)
            n_said += len(found.details)
            n_right += sum(one.name in asked for one in found.details)
            by_chance += len(found.details) * len(asked & lacking) / len(lacking)
    assert n_said > 500
    assert n_right > 3 * by_chance


def test_too_few_replies_teach_nothing() -> None:
    """A pilot of a week must not shape the forms."""
    assert learn_asked_back(history(LEAST_REPLIES - 1, answer=ASKS), DETAILS) is None
    assert learn_asked_back(history(LEAST_REPLIES, answer=ASKS), DETAILS) is not None
    assert learn_asked_back(history(LEAST_REPLIES - 1, state="Pending customer"), DETAILS) is None


def test_a_history_without_either_teaches_nothing() -> None:
    """Most exports have neither, and the model is as before."""
    assert learn_asked_back(history(250), DETAILS) is None
    assert learn_asked_back(history(250, answer=ASKS_NOT), DETAILS) is None
