"""What a ticket does not say."""

from collections.abc import Mapping
from typing import Any

import pytest

from data.details import read_details
from tests.builders import make_ticket
from triage.errors import InvalidInput
from triage.missing import AskedBack, Tally, contexts_of, find_missing, parse_details
from triage.ticket import NewTicket

DETAILS = read_details()
INCIDENT = {"ticket_type": "incident"}
ASKED = AskedBack(
    500,
    {
        "": {"error_message": Tally(500, 200), "since_when": Tally(400, 20), "callback": Tally(500, 150)},
        "ticket_type=incident": {"since_when": Tally(200, 160)},
    },
)


def ticket(body: str, **changes: Any) -> NewTicket:  # noqa: ANN401 - any field
    """A ticket that says this."""
    return make_ticket(**{"subject": "Help", "body": body} | changes)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("the error message says no route", "error_message"),
        ("Fehler 809", "error_message"),
        ("it stops with 0x80070057", "error_message"),
        ("my laptop is slow", "device"),
        ("Seriennummer 4711", "device"),
        ("since this morning", "since_when"),
        ("seit gestern", "since_when"),
        ("all users", "affected"),
        ("12 Kollegen können nicht arbeiten", "affected"),
        ("Windows 11", "version"),
        ("version 4.2", "version"),
        ("in room 12", "location"),
        ("im Büro Hamburg", "location"),
        ("I have already restarted it", "steps"),
        ("habe bereits neu gestartet", "steps"),
        ("after the update", "change"),
        ("reach me at [longnumber]", "callback"),
        ("[longnumber]", "callback"),
        ("screenshot attached", "screenshot"),
        ("user name jdoe", "account"),
        ("write to [emailaddress]", "account"),
        ("Kostenstelle 1200", "order"),
        ("PO 4500012345", "order"),
    ],
)
def test_a_detail_that_is_there_is_seen(body: str, detail: str) -> None:
    """Whoever is asked for what they have written is annoyed, rightly."""
    assert detail in DETAILS.given_in(ticket(body))


@pytest.mark.parametrize("body", ["it is broken", "geht nicht", "there was an error", "please help"])
def test_nothing_is_seen_where_nothing_is(body: str) -> None:
    """That something failed is no error message."""
    assert DETAILS.given_in(ticket(body)) == frozenset()


def test_filed_fields_count() -> None:
    """A form that asked for the location must not have it asked again."""
    assert DETAILS.given_in(ticket("broken", attributes={"Location": "Hamburg", "asset": " "})) == {"location"}


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        ("Could you share the exact error message and since when?", {"error_message", "since_when"}),
        ("Könnten Sie uns bitte die Seriennummer nennen?", {"device"}),
        ("We have read the error messages in the log.", set()),
        ("If the problem persists, please provide any error messages.", set()),
        ("Please let us know a suitable time for a call.", {"callback"}),
    ],
)
def test_questions_of_agents_are_understood(reply: str, asked: set[str]) -> None:
    """What is learned hangs on it: a mention is no question, and one for later is none now."""
    assert DETAILS.asked_in(reply) == asked


def test_the_detail_that_agents_ask_for_most_is_asked_for() -> None:
    """One question, two details at most, the most valuable first."""
    found = find_missing(ticket("it is broken"), DETAILS, INCIDENT, ASKED)

    assert found is not None
    assert [one.name for one in found.details] == ["since_when", "error_message"]
    assert found.question == (
        "Could you tell us since when it has been like this, and what the error message or code says, word for word?"
    )
    assert found.details[0].share == pytest.approx((160 + 20 * 0.05) / 220)
    assert found.details[0].desk_share == pytest.approx(0.05)


def test_what_the_text_says_is_not_asked_for() -> None:
    """Not even where it is asked for most."""
    found = find_missing(ticket("broken since yesterday, error 809"), DETAILS, INCIDENT, ASKED)

    assert found is not None
    assert [one.name for one in found.details] == ["callback"]


def test_nothing_is_asked_where_agents_hardly_ask() -> None:
    """A form that asks for everything is filled in with dots."""
    seldom = AskedBack(500, {"": {"since_when": Tally(500, 50)}})

    assert find_missing(ticket("broken"), DETAILS, INCIDENT, seldom) is None


def test_a_few_tickets_prove_nothing() -> None:
    """Three of three is no habit: the lower bound counts."""
    few = AskedBack(500, {"": {"since_when": Tally(500, 50)}, "ticket_type=incident": {"since_when": Tally(3, 3)}})

    assert find_missing(ticket("broken"), DETAILS, INCIDENT, few) is None


def test_the_question_is_in_the_tickets_language() -> None:
    """Told by the ticket, else by its small words."""
    told = find_missing(ticket("broken", language="de-AT"), DETAILS, {}, ASKED)
    seen = find_missing(ticket("Es ist kaputt und ich kann nicht arbeiten"), DETAILS, {}, ASKED)

    assert told is not None
    assert seen is not None
    assert told.language == seen.language == "de"
    assert told.question.startswith("Können Sie uns noch sagen, wie die Fehlermeldung")


def test_without_a_history_the_usual_list_counts() -> None:
    """A new desk gets a question, too, where nearly nothing is said."""
    bare = find_missing(ticket("it is broken"), DETAILS, INCIDENT)
    full = find_missing(ticket("error 809 on my laptop since yesterday"), DETAILS, INCIDENT)
    unknown = find_missing(ticket("it is broken"), DETAILS, {})

    assert bare is not None
    assert [(one.name, one.share) for one in bare.details] == [("error_message", None), ("device", None)]
    assert full is None
    assert unknown is None


def test_a_desks_own_list_goes_before_the_usual_one() -> None:
    """It knows what its rooms need."""
    own = DETAILS.wanting({"Rooms": ["location"]})

    found = find_missing(ticket("too cold"), own, {**INCIDENT, "category": "Rooms"})

    assert found is not None
    assert [one.name for one in found.details] == ["location"]


def test_where_callers_are_hardly_waited_for_the_usual_list_is_silent() -> None:
    """A desk whose tickets seldom wait has what it needs."""
    waits = AskedBack(
        0, {}, {"": Tally(1000, 300), "ticket_type=incident": Tally(500, 130), "ticket_type=request": Tally(500, 170)}
    )
    hardly = AskedBack(0, {}, {"": Tally(1000, 50)})

    own = DETAILS.wanting({"request": ["location"]})

    assert find_missing(ticket("it is broken"), own, INCIDENT, waits) is None
    assert find_missing(ticket("it is broken"), own, {"ticket_type": "request"}, waits) is not None
    assert find_missing(ticket("it is broken"), own, INCIDENT, hardly) is None


def test_a_machine_is_not_asked() -> None:
    """A monitoring system reads no question."""
    by_channel = ticket("disk is full", channel="monitoring")
    by_text = ticket("disk is full. Do not reply")

    assert find_missing(by_channel, DETAILS, INCIDENT, ASKED) is None
    assert find_missing(by_text, DETAILS, INCIDENT, ASKED) is None


def test_what_may_be_a_device_or_a_code_is_neither_asked_for() -> None:
    """`AB-1234` is one of the two, and nobody knows which."""
    found = find_missing(ticket("AB-1234 is broken"), DETAILS, INCIDENT)

    assert found is not None
    assert [one.name for one in found.details] == ["since_when", "affected"]


@pytest.mark.parametrize("body", ["", "   "])
def test_an_empty_ticket_is_not_asked_about(body: str) -> None:
    """Everything is missing, and one question does not help."""
    assert find_missing(ticket(body, subject=" "), DETAILS, INCIDENT, ASKED) is None


@pytest.mark.parametrize(
    ("values", "contexts"),
    [
        ({}, ("",)),
        ({"ticket_type": "incident"}, ("", "ticket_type=incident")),
        ({"category": "VPN"}, ("", "category=VPN")),
        (
            {"ticket_type": "incident", "category": "VPN", "assignment_group": None},
            ("", "ticket_type=incident", "category=VPN", "ticket_type=incident|category=VPN"),
        ),
    ],
)
def test_contexts_go_from_wide_to_narrow(values: Mapping[str, str | None], contexts: tuple[str, ...]) -> None:
    """Each narrower one corrects the wider."""
    assert contexts_of(values) == contexts


def test_a_detail_that_is_gone_from_the_file_is_passed_over() -> None:
    """A bundle lives longer than a program's list of details."""
    old = AskedBack(500, {"": {"shoe_size": Tally(500, 400)}})

    assert find_missing(ticket("broken"), DETAILS, INCIDENT, old) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = [", "missing.toml"),
        ("[asking]\n[wanted]\n[a]\ngiven=['x']", "question"),
        ("[asking]\n[wanted]\n[a]\nquestion={en='x'}\ngiven=['x']\nasked=['x']", "question in en and de"),
        ("[asking]\n[wanted]\n[a]\nquestion={en='x',de='y'}\ngiven='x'\nasked=['x']", "lists of texts"),
        ("[asking]\n[wanted]\n[a]\nquestion={en='x',de='y'}\ngiven=['x']\nasked=['x']\nmore=1", "'more'"),
        ("[asking]\nen=['x']\n[wanted]\nincident=['b']", "'b'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(text: str, says: str) -> None:
    """Whoever adds a detail learns what is wrong with it."""
    with pytest.raises(InvalidInput, match=says):
        parse_details(text, "missing.toml")
