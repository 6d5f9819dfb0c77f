"""Why an answer was applied, shown or withheld, in a sentence for the person who decides in its place.

A sentence follows from the answer as it was given and from the rules of the ticketing system that the ticket came from,
so it still says why when the model is another one.
"""

from collections.abc import Mapping
from math import floor
from types import MappingProxyType

from triage.notes import N_TERMS
from triage.policy import NEVER
from triage.prediction import Prediction, TermWeight
from triage.sources import Source
from triage.write_back import held_back

__all__ = ["percent", "speaking_terms", "why"]

_WITHHELD: Mapping[str, str] = MappingProxyType(
    {
        "too_short": "The text is too short for an answer to rest on.",
        "unknown_language": "The text is in a language that the model has hardly seen.",
        "out_of_domain": "The text is of a kind that the model has hardly seen.",
        "inactive_label": "The value is no longer used.",
        "human_set": "A person had set the value already.",
        "mode_off": "The mode of this question is off: the model is not asked.",
        "monitor_only": "The mode of this question is monitor: answers are recorded, and neither shown nor applied.",
    }
)


def why(answer: Prediction, source: Source | None = None, *, has_source: bool = False) -> str:
    """Why an answer was applied by itself, or was not.

    Args:
        answer: as it was given.
        source: the ticketing system that the ticket came from, with the desk's rules.
        has_source: whether it came from one, which may be disconnected by now; then `source` is None.
    """
    if answer.reason in _WITHHELD:
        return _WITHHELD[answer.reason]
    if answer.decision == "auto":
        return _why_applied(answer, source, has_source=has_source or source is not None)
    return f"{_sure(answer)}{_why_shown(answer)}"


def speaking_terms(answer: Prediction) -> tuple[TermWeight, ...]:
    """The few terms that spoke most for an answer, the strongest first; none where it was not explained."""
    speaking = sorted((each for each in answer.explanation if each.weight > 0), key=lambda each: -each.weight)
    return tuple(speaking[:N_TERMS])


def percent(ratio: float) -> str:
    """Rounded down, so that nothing looks surer than it is; the inner rounding undoes what binary fractions add."""
    return str(floor(round(ratio * 100, 6)))


def _why_shown(answer: Prediction) -> str:
    """Why an answer was left to people, as it goes on from how sure the model was."""
    if answer.reason == "above_threshold":
        return ", which is enough, but the mode of this question is suggest."
    if answer.decision == "abstain":
        return ": less than always naming the commonest value would be right."
    if answer.reason == "ambiguous" and len(answer.top) > 1:
        second = answer.top[1]
        return f", and nearly as sure of {second.value} ({percent(second.confidence)} %)."
    if answer.threshold >= NEVER:
        return ", but this value has no proof yet that its answers are right often enough."
    return f": below its threshold of {percent(answer.threshold)} % by {_points(answer)}."


def _why_applied(answer: Prediction, source: Source | None, *, has_source: bool) -> str:
    sure = f"{_sure(answer)}, at or above its threshold of {percent(answer.threshold)} %"
    if not has_source:
        return f"{sure}, so it may be applied by itself."
    if source is None:
        return f"{sure}, but its ticketing system is not connected any more."
    if source.mode != "auto":
        allowed = "only takes notes" if source.mode == "suggest" else "is only watched"
        return f"{sure}, but the source {source.name} {allowed} (its mode is {source.mode})."
    held = held_back(answer, source)
    if held == "never_auto":
        return f"{sure}, but a rule of the source {source.name} never lets {answer.value} be applied (never_auto)."
    if held is not None:
        return f"{sure}, but the source {source.name} cannot be given this field."
    return f"{sure}, so it may be applied by itself, unless a rule of the source {source.name} leaves the ticket alone."


def _sure(answer: Prediction) -> str:
    return f"{percent(answer.confidence)} % sure"


def _points(answer: Prediction) -> str:
    """How much is missing, in points of a percent, rounded up; with a decimal where less than one is."""
    missing = round((answer.threshold - answer.confidence) * 100, 6)
    if missing < 1:
        return f"{max(round(missing, 1), 0.1)} of a point"
    whole = -floor(-missing)
    return "1 point" if whole == 1 else f"{whole} points"
