"""Texts: complete phrases, slips of the keyboard, and nothing that was only known afterwards."""

from random import Random

import pytest

from data.samples.catalogue import load_catalogue
from data.samples.desk import Desk
from data.samples.phrases import LANGUAGES, load_phrasebook, parse_phrase
from data.samples.typos import mistype, slip_once


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_service_has_its_phrases(language: str) -> None:
    """A service that was added to one file only would stop the generator at a random ticket."""
    book = load_phrasebook(language)

    for service in load_catalogue().services:
        said = book.services[service.name]
        assert said.things
        assert said.broken
        assert said.wanted
        assert said.clues
        if language == "en":
            assert said.fixes
            assert bool(said.alerts) == service.monitored


def test_a_phrase_is_parted_at_its_slots() -> None:
    """Filling follows this form; text after the last slot must not be lost."""
    assert parse_phrase("error {code} on {device} again") == ("error ", (("code", " on "), ("device", " again")))
    assert parse_phrase("no slot") == ("no slot", ())


def test_no_slot_stays_empty(desk: Desk) -> None:
    """A ticket that says `{thing}` is no believable one."""
    assert not [t.filed.id for t in desk.tickets if "{" in t.filed.subject + t.filed.body]


def test_every_ticket_has_a_subject_and_a_body(desk: Desk) -> None:
    """Very short tickets exist, empty ones do not."""
    lengths = sorted(len(ticket.filed.body) for ticket in desk.tickets)

    assert all(ticket.filed.subject.strip() and ticket.filed.body.strip() for ticket in desk.tickets)
    assert lengths[len(lengths) // 50] < 25
    assert lengths[len(lengths) // 2] > 120


def test_the_resolution_is_not_told_beforehand(desk: Desk) -> None:
    """Text written after the fact is the most common leak of real exports; the sample must have none."""
    fixes = {fix.head for said in load_phrasebook("en").services.values() for fix in said.fixes}

    leaking = [t.filed.id for t in desk.tickets if any(fix in t.filed.body for fix in fixes)]

    assert leaking == []


def test_a_slip_changes_letters_and_leaves_numbers() -> None:
    """An error code with a typo would be another error."""
    rng = Random(5)  # noqa: S311  # chance, not secrecy

    slipped = [slip_once(rng, "code 0815") for _ in range(50)]

    assert all(text.endswith(" 0815") for text in slipped)
    assert len(set(slipped)) > 3


@pytest.mark.parametrize("text", ["", "?", "4711", "a b"])
def test_a_text_without_room_for_a_slip_stays(text: str) -> None:
    """Very short tickets must not break the generator."""
    assert slip_once(Random(1), text) == text  # noqa: S311  # chance, not secrecy


def test_who_never_mistypes_writes_as_meant() -> None:
    """The ratio means what it says at its lower edge."""
    assert mistype(Random(1), "the printer is on fire", 0.0) == "the printer is on fire"  # noqa: S311  # chance
