"""Which answers wait for a person, and whose turn is first: the least certain, most urgent, most at risk, oldest.

A place in the queue is one number that never has to be computed again. Every hour raises all tickets alike, so only the
moment of filing counts, and the queue stays in order by itself.
"""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from triage.prediction import Prediction
from triage.priority import PRIORITY, URGENCY
from triage.risk import TicketRisk, raises_turn

__all__ = ["DOUBLES_AFTER", "rank", "urgency_of", "waiting_for_a_person"]

DOUBLES_AFTER = timedelta(hours=8)
"""A ticket that has waited a working day longer counts twice."""

LEAST_UNCERTAINTY = 0.02
"""Answers surer than this are alike: what is left of their order is urgency and age."""

_USUAL = 2.0
_WEIGHTS = {
    8.0: "critical urgent highest blocker emergency immediate sev1 kritisch dringend notfall sofort critique urgente "
    "critico critica",
    4.0: "high major important hoch wichtig haute eleve elevee alta alto",
    2.0: "medium normal moderate mittel moyenne moyen media medio standard average",
    1.0: "low lowest minor trivial planning niedrig gering basse faible baja bajo bassa basso",
}
_OF_WORD = {word: weight for weight, words in _WEIGHTS.items() for word in words.split()}
_OF_NUMBER = {"0": 8.0, "1": 8.0, "2": 4.0, "3": 2.0, "4": 1.0, "5": 1.0}
_WORD = re.compile(r"[a-z]+\d?")
_NUMBER = re.compile(r"(?<!\d)([0-5])(?!\d)")


def waiting_for_a_person(predictions: Iterable[Prediction], applied: Collection[str] | None = None) -> list[Prediction]:
    """The answers on which a person has the last word.

    Args:
        predictions: about one ticket.
        applied: the targets that are written by themselves to the ticketing system that it came from; every other
            answer waits. None where a program asked, which applies what is sure.
    """
    return [
        answer
        for answer in predictions
        if answer.decision in ("suggest", "abstain", "auto")
        and answer.reason != "human_set"
        and not (answer.decision == "auto" if applied is None else answer.target in applied)
    ]


def rank(
    predictions: Iterable[Prediction],
    waiting: Iterable[Prediction],
    opened_at: datetime,
    risk: TicketRisk | None = None,
) -> float:
    """The place of a ticket: the higher, the sooner is its turn.

    Uncertainty, urgency, risk and age are multiplied; this is the logarithm of the product, to the base of two. Risk is
    bounded (`triage.risk.MOST_WEIGHT`): it moves a ticket no further than eight hours of waiting do.

    Args:
        predictions: about the ticket.
        waiting: those of them on which a person has the last word.
        opened_at: when it was filed, aware.
        risk: what may go wrong with it; None where nobody can tell.
    """
    uncertainty = max((1.0 - answer.confidence for answer in waiting), default=0.0)
    urgency = max(
        (urgency_of(answer.value) for answer in predictions if answer.target in (PRIORITY, URGENCY)), default=_USUAL
    )
    age = opened_at.timestamp() / DOUBLES_AFTER.total_seconds()
    return math.log2(max(uncertainty, LEAST_UNCERTAINTY)) + math.log2(urgency) + math.log2(raises_turn(risk)) - age


@lru_cache(maxsize=256)
def urgency_of(label: str) -> float:
    """What a priority's name says of its urgency: 8, 4, 2 or 1; 2 where it says nothing.

    Words come before numbers, as systems count in both directions: `1 low` is the lowest, `1 - Critical` the highest. A
    number alone is read as ITIL does, 1 first.
    """
    plain = unicodedata.normalize("NFKD", label.casefold())
    words = "".join(each for each in plain if not unicodedata.combining(each))
    named = [_OF_WORD[word] for word in _WORD.findall(words) if word in _OF_WORD]
    if named:
        return named[0]
    number = _NUMBER.search(words)
    return _USUAL if number is None else _OF_NUMBER[number[1]]
