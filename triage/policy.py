"""What happens with an answer, and for which reason."""

from collections.abc import Mapping, Sequence
from typing import get_args, overload

import numpy as np
from numpy.typing import NDArray

from triage.prediction import Decision, Mode, Reason

__all__ = ["AMBIGUOUS_MARGIN", "DECISIONS", "NEVER", "REASONS", "decide", "is_confident"]

DECISIONS: tuple[Decision, ...] = get_args(Decision)
REASONS: tuple[Reason, ...] = get_args(Reason)
_AUTO, _SUGGEST, _ABSTAIN, _SKIPPED = map(DECISIONS.index, ("auto", "suggest", "abstain", "skipped"))
_ABOVE, _BELOW, _AMBIGUOUS = map(REASONS.index, ("above_threshold", "below_threshold", "ambiguous"))
_SILENT: Mapping[Mode, int] = {"off": REASONS.index("mode_off"), "monitor": REASONS.index("monitor_only")}

NEVER = 1.0
"""The threshold of a label whose answers are never applied by themselves. Nothing reaches it, not even a confidence
that rounding has made 1."""

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
    sure: NDArray[np.float64],
    runner_up: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    *,
    modes: Sequence[Mode],
    suggest_from: Sequence[float],
    abstentions: Sequence[Reason | None],
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """What happens with the answers to some questions about n tickets, and why: places in `DECISIONS` and `REASONS`.

    A desk's word comes first (`off`, `monitor`), then what hinders any answer about a ticket, then its confidence. At
    or above its threshold an answer is applied where the mode is `auto`. Below the desk's floor it is withheld. What
    remains is shown to a person, with the reason to doubt it.

    Args:
        sure: confidences of the first answers, 0 to 1, shape (n, n_questions).
        runner_up: of the second ones.
        thresholds: of the first answers' labels.
        modes: for each question what the desk allows.
        suggest_from: for each question the floor below which an answer is no help, 0 to 1.
        abstentions: for each ticket why an answer about it would rest on nothing.
    """
    proved = is_confident(sure, thresholds)
    is_low = sure < np.asarray(suggest_from)
    unproved = np.where(is_low, _ABSTAIN, _SUGGEST)
    decisions = np.where(proved, [_AUTO if mode == "auto" else _SUGGEST for mode in modes], unproved)
    is_close = (sure - runner_up < AMBIGUOUS_MARGIN) & ~is_low
    reasons = np.where(proved, _ABOVE, np.where(is_close, _AMBIGUOUS, _BELOW))
    for i, abstention in enumerate(abstentions):
        if abstention is not None:
            decisions[i], reasons[i] = _ABSTAIN, REASONS.index(abstention)
    for question, mode in enumerate(modes):
        if mode in _SILENT:
            decisions[:, question], reasons[:, question] = _SKIPPED, _SILENT[mode]
    return decisions.astype(np.int8), reasons.astype(np.int8)
