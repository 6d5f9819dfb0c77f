"""Learning what may go wrong: what can be told is told, and what cannot is refused with the reason."""

from dataclasses import replace

import numpy as np
import pytest

from tests.risk_desk import learned_risk, risky_history, without_dates
from training.risk.fit import Cuts, fit_risk
from training.risk.history import risk_history
from training.risk.learn import learn_risk
from training.risk.rates import fact_table
from triage.risk import HOURS


def test_what_can_be_told_is_told_better_than_by_plain_rates() -> None:
    """A desk that knows its categories should gain something by a model."""
    measures = learned_risk().measures

    sla, handed_on = measures.outcomes["sla_missed"], measures.outcomes["handed_on"]

    assert sla.refusal is None
    assert sla.auc is not None
    assert sla.auc > 0.72
    assert sla.calibration_error is not None
    assert sla.calibration_error < 0.07
    assert handed_on.auc is not None
    assert handed_on.baseline_auc is not None
    assert handed_on.auc > handed_on.baseline_auc + 0.15


def test_what_chance_decides_is_refused_and_not_served() -> None:
    """A number that means nothing would still move tickets in the queue."""
    learned = learned_risk()

    assert learned.model is not None
    assert "reopened" not in learned.model.outcomes
    assert "not clearly better than chance" in learned.model.refusals["reopened"]
    assert learned.measures.refusals.keys() == {"reopened"}


def test_the_span_holds_as_many_as_were_asked() -> None:
    """A span that holds half of the tickets is a guess with decimals."""
    hours = learned_risk().measures.hours

    assert hours is not None
    assert hours.refusal is None
    assert hours.covered == pytest.approx(0.8, abs=0.06)
    assert hours.r2_log is not None
    assert hours.r2_log > 0.5


def test_a_history_without_dates_is_parted_in_its_order_and_tells_no_hours() -> None:
    """Nobody can say how long something takes who has seen no clock."""
    learned = learn_risk(without_dates(risky_history()))

    assert learned.measures.hours is None
    assert "in the order of the file" in learned.measures.split
    assert learned.measures.outcomes["sla_missed"].refusal is None
    assert learned.model is not None
    assert "it has no dates" in learned.model.refusals[HOURS]


def test_a_desk_that_has_changed_is_told_so() -> None:
    """Where the SLA was shortened lately, chances of before are wrong however well they rank."""
    history = risky_history()
    chance = np.random.default_rng(3)
    lately = [replace(t, made_sla=t.made_sla and bool(chance.random() < 0.7)) for t in history[2_400:]]

    found = learn_risk(history[:2_400] + lately).measures.outcomes["sla_missed"]

    assert found.refusal is not None
    assert "as the desk has changed" in found.refusal


@pytest.mark.parametrize(
    ("n", "changes", "words"),
    [
        (3_000, {"reassignments": None, "reopens": None, "made_sla": None}, "the history does not say"),
        (3_000, {"made_sla": True}, "50 are needed"),
        (40, {}, "are needed"),
        (3, {}, "are needed"),
        (0, {}, "the history does not say"),
    ],
)
def test_too_little_is_refused_in_words(n: int, changes: dict[str, object], words: str) -> None:
    """A small desk, or one that records nothing, gets a sentence and no crash."""
    history = [replace(ticket, **changes) for ticket in risky_history(n)]  # type: ignore[arg-type]

    learned = learn_risk(history)

    assert words in (learned.measures.outcomes["sla_missed"].refusal or "")


def test_the_same_history_gives_the_same_model() -> None:
    """Two trainings of the same data are compared by their hashes."""
    first, again = learned_risk().model, learn_risk(risky_history()).model

    assert first is not None
    assert again is not None
    assert first.forest.values.tobytes() == again.forest.values.tobytes()
    assert first.outcomes == again.outcomes


def test_what_is_refused_for_being_rare_has_its_ranking_beside_it() -> None:
    """A reader wants to know whether more tickets would help."""
    history = risky_history()
    rare = [replace(t, reopens=int(i % 59 == 0)) for i, t in enumerate(history)]

    found = learn_risk(rare).measures.outcomes["reopened"]

    assert found.refusal is not None
    assert "50 are needed" in found.refusal
    assert found.n_happened == 10
    assert found.auc is not None
    assert found.auc_interval is not None
    assert found.auc_interval[0] < 0.6


def test_the_level_is_that_of_the_trees_that_are_kept() -> None:
    """Calibrated by other trees, a bank's chances were seven points off on average, and all of it was refused."""
    chance = np.random.default_rng(4)
    history = without_dates(risky_history(6_000))
    waves = 0.5 + 0.35 * np.sin(np.arange(6_000) / 400)
    moving = [
        replace(t, made_sla=bool((t.made_sla or chance.random() < 0.3) and chance.random() > wave))
        for t, wave in zip(history, waves, strict=True)
    ]
    known = risk_history(moving)
    cuts = Cuts(4_200.0, 5_000.0)

    found = fit_risk(known, fact_table(known.filed), cuts, ["sla_missed"], has_hours=False, seed=0)

    later = np.flatnonzero(cuts.later(known))
    said = found.chances(found.rows([known.filed[i] for i in later.tolist()]))["sla_missed"]
    assert said.mean() == pytest.approx(known.became["sla_missed"][later].mean(), abs=0.005)
