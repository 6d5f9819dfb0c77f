"""What a model answers about one ticket: ranked labels, a decision with its reason, and the terms that spoke for it."""

from typing import Literal, NamedTuple

__all__ = ["Decision", "LabelConfidence", "Mode", "Prediction", "Reason", "TermWeight"]

Mode = Literal["off", "monitor", "suggest", "auto"]
"""What a desk lets a target's answers do: nothing, be recorded, be shown, be applied."""

Decision = Literal["auto", "suggest", "abstain", "skipped", "error"]
"""What happens with an answer: applied, shown to a person, withheld, not asked for, failed."""

Reason = Literal[
    "above_threshold",
    "below_threshold",
    "ambiguous",
    "too_short",
    "unknown_language",
    "out_of_domain",
    "inactive_label",
    "human_set",
    "mode_off",
    "monitor_only",
]
"""Why a decision is what it is; every decision carries one."""


class LabelConfidence(NamedTuple):
    """A label and how sure the model is of it, 0 to 1."""

    value: str
    confidence: float


class TermWeight(NamedTuple):
    """A term of the ticket and what it added to the winning label's score; negative where it spoke against it."""

    term: str
    weight: float


class Prediction(NamedTuple):
    """The answer to one target's question about one ticket.

    `top` is never empty and sorted by falling confidence; `value` and `confidence` are its first entry.
    """

    target: str
    value: str
    confidence: float
    threshold: float
    decision: Decision
    reason: Reason
    top: tuple[LabelConfidence, ...]
    explanation: tuple[TermWeight, ...] = ()
