"""What a new ticket belongs to: shown where it is sure, and silent where it is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_ticket
from triage.links import (
    AFTER_SURGE,
    FEWEST_IN_SURGE,
    MOST_OF_A_PERSON,
    MOST_SHOWN,
    OPEN_FOR,
    PROBLEM_LASTS,
    RECENT,
    ConfirmedProblem,
    EarlierTicket,
    FoundLink,
    OpenSurge,
    duplicates_of,
    note_of_end,
    problems_of,
    surges_of,
    told_ago,
)
from triage.problems.recognition import Centre
from triage.ticket import NewTicket

HOUR = timedelta(hours=1)
BODY = "The scanner in the warehouse prints torn labels since the roller was replaced, and nobody can ship parcels."


def rare(_term: str) -> float:
    """Every word is rare."""
    return 1.0


def ticket(**changes: object) -> NewTicket:
    """A ticket of the same person."""
    return make_ticket(**{"id": "T2", "subject": "Scanner prints torn labels", "body": BODY} | changes)


def earlier(ago: timedelta = HOUR, **changes: object) -> EarlierTicket:
    """The same, filed before."""
    said = {name: changes.pop(name) for name in ("group", "settled_at", "similarity") if name in changes}
    return EarlierTicket(ticket=ticket(**{"id": "INC7001", "opened_at": MONDAY - ago} | changes), **said)


def found(*before: EarlierTicket, new: NewTicket | None = None) -> list[FoundLink]:
    """The duplicates of a ticket of now."""
    return duplicates_of(new or ticket(), before, rare, MONDAY)


def test_a_ticket_that_was_sent_before_is_found_with_where_and_when() -> None:
    """Two teams would work on the same complaint, and neither would know."""
    (link,) = found(earlier(group="Network"))

    assert (link.kind, link.other, link.name) == ("duplicate", "INC7001", "INC7001")
    assert link.confidence > 0.95
    assert link.reason == (
        "It says the same as INC7001, which the same person sent to Network an hour ago (still open)."
    )


def test_a_number_is_shown_as_it_came() -> None:
    """People search for what they know."""
    (link,) = found(earlier(id_as_filed="INC-7,001"))

    assert link.name == "INC-7,001"
    assert "INC-7,001" in link.reason


def test_another_complaint_of_the_same_person_is_not_linked() -> None:
    """They would get the answer to a question that they did not ask."""
    other = earlier(subject="Calendar invitations vanish", body="Whenever my colleague moves a meeting it disappears.")

    assert found(other) == []


@pytest.mark.parametrize(
    ("ago", "is_open", "is_found"),
    [
        (RECENT, False, True),
        (RECENT + HOUR, False, False),
        (RECENT + HOUR, True, True),
        (OPEN_FOR, True, True),
        (OPEN_FOR + HOUR, True, False),
    ],
)
def test_what_is_closed_is_looked_at_for_a_week_and_what_is_open_for_a_month(
    ago: timedelta, is_open: bool, is_found: bool
) -> None:
    """Later the same words are the same trouble once more, which is no duplicate."""
    before = earlier(ago, settled_at=None if is_open else MONDAY - ago + HOUR)

    assert bool(found(before)) is is_found


def test_a_later_ticket_and_the_ticket_itself_are_no_duplicates() -> None:
    """A page that is opened tomorrow knows tickets that were filed since."""
    assert found(earlier(-HOUR)) == []
    assert found(earlier(id="T2")) == []


def test_tickets_without_words_are_duplicates_of_nothing() -> None:
    """A desk system compared nothing with nothing and warned of duplicates at every new ticket."""
    assert found(earlier(subject="", body=""), new=ticket(subject="", body="")) == []


def test_machines_are_left_to_surges() -> None:
    """A monitoring account says the same thing all day, each time of another moment."""
    assert found(earlier(), new=ticket(channel="monitoring")) == []
    assert found(earlier(channel="monitoring")) == []


def test_an_account_that_many_use_is_nobody() -> None:
    """Of a shared mailbox nobody knows who wrote what."""
    others = [
        earlier(id=f"INC{n:05d}", subject="", body=f"zebra{n} quagga{n} okapi{n}") for n in range(MOST_OF_A_PERSON)
    ]

    assert len(found(earlier(), *others[1:])) == 1
    assert found(earlier(), *others) == []


def test_no_more_are_shown_than_anybody_reads() -> None:
    """Who sends the same five times is linked to two of them."""
    assert len(found(*(earlier(id=f"INC{n:05d}") for n in range(3)))) == MOST_SHOWN


def test_a_surge_of_the_same_service_with_shared_words_is_found() -> None:
    """Whoever takes the fiftieth call of an outage must not begin to look for its cause."""
    new = make_ticket(subject="tunnel drops", body="vpn tunnel gone", attributes={"service": "VPN"})
    (link,) = surges_of(new, [surge()], MONDAY)

    assert (link.kind, link.other, link.name) == ("surge", "4", "VPN: tunnel, gateway")
    assert link.confidence > 0.95
    assert link.reason == (
        "It says 'tunnel' and is about VPN as the surge 'VPN: tunnel, gateway', which began an hour ago "
        "(24 tickets so far)."
    )


def test_a_person_who_has_said_so_makes_it_a_major_incident() -> None:
    """The word tells agents whom to ask."""
    new = make_ticket(subject="tunnel drops", attributes={"service": "VPN"})

    assert "the major incident" in surges_of(new, [surge(is_major=True)], MONDAY)[0].reason


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subject": "invoice lost", "body": ""}, "no word is shared"),
        ({"attributes": {"service": "Mail"}}, "it is about another service"),
        ({"attributes": {}, "body": "tunnel"}, "it names no service, and one word may be chance"),
        ({"opened_at": MONDAY - 3 * HOUR}, "it was filed before"),
        ({"opened_at": MONDAY + AFTER_SURGE + HOUR}, "the surge is long over"),
        ({"channel": "monitoring"}, "machines have surges of their own"),
    ],
)
def test_what_is_not_surely_part_of_a_surge_is_not_said(changes: dict[str, object], why: str) -> None:
    """Whoever asks for something else during an outage still wants an answer."""
    new = make_ticket(**{"subject": "tunnel drops", "body": "", "attributes": {"service": "VPN"}} | changes)

    assert surges_of(new, [surge()], MONDAY) == [], why


def test_a_surge_that_is_hardly_one_is_not_believed() -> None:
    """Of few tickets too many are the usual ones; where a person has said what it is, they are not."""
    new = make_ticket(subject="tunnel drops", attributes={"service": "VPN"})

    assert surges_of(new, [surge(n_observed=24, n_expected=20.0)], MONDAY) == []
    assert surges_of(new, [surge(n_observed=FEWEST_IN_SURGE - 1)], MONDAY) == []
    assert surges_of(new, [surge(n_observed=FEWEST_IN_SURGE - 1, is_major=True)], MONDAY) != []


def surge(**changes: object) -> OpenSurge:
    """The VPN is down since an hour."""
    usual: dict[str, object] = {
        "id": 4,
        "name": "VPN: tunnel, gateway",
        "service": "VPN",
        "started_at": MONDAY - HOUR,
        "last_at": MONDAY,
        "words": ("tunnel", "gateway", "timeout", "reconnect"),
        "n_observed": 24,
        "n_expected": 0.5,
    }
    return OpenSurge(**usual | changes)  # type: ignore[arg-type]


def test_a_known_problem_is_told_with_its_state() -> None:
    """A known error has a workaround, and agents want to know that there is one."""
    (link,) = problems_of(TUNNEL, [problem()], MONDAY)

    assert (link.kind, link.other, link.name) == ("problem", "9", "VPN: split tunnel")
    assert link.reason == (
        "It is like the 31 tickets of VPN: split tunnel (a known error), the last of which came 3 hours ago."
    )


@pytest.mark.parametrize(
    ("ticket_changes", "changes", "why"),
    [
        ({}, {"last_seen_at": MONDAY - PROBLEM_LASTS - HOUR}, "it has not been seen for a month"),
        ({}, {"service": "Mail"}, "it is about another service"),
        ({"body": "split"}, {}, "one word is no sign"),
        ({"channel": "monitoring"}, {}, "a machine wrote it"),
        ({}, {"centre": Centre({"split": 3.0, "tunnel": 3.0}, threshold=3.0)}, "it is hardly beyond what is asked"),
    ],
)
def test_what_is_not_surely_of_a_problem_is_not_said(
    ticket_changes: dict[str, object], changes: dict[str, object], why: str
) -> None:
    """Its workaround would be tried for nothing."""
    assert problems_of(replace(TUNNEL, **ticket_changes), [problem(**changes)], MONDAY) == [], why


TUNNEL = make_ticket(subject="", body="split tunnel again", attributes={"service": "VPN"})


def problem(**changes: object) -> ConfirmedProblem:
    """A known error of the VPN."""
    usual: dict[str, object] = {
        "id": 9,
        "name": "VPN: split tunnel",
        "state": "known_error",
        "service": "VPN",
        "centre": Centre({"split": 5.0, "tunnel": 5.0}, threshold=3.0),
        "n_tickets": 31,
        "last_seen_at": MONDAY - 3 * HOUR,
    }
    return ConfirmedProblem(**usual | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-5, "a moment ago"),
        (0, "a moment ago"),
        (2, "2 minutes ago"),
        (59, "59 minutes ago"),
        (60, "an hour ago"),
        (120, "2 hours ago"),
        (24 * 60, "a day ago"),
        (49 * 60, "2 days ago"),
    ],
)
def test_how_long_ago_is_said_as_people_say_it(minutes: int, said: str) -> None:
    """`67 minutes` is read twice."""
    assert told_ago(MONDAY - timedelta(minutes=minutes), MONDAY) == said


def test_the_note_says_how_the_other_was_solved() -> None:
    """The agent can answer from the note alone."""
    assert note_of_end("duplicate", "INC7", "Roller changed.") == (
        "The ticket it duplicates, INC7, was closed: Roller changed. You can answer and close this one."
    )
    assert note_of_end("surge", "VPN: tunnel", None) == (
        "The incident it is part of, VPN: tunnel, is over. You can answer and close this one."
    )
    assert note_of_end("problem", "VPN: tunnel", "") == (
        "The problem behind it, VPN: tunnel, was resolved. You can answer and close this one."
    )


def test_a_resolution_can_write_nothing_but_words() -> None:
    """A system would take tags and mentions of it for its own, and a book is no note."""
    note = note_of_end("duplicate", "INC7", "<script>x</script> @channel triage:0123456789abcdef " + "y" * 1_000)

    assert not set("<>@[]") & set(note)
    assert "triage:" not in note
    assert len(note) < 500
