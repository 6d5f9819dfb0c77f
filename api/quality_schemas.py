"""What goes over the wire about the quality of answers, and about drift; see `api/schemas.py`."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.drift import DriftReport, TargetDrift
from api.quality import NamedPace, QualityReport
from api.quality_wording import (
    blind_sentence,
    drift_sentence,
    hasty_sentence,
    silence_sentence,
    verdict_sentences,
    words_sentence,
)
from triage.drift import DriftVerdict, Stability
from triage.quality import Automatic, PrecisionVerdict, Tally

__all__ = ["DriftAnswer", "QualityAnswer", "drift_answer", "quality_answer"]

_N_DIGITS = 6


class ShareAnswer(BaseModel):
    """So many of so many, with the 95 % interval of Wilson."""

    hits: int
    n: int
    share: float | None = Field(description="0 to 1; null where n is 0.")
    low: float | None
    high: float | None


class AutomaticAnswer(BaseModel):
    """What became of the answers that were applied by themselves."""

    stood: ShareAnswer = Field(description="Those that stood, of those that a person decided on in this time.")
    n: int = Field(description="How many were applied in this time, silent ones among them; counted up from a sample.")
    touched: int = Field(description="Those of them that a person decided on.")
    changed: int = Field(description="Those of them that a person changed.")
    lowest: float | None = Field(description="The share of right ones if every silent one is wrong.")
    highest: float | None = Field(description="The share of right ones if every silent one is right.")
    asked: float | None = Field(description="How often they are to be right, as the desk has set it.")
    verdict: PrecisionVerdict = Field(
        description="`kept`: surely as often as asked. `below`: surely less often. `unproved`: too near to tell. "
        "`too_few`: fewer than 20. `unasked`: nothing was asked."
    )


class WeekAnswer(BaseModel):
    """One week."""

    week: date = Field(description="Its Monday, in UTC.")
    agreement: ShareAnswer
    automatic: ShareAnswer
    blind: ShareAnswer
    coverage: ShareAnswer


class GroupAnswer(BaseModel):
    """Tickets for which one group was suggested."""

    group: str
    agreement: ShareAnswer
    automatic: ShareAnswer
    coverage: ShareAnswer


class ReviewerAnswer(BaseModel):
    """How somebody reviews, whatever the question. In the order of names; fewer than 20 reviews are not judged."""

    name: str
    reviews: int
    accepted: ShareAnswer = Field(description="Of those where something was suggested.")
    median_seconds: float | None = Field(description="Null where nobody measured it.")
    note: str | None = Field(description="A sentence where nearly everything is accepted faster than it can be read.")


class QualityAnswer(BaseModel):
    """How good the answers to one question have been, by what people made of them."""

    target: str | None = Field(description="The question; null where nothing was ever asked.")
    targets: list[str] = Field(description="All that can be asked for.")
    since: datetime
    until: datetime
    verdict: list[str] = Field(description="What it comes down to, in sentences; empty without a decision.")
    agreement: ShareAnswer = Field(description="Answers that people saw and left as they were, of those decided on.")
    automatic: AutomaticAnswer
    blind: ShareAnswer = Field(description="Right ones among those that people decided without seeing them.")
    coverage: ShareAnswer = Field(description="Answers applied by themselves, of a sample of all.")
    decisions: int = Field(description="How many decisions the figures are drawn from.")
    answers: int = Field(description="How many tickets were answered; counted up from a sample.")
    notes: list[str]
    weeks: list[WeekAnswer]
    groups: list[GroupAnswer]
    reviewers: list[ReviewerAnswer] | None = Field(
        description="Null for callers who may neither review nor administer."
    )


class CellAnswer(BaseModel):
    """One label, or confidences from one to another."""

    name: str
    training: float = Field(description="Share in the training.")
    now: float = Field(description="Share of late.")


class StabilityAnswer(BaseModel):
    """How far one distribution lies from that of the training."""

    index: float | None = Field(description="The population stability index; null where there is too little.")
    by_chance: float | None = Field(description="What sampling alone exceeds once in twenty times at these numbers.")
    n: int
    n_training: int
    verdict: DriftVerdict
    cells: list[CellAnswer]


class TargetDriftAnswer(BaseModel):
    """One question."""

    target: str
    verdict: DriftVerdict
    labels: StabilityAnswer
    confidences: StabilityAnswer


class RisenWordAnswer(BaseModel):
    """A word that more tickets hold than in the training."""

    word: str
    tickets: int
    share: float
    share_in_training: float | None = Field(description="Null for a word that the model does not know.")


class WordsAnswer(BaseModel):
    """What the texts say."""

    n: int
    unknown_ratio: float = Field(description="The share of unknown words in a ticket, on average.")
    unfamiliar: ShareAnswer = Field(description="Tickets of a kind that the model does not know.")
    verdict: DriftVerdict
    risen: list[RisenWordAnswer]


class DriftAnswer(BaseModel):
    """The tickets of late beside those that the model was learned from."""

    model_version: str
    trained_at: datetime
    days: int
    n: int = Field(description="Tickets that are compared, drawn evenly.")
    verdict: DriftVerdict
    sentence: str
    targets: list[TargetDriftAnswer]
    words: WordsAnswer | None
    notes: list[str]


def quality_answer(report: QualityReport) -> QualityAnswer:
    """The report as it is told."""
    quality = report.quality
    nothing = Tally(0, 0)
    automatic = Automatic(nothing, 0, 0, 0, None) if quality is None else quality.automatic
    blind = nothing if quality is None else quality.blind
    return QualityAnswer(
        target=report.target,
        targets=list(report.targets),
        since=report.since,
        until=report.until,
        verdict=verdict_sentences(report),
        agreement=_share(nothing if quality is None else quality.agreement),
        automatic=AutomaticAnswer(
            stood=_share(automatic.touched),
            n=automatic.n,
            touched=automatic.n_touched,
            changed=automatic.n_changed,
            lowest=automatic.lowest,
            highest=automatic.highest,
            asked=automatic.asked,
            verdict=automatic.verdict,
        ),
        blind=_share(blind),
        coverage=_share(nothing if quality is None else quality.coverage),
        decisions=0 if quality is None else quality.n_judged,
        answers=0 if quality is None else quality.n_answered,
        notes=[sentence for sentence in (silence_sentence(automatic), blind_sentence(blind)) if sentence],
        weeks=[
            WeekAnswer(
                week=each.week,
                agreement=_share(each.agreement),
                automatic=_share(each.automatic),
                blind=_share(each.blind),
                coverage=_share(each.coverage),
            )
            for each in (() if quality is None else quality.weeks)
        ],
        groups=[
            GroupAnswer(
                group=each.group,
                agreement=_share(each.agreement),
                automatic=_share(each.automatic),
                coverage=_share(each.coverage),
            )
            for each in (() if quality is None else quality.groups)
        ],
        reviewers=None if report.paces is None else [_reviewer(each) for each in report.paces],
    )


def drift_answer(report: DriftReport) -> DriftAnswer:
    """The report as it is told."""
    words = report.words
    said = words_sentence(report)
    return DriftAnswer(
        model_version=report.version,
        trained_at=report.trained_at,
        days=report.days,
        n=report.n,
        verdict=report.verdict,
        sentence=drift_sentence(report),
        targets=[_target(each) for each in report.targets],
        words=None
        if words is None
        else WordsAnswer(
            n=words.n,
            unknown_ratio=round(words.unknown_ratio, _N_DIGITS),
            unfamiliar=_share(words.unfamiliar),
            verdict=words.verdict,
            risen=[
                RisenWordAnswer(word=each.word, tickets=each.n, share=each.share, share_in_training=each.share_before)
                for each in words.risen
            ],
        ),
        notes=[] if said is None else [said],
    )


def _share(tally: Tally) -> ShareAnswer:
    found = tally.share
    figures = (found.share, found.low, found.high) if tally.n else (None, None, None)
    share, low, high = (None if figure is None else round(figure, _N_DIGITS) for figure in figures)
    return ShareAnswer(hits=tally.n_hits, n=tally.n, share=share, low=low, high=high)


def _reviewer(named: NamedPace) -> ReviewerAnswer:
    pace = named.pace
    return ReviewerAnswer(
        name=named.name,
        reviews=pace.n,
        accepted=_share(pace.accepted),
        median_seconds=pace.median_seconds,
        note=hasty_sentence(named) if pace.is_hasty else None,
    )


def _target(found: TargetDrift) -> TargetDriftAnswer:
    return TargetDriftAnswer(
        target=found.target,
        verdict=found.verdict,
        labels=_stability(found.labels),
        confidences=_stability(found.confidences),
    )


def _stability(found: Stability) -> StabilityAnswer:
    return StabilityAnswer(
        index=None if found.index is None else round(found.index, _N_DIGITS),
        by_chance=None if found.by_chance is None else round(found.by_chance, _N_DIGITS),
        n=found.n,
        n_training=found.n_reference,
        verdict=found.verdict,
        cells=[CellAnswer(name=name, training=was, now=now) for name, was, now in found.cells],
    )
