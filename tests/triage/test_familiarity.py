"""Which tickets a model may speak about: the rules by table, the floors on desks."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from data.samples.desk import generate_desk
from tests.builders import make_parameters, make_ticket
from training.features.rows import learn_reader
from triage.familiarity import FEWEST_WORDS, UNFAMILIAR_RATIO, Familiarity, Floors, WordCounts
from triage.features import TermView
from triage.prediction import Reason
from triage.ticket import NewTicket

EVERYDAY = [f"e{i}x" for i in range(20)]
KNOWN = [f"k{i}x" for i in range(20)]
STRANGE = [f"s{i}x" for i in range(20)]

MAILS = {
    "fr": "Bonjour, je ne peux plus ouvrir ma session depuis ce matin, le mot de passe est toujours refusé. Merci",
    "es": "Hola, no puedo entrar en mi correo desde esta mañana y la contraseña no funciona, por favor ayuda",
    "pl": "Dzień dobry, od dzisiaj rano nie mogę się zalogować do systemu, proszę o pilną pomoc, hasło nie działa",
}
OTHER_THINGS = (
    "Whisk the eggs with sugar, fold in the flour and bake the cake for half an hour until it is golden and crisp",
    "Dear friend, I am the widow of a late general and have the honour to propose a transfer of eleven million dollars",
)


VIEW = TermView([*EVERYDAY, *KNOWN, "e0x e1x", "channel=email"], np.repeat([1.0, 5.0, 1.0], [20, 20, 2]))
"""Twenty everyday words, twenty other known words, a pair and a fact."""


def said(n_everyday: int, n_known: int, n_strange: int) -> NewTicket:
    """A ticket of so many different words of each kind."""
    words = [*EVERYDAY[:n_everyday], *KNOWN[:n_known], *STRANGE[:n_strange]]
    return make_ticket(subject="", body=" ".join(words), channel=None)


@pytest.mark.parametrize(
    ("n_everyday", "n_known", "n_strange", "reason"),
    [
        (0, 0, 0, "too_short"),
        (0, 0, 7, "too_short"),  # no term at all, and too few words to say why
        (0, 0, 8, "unknown_language"),
        (1, 0, 6, None),  # seven words have no language
        (2, 2, 4, "out_of_domain"),  # a quarter is everyday: the language is known
        (1, 2, 5, "unknown_language"),  # an eighth is
        (2, 3, 3, None),  # half of the rest is known: at the floor is not below it
        (2, 2, 3, None),  # seven words again
        (0, 4, 4, None),  # nothing everyday, but what it says is known
        (8, 0, 0, None),  # nothing but everyday words
        (7, 0, 1, "out_of_domain"),
    ],
)
def test_each_rule_holds_at_its_edge(n_everyday: int, n_known: int, n_strange: int, reason: Reason | None) -> None:
    """With floors of a quarter and a half: one word more or less, and the ticket is a person's to read."""
    familiarity = Familiarity(VIEW, Floors(common_idf=2.0, common_ratio=0.25, content_ratio=0.5))

    assert familiarity.abstention_reasons(VIEW.rows([said(n_everyday, n_known, n_strange)])) == [reason]


def test_different_words_are_counted_and_nothing_else() -> None:
    """A word said ten times is one word; pairs and facts tell nothing of a language."""
    familiarity = Familiarity(VIEW, Floors(common_idf=2.0, common_ratio=0.25, content_ratio=0.5))
    ticket = make_ticket(subject="e0x e1x " * 5, body="k0x s0x s0x s1x", channel="email")

    counts = familiarity.counts(VIEW.rows([ticket]))

    assert (counts.n_common, counts.n_known, counts.n_unknown) == (2, 1, 2)


@pytest.mark.parametrize(
    ("n_words", "common", "content"),
    [((0, 0, 0), 0.0, 1 / 2), ((3, 0, 0), 1.0, 1 / 2), ((1, 1, 2), 0.25, 2 / 5), ((0, 0, 4), 0.0, 1 / 6)],
)
def test_shares_are_those_of_the_words(n_words: tuple[int, int, int], common: float, content: float) -> None:
    """No words are no evidence against a ticket, one unknown word is little, and nothing is divided by zero."""
    counts = WordCounts(*(np.array([n]) for n in n_words))

    assert counts.common_ratio == common
    assert counts.content_ratio == pytest.approx(content)


# Floors as they are learned, on a desk that writes English and German.


@pytest.fixture(scope="module")
def desk() -> list[NewTicket]:
    """Four thousand tickets as filed, shuffled; one in six is German."""
    tickets = [ticket.filed for ticket in generate_desk(n_tickets=4000, n_customers=300, seed=1).tickets]
    return [tickets[i] for i in np.random.default_rng(0).permutation(len(tickets))]


def abstentions(learned_from: Sequence[NewTicket], asked: Sequence[NewTicket]) -> Counter[Reason | None]:
    """How often a desk that learned from the one gives each reason against the other."""
    reader, _ = learn_reader(learned_from, make_parameters(), meanings=None)
    return Counter(reader.familiarity.abstention_reasons(reader.view.rows(asked)))


def in_language(tickets: Sequence[NewTicket], language: str) -> list[NewTicket]:
    """Those of them."""
    return [ticket for ticket in tickets if ticket.language == language]


def mail(text: str) -> NewTicket:
    """A ticket that says this and nothing else."""
    return make_ticket(subject="", body=text, channel=None)


def test_a_desk_s_own_tickets_are_withheld_as_seldom_as_was_set(desk: list[NewTicket]) -> None:
    """Measured on the tickets that floors come from it holds by itself; on new ones it must hold as well."""
    found = abstentions(desk[:2000], desk[2000:])

    withheld = 1 - found[None] / found.total()
    assert 0.2 * UNFAMILIAR_RATIO < withheld < 2 * UNFAMILIAR_RATIO


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_desk_of_two_languages_is_at_home_in_both(desk: list[NewTicket], language: str) -> None:
    """The smaller one must not be what the floors cut off."""
    found = abstentions(desk[:2000], in_language(desk[2000:], language))

    assert found[None] / found.total() > 0.98


def test_a_language_that_the_desk_never_saw_is_said_to_be_one(desk: list[NewTicket]) -> None:
    """Nobody learned from it, so a confident answer would rest on names and numbers."""
    found = abstentions(in_language(desk[:2000], "en"), in_language(desk[2000:], "de"))

    assert found["unknown_language"] / found.total() > 0.9


def test_one_language_more_is_unknown_to_a_desk_of_two(desk: list[NewTicket]) -> None:
    """Two languages known are no reason to answer a third."""
    found = abstentions(desk[:2000], [mail(text) for text in MAILS.values()])

    assert found == {"unknown_language": len(MAILS)}


def test_the_desk_s_language_about_other_things_is_out_of_domain(desk: list[NewTicket]) -> None:
    """Spam and recipes are written in English too."""
    found = abstentions(desk[:2000], [mail(text) for text in OTHER_THINGS])

    assert found == {"out_of_domain": len(OTHER_THINGS)}


def test_a_few_words_are_left_to_the_confidence(desk: list[NewTicket]) -> None:
    """Half of all tickets of some desks are "vpn kaputt"; one strange word in two is no foreign language."""
    found = abstentions(desk[:2000], [mail("vpn xqzt"), mail("printer qqqq wwww zzzz xxxx kkkk jjjj")])

    assert found == {None: 2}


def test_short_tickets_about_a_name_do_not_open_the_door_to_every_language() -> None:
    """One in a hundred says "please call Zelda": its one telling word is new, and the share of known ones is none."""
    chance = np.random.default_rng(0)
    everyday, things = [f"every{c}day" for c in "abcdefghijkl"], [f"thing{i}" for i in range(100)]
    desk = [
        mail(
            " ".join([*chance.permutation(everyday)[:8], *([f"name{i}"] if i % 100 == 0 else chance.choice(things, 6))])
        )
        for i in range(1000)
    ]

    found = abstentions(desk, [mail("thing7 " + text) for text in MAILS.values()])

    assert found == {"unknown_language": len(MAILS)}


def test_a_ticket_s_own_words_do_not_count_for_it() -> None:
    """A device that two tickets name is known to a desk that learned from them, and new in the next ticket."""
    chance = np.random.default_rng(0)
    everyday, things = [f"every{c}day" for c in "abcdefghijkl"], [f"thing{i}" for i in range(40)]

    def about(device: str) -> NewTicket:
        return mail(" ".join([*chance.permutation(everyday)[:8], *chance.choice(things, 2, replace=False), device]))

    found = abstentions([about(f"device{i // 2}x") for i in range(800)], [about(f"new{i}x") for i in range(50)])

    assert found == {None: 50}


@pytest.mark.parametrize("content", [0.5, 2 / 3, 0.9])
def test_a_ticket_without_one_unknown_word_is_at_home(content: float) -> None:
    """Nothing speaks against it, however high the floor is that a desk of wordy tickets gets (two thirds are usual)."""
    familiarity = Familiarity(VIEW, Floors(common_idf=2.0, common_ratio=0.25, content_ratio=content))

    found = familiarity.abstention_reasons(VIEW.rows([said(*words, 0) for words in ((10, 0), (10, 1), (0, 10))]))

    assert found == [None] * 3


def test_a_desk_of_short_tickets_has_no_floors() -> None:
    """Nothing was measured, so nothing is withheld but what has no known word at all."""
    found = abstentions([mail(f"printer jam {i % 5}") for i in range(50)], [mail("printer " + MAILS["fr"]), mail("x9")])

    assert found == {None: 1, "too_short": 1}


def test_eight_different_words_are_the_fewest() -> None:
    """The tables above lean on it."""
    assert FEWEST_WORDS == 8
