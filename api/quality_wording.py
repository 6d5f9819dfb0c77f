"""What the figures of quality and drift say in plain sentences, for pages and programs alike."""

from api.drift import DriftReport
from api.quality import NamedPace, QualityReport
from triage.drift import DriftVerdict
from triage.quality import Automatic, PrecisionVerdict, Tally

__all__ = [
    "DRIFT_WORDS",
    "blind_sentence",
    "drift_sentence",
    "hasty_sentence",
    "percent",
    "sampled_sentence",
    "shown_name",
    "silence_sentence",
    "verdict_sentences",
    "words_sentence",
]

DRIFT_WORDS: dict[DriftVerdict, str] = {
    "too_few": "too few to tell",
    "none": "no change worth a look",
    "look": "worth a look",
    "act": "act",
}
"""What a verdict on drift is called."""

_OF_PRECISION: dict[PrecisionVerdict, str] = {
    "unasked": "",
    "too_few": "So few tell little yet: more decisions will.",
    "below": "That is less than was asked: raise the threshold at Models, or train the model again.",
    "unproved": "That may be as much as was asked, or less: more decisions will tell.",
    "kept": "That is as much as was asked.",
}

_NUMBERS = {4: "four", 12: "twelve"}


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{100 * share:.1f} %"


def shown_name(target: str) -> str:
    """A question as people say it."""
    return target.replace("_", " ")


def interval(tally: Tally) -> str:
    """The share, with what chance alone leaves open."""
    share = tally.share
    return f"{percent(share.share)} (95 % interval {100 * share.low:.1f} to {100 * share.high:.1f})"


def verdict_sentences(report: QualityReport) -> list[str]:
    """What the report comes down to; empty where nobody has decided on anything."""
    quality, span = report.quality, f"in the last {_NUMBERS.get(report.weeks, report.weeks)} weeks"
    if quality is None or not (quality.agreement.n or quality.automatic.touched.n):
        return []
    automatic, agreement = quality.automatic, quality.agreement
    if not automatic.touched.n:
        applied = "Nothing was applied by itself" if not automatic.n else "Nobody looked at what was applied by itself"
        left = f"Of {agreement.n:,} suggestions that people decided on {span}, {interval(agreement)}"
        return [f"{left} were left as they were.", f"{applied} {span}."]
    what = "automatic routings" if report.target == "assignment_group" else "automatic answers"
    asked = "" if automatic.asked is None else f"; {100 * automatic.asked:g} % was asked"
    first = (
        f"Of {automatic.touched.n:,} {what} that people looked at {span}, {interval(automatic.touched)} stood{asked}."
    )
    return [sentence for sentence in (first, _OF_PRECISION[automatic.verdict]) if sentence]


def silence_sentence(automatic: Automatic) -> str | None:
    """What is not known of automatic answers; None where there were none."""
    if automatic.lowest is None or automatic.highest is None:
        return None
    return (
        f"Of about {automatic.n:,} that were applied, nobody touched {automatic.n - automatic.n_touched:,}. Silence is "
        f"no evidence: of all that were applied, {percent(automatic.lowest)} are right if no silent one is, and "
        f"{percent(automatic.highest)} if every one is."
    )


def blind_sentence(blind: Tally) -> str:
    """The honest figure, or how to come by one."""
    if not blind.n:
        return (
            "No ticket of the blind sample was decided in this time. A share of what ticketing systems send is kept "
            "for it (blind_share in triage.toml), and people decide those tickets without seeing a suggestion."
        )
    return (
        f"Of {blind.n:,} tickets of the blind sample, people decided {interval(blind)} as the model had. They saw "
        "no suggestion, so none has coloured the decision: this is the honest figure."
    )


def hasty_sentence(named: NamedPace) -> str:
    """A sign of automation bias, said so that it can be talked about."""
    pace = named.pace
    return (
        f"{named.name} accepted {pace.accepted.n_hits:,} of {pace.accepted.n:,} suggestions, and half of them within "
        f"{pace.median_seconds:.1f} seconds. That is faster than a ticket can be read; ask whether the suggestions are "
        "so good, or the time so short."
    )


def sampled_sentence(report: QualityReport) -> str | None:
    """Where not everything was read, that it was not."""
    quality = report.quality
    if quality is None:
        return None
    n = quality.agreement.n + quality.blind.n
    parts = []
    if quality.n_judged > n:
        parts.append(f"{n:,} of about {quality.n_judged:,} decisions")
    if quality.n_answered > quality.coverage.n:
        parts.append(f"{quality.coverage.n:,} of about {quality.n_answered:,} answers")
    return f"Drawn evenly: {' and '.join(parts)}." if parts else None


def drift_sentence(report: DriftReport) -> str:
    """What the report comes down to, and what it asks people to do."""
    compared = f"The {report.n:,} tickets of the last {report.days} days"
    if report.verdict == "too_few":
        return f"{compared} are too few to tell whether anything has changed since model {report.version} was learned."
    if report.verdict == "none":
        return f"{compared} are like those that model {report.version} was learned from. Nothing is to be done."
    changed = [
        f"{what} of {shown_name(each.target)}"
        for each in report.targets
        for what, found in (("the answers", each.labels), ("the confidences", each.confidences))
        if found.verdict == report.verdict
    ]
    if report.words is not None and report.words.verdict == report.verdict:
        changed.append("the words")
    listed = ", ".join(changed)
    if report.verdict == "look":
        return (
            f"{compared} differ somewhat from the training: {listed}. Look at the tables below before you train again."
        )
    advice = "Retrain: triage models retrain --from-store learns from what people have decided since."
    return f"{compared} are unlike the training: {listed}. {advice}"


def words_sentence(report: DriftReport) -> str | None:
    """What the texts say; None where none were read."""
    words = report.words
    if words is None:
        return None
    return (
        f"Of {words.n:,} tickets that were read, {percent(words.unknown_ratio)} of the different words in a ticket are "
        f"unknown to the model on average. {words.unfamiliar.n_hits:,} of {words.unfamiliar.n:,} that were long enough "
        "to be judged are of a kind that it does not know; in the training it was 1 in 200."
    )
