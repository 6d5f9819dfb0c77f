"""What happens with an answer, and for which reason."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from triage.prediction import Decision, Mode, Reason

__all__ = ["NEVER", "decide", "is_confident"]


NEVER = 1.0
"""The threshold of a target whose answers have not proved the precision asked for. Nothing reaches it, not even a
confidence that rounding has made 1."""


@overload
def is_confident(confidence: float, threshold: float) -> bool: ...
@overload
def is_confident(confidence: NDArray[np.float64], threshold: float | NDArray[np.float64]) -> NDArray[np.bool_]: ...
def is_confident(
    confidence: float | NDArray[np.float64], threshold: float | NDArray[np.float64]
) -> bool | NDArray[np.bool_]:
    """Whether an answer, or each of many, lies at or above a threshold that was proved; each may have its own."""
    return (confidence >= threshold) & (threshold < NEVER)


def decide(confidence: float, threshold: float, mode: Mode, *, has_evidence: bool) -> tuple[Decision, Reason]:
    """What happens with an answer of this confidence.

    A desk's word comes first (`off`, `monitor`), then what the ticket allows: one without a single known term tells
    nothing, whatever its confidence. At or above its threshold an answer is applied where the mode is `auto`;
    everything else is shown to a person, who sees by the reason how far to trust it.
    """
    if mode == "off":
        return "skipped", "mode_off"
    if mode == "monitor":
        return "skipped", "monitor_only"
    if not has_evidence:
        return "abstain", "too_short"
    if not is_confident(confidence, threshold):
        return "suggest", "below_threshold"
    return ("auto" if mode == "auto" else "suggest"), "above_threshold"
