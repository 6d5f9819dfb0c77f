"""What happens with an answer, and for which reason."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from triage.prediction import Decision, Mode, Reason

__all__ = ["AMBIGUOUS_MARGIN", "NEVER", "decide", "is_confident"]


NEVER = 1.0
"""The threshold of a label whose answers have not proved the precision asked for. Nothing reaches it, not even a
confidence that rounding has made 1."""

AMBIGUOUS_MARGIN = 0.1
"""Two answers this close are a choice for a person; the tenth of a probability is what calibration can tell apart."""


@overload
def is_confident(confidence: float, threshold: float) -> bool: ...
@overload
def is_confident(confidence: NDArray[np.float64], threshold: float | NDArray[np.float64]) -> NDArray[np.bool_]: ...
def is_confident(
    confidence: float | NDArray[np.float64], threshold: float | NDArray[np.float64]
) -> bool | NDArray[np.bool_]:
    """Whether an answer, or each of many, lies at or above a threshold that was proved."""
    return (confidence >= threshold) & (threshold < NEVER)


def decide(
    confidence: float, runner_up: float, threshold: float, mode: Mode, abstention: Reason | None = None
) -> tuple[Decision, Reason]:
    """What happens with an answer.

    A desk's word comes first (`off`, `monitor`), then what hinders any answer about this ticket, then what the label
    has proved: one that has not shown the precision asked for is withheld. At or above its threshold an answer is
    applied where the mode is `auto`; what remains is shown to a person, with the reason to doubt it.

    Args:
        confidence: of the first answer, 0 to 1.
        runner_up: of the second.
        threshold: of the first answer's label.
        mode: what the desk allows.
        abstention: why an answer about this ticket would rest on nothing.
    """
    if mode == "off":
        return "skipped", "mode_off"
    if mode == "monitor":
        return "skipped", "monitor_only"
    if abstention is not None:
        return "abstain", abstention
    if is_confident(confidence, threshold):
        return ("auto" if mode == "auto" else "suggest"), "above_threshold"
    if threshold >= NEVER:
        return "abstain", "below_threshold"
    return "suggest", "ambiguous" if confidence - runner_up < AMBIGUOUS_MARGIN else "below_threshold"
