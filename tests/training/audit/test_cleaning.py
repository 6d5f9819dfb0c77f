"""What `--clean` takes out."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_ticket, make_worked
from training.audit.cleaning import clean_history
from training.audit.finding import Finding
from triage.text import normalise, words


def finding(kind: str, *terms: str) -> Finding:
    """A finding as the audit makes it."""
    return Finding(
        kind=kind, severity="warning", sentence="", advice="", target="ticket_type", terms=terms, is_cleaned=True
    )


WORDS = finding("neutral_words_tell_label", "hello", "12", "emailaddress", "the")
NOTES = finding("written_afterwards", "issue resolved")


def test_words_are_taken_out_of_subject_and_body() -> None:
    """As the model reads them: in any case, and placeholders for what was personal."""
    ticket = make_worked(filed=make_ticket(subject="HELLO the VPN", body="mail ann@example.org at 12 today"))

    (cleaned,) = clean_history([ticket], [WORDS]).tickets

    assert words(cleaned.filed.subject) == ["vpn"]
    assert words(cleaned.filed.body) == ["mail", "at", "today"]


def test_labels_and_all_else_stay() -> None:
    """Cleaning that changed a label would be forging the history."""
    ticket = make_worked(filed=make_ticket(body="hello the printer", attributes={"the": "hello"}), priority="the")

    (cleaned,) = clean_history([ticket], [WORDS]).tickets

    assert replace(cleaned, filed=ticket.filed) == ticket
    assert replace(cleaned.filed, body=ticket.filed.body, subject=ticket.filed.subject) == ticket.filed


def test_a_ticket_that_holds_nothing_of_it_is_the_same() -> None:
    """Not even its capitals are touched."""
    ticket = make_worked(filed=make_ticket(subject="VPN Down", body="No Tunnel."))

    assert clean_history([ticket], [WORDS, NOTES]).tickets[0] is ticket


def test_what_was_done_is_said_with_counts() -> None:
    """The manifest keeps it."""
    tickets = [
        make_worked(filed=make_ticket(body=body))
        for body in ("hello vpn", "fixed it.\nissue resolved.", "nothing here")
    ]

    assert clean_history(tickets, [WORDS, NOTES]).actions == (
        "Notes of the work were cut from 1 of 3 tickets.",
        "4 words that tell ticket_type without saying anything were taken out of 1 of 3 tickets.",
    )


def test_findings_that_no_rule_can_mend_change_nothing() -> None:
    """Conflicting labels are for people to settle."""
    tickets = [make_worked()]

    cleaned = clean_history(tickets, [replace(finding("conflicting_labels", "hello"), is_cleaned=False)])

    assert cleaned.tickets == tuple(tickets)
    assert cleaned.actions == ()


def test_neighbours_of_a_word_do_not_become_one_number() -> None:
    """123 the 4567 is no telephone number, and must not turn into one by cleaning."""
    (cleaned,) = clean_history([make_worked(filed=make_ticket(body="123 the 4567"))], [WORDS]).tickets

    assert words(normalise(cleaned.filed.body)) == ["123", "4567"]


@given(
    st.lists(
        st.sampled_from(
            [
                "hello",
                "The",
                "12",
                "345",
                "6789",
                "issue resolved",
                "-",
                ".",
                "\n",
                " ",
                " ",
                "a@b.org",
                "vpn",
                "İ",
                "+",
            ]
        ),
        max_size=14,
    )
)
def test_cleaning_twice_is_cleaning_once(parts: list[str]) -> None:
    """A cleaned history that is audited and cleaned again must stay what was learned from."""
    tickets = [make_worked(filed=make_ticket(subject="".join(parts[:4]), body="".join(parts[4:])))]

    once = clean_history(tickets, [WORDS, NOTES]).tickets

    assert clean_history(once, [WORDS, NOTES]).tickets == once


@given(st.text(max_size=60))
def test_nothing_that_was_to_go_is_left(text: str) -> None:
    """Whatever somebody writes around it."""
    tickets = [make_worked(filed=make_ticket(subject="", body=f"hello {text} the 12"))]

    (cleaned,) = clean_history(tickets, [WORDS]).tickets

    assert not {"hello", "the", "12"} & set(words(normalise(cleaned.filed.body)))
