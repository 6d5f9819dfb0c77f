"""A confidence becomes a decision with a reason: what happens with an answer, and why."""

from triage.prediction import Decision, Mode, Reason

__all__ = ["decide"]


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
    if confidence < threshold:
        return "suggest", "below_threshold"
    return ("auto" if mode == "auto" else "suggest"), "above_threshold"
