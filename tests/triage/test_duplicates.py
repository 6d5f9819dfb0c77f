"""How sure it is that a person says something again: what they share, and what tells two complaints apart."""

import numpy as np
import pytest

from tests.builders import make_ticket
from triage.duplicates import Likeness, ReadTicket, confidence_of, likenesses, rarity_in, read
from triage.features import TermView
from triage.ticket import NewTicket

BODY = "The scanner in the warehouse prints torn labels since the roller was replaced, and nobody can ship parcels."


def rare(_term: str) -> float:
    """Every word is rare."""
    return 1.0


def like(new: NewTicket, *earlier: NewTicket) -> Likeness:
    """How much a ticket says the same as the first of some."""
    return likenesses(read(new, rare), [read(each, rare) for each in earlier])[0]


def ticket(**changes: object) -> NewTicket:
    """A ticket of the same person."""
    return make_ticket(**{"subject": "Scanner prints torn labels", "body": BODY} | changes)


def test_the_same_words_are_wholly_alike() -> None:
    """Whoever sends a ticket twice must be seen."""
    found = like(ticket(id="T2"), ticket())

    assert (found.shared, found.union, found.runs, found.has_same_subject) == (
        pytest.approx(1),
        pytest.approx(1),
        1.0,
        True,
    )
    assert confidence_of(found, None) > 0.99


def test_a_forwarded_mail_quotes_the_one_before() -> None:
    """Its own words are two; those of before stand below a mail program's line."""
    mail = (
        f"Sending this to the hotline as well, nobody answers.\n\n-----Original Message-----\nFrom: Ann Lee\n\n{BODY}"
    )

    assert like(ticket(id="T2", subject="FW: Scanner prints torn labels", body=mail), ticket()).quotes > 0.8


@pytest.mark.parametrize("prefix", ["Re: ", "FW: ", "AW: ", "WG: ", "RE: FW: "])
def test_what_mail_programs_put_before_a_subject_does_not_count(prefix: str) -> None:
    """The same subject comes back with every answer."""
    assert like(ticket(id="T2", subject=f"{prefix}Scanner prints torn labels"), ticket()).has_same_subject


def test_a_subject_of_small_words_is_none() -> None:
    """`Help` is the subject of everything."""
    assert not like(ticket(id="T2", subject="Help"), ticket(subject="Help")).has_same_subject


def test_a_number_that_is_named_counts_and_a_part_of_one_does_not() -> None:
    """INC70012 is not INC7001."""
    earlier = ticket(id="INC7001")

    assert like(ticket(id="T2", body="Any news on INC7001?"), earlier).names
    assert not like(ticket(id="T2", body="Any news on INC70012?"), earlier).names


def test_a_short_number_is_not_looked_for() -> None:
    """`Since 9 o'clock` does not name ticket 9."""
    assert not like(ticket(id="T2", body="down since 9 in the morning"), ticket(id="9")).names


def test_another_device_is_another_complaint_however_alike_the_words() -> None:
    """Somebody who orders repairs for a whole floor sends the same sentence ten times."""
    one, other = (
        f"Laptop LT-{number} does not start and beeps three times, please repair." for number in (10234, 55871)
    )
    found = like(ticket(id="T2", subject="Laptop does not start", body=one), ticket(subject="", body=other))

    assert found.codes_differ
    assert confidence_of(found, None) < 0.5


def test_another_order_number_is_another_complaint() -> None:
    """Forms ask for a number, and all else is the same; the model reads every long number as one word."""
    one, other = (f"unable to create delivery for order {number}, material missing" for number in (5018083, 5019296))

    assert like(ticket(id="T2", subject="", body=one), ticket(subject="", body=other)).codes_differ


def test_one_shared_identifier_of_a_form_is_no_difference() -> None:
    """Who names the same error twice and a second one once means the same fault."""
    found = like(ticket(id="T2", body="errors ERR-231 and ERR-977"), ticket(body="error ERR-231"))

    assert (found.n_codes, found.codes_differ) == (1, False)


def test_other_services_speak_against_it() -> None:
    """Nobody sends the same complaint about two services."""
    same = like(ticket(id="T2", attributes={"service": "VPN"}), ticket(attributes={"service": "VPN"}))
    other = like(ticket(id="T2", attributes={"service": "VPN"}), ticket(attributes={"service": "Mail"}))

    assert (same.has_same_service, same.services_differ) == (True, False)
    assert (other.has_same_service, other.services_differ) == (False, True)
    assert confidence_of(other, None) < confidence_of(same, None)


def test_what_stands_in_all_tickets_of_a_person_says_nothing() -> None:
    """A portal wraps every text of everybody into the same form, with the name of who filled it in."""
    form = "name: Brinna Copperpot language: English browser: Firefox department: Logistics telephone: none summary:"
    earlier = [
        ticket(id=f"E{n}", subject="", body=f"{form} {text}")
        for n, text in enumerate(("calendar invitations vanish", "printer leaves stripes", "headset crackles loudly"))
    ]
    new = ticket(id="T2", subject="", body=f"{form} invoice approval hangs")

    alone = likenesses(read(new, rare), [read(earlier[0], rare)])[0]
    among = likenesses(read(new, rare), [read(each, rare) for each in earlier])[0]

    assert confidence_of(among, None) < 0.5 < confidence_of(alone, None)


def test_common_words_weigh_nothing_and_unknown_ones_all() -> None:
    """What every tenth ticket says makes no two of them the same."""
    rarity = rarity_in(TermView(["printer", "seldom"], np.array([2.0, 9.0])))

    assert (rarity("printer"), rarity("seldom"), rarity("unheard")) == (0.0, 1.0, 1.0)


def test_a_text_without_words_says_nothing() -> None:
    """A form that was sent empty must not be the duplicate of every other empty one."""
    empty: ReadTicket = read(ticket(subject="", body=" -- \n .. "), rare)

    assert not empty.says_something
    assert like(ticket(id="T2", subject="", body=""), ticket(subject="", body="")).shared == 0.0


@pytest.mark.parametrize(
    "text", ["\u0000\ud800", "x" * 30_000, "a b " * 9_000, "<p>" * 500, "1 2 3 4", "\u4f60\u597d" * 40]
)
def test_strange_texts_are_read(text: str) -> None:
    """One ticket that nobody foresaw must not stop the others."""
    found = like(ticket(id="T2", subject=text[:200], body=text), ticket(subject=text[:200], body=text))

    assert 0.0 <= confidence_of(found, 0.3) <= 1.0
