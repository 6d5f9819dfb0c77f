"""A forecast held against what came."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from data.exports.files import read_tickets
from data.exports.preset import load_preset
from tests.builders import MONDAY, make_calls, make_ticket, make_worked
from training.customers.forecast_evaluation import ForecastMeasures, evaluate_forecast, last_cut
from training.customers.history import CustomerHistory, customer_history
from triage.errors import UnusableTraining

CUT = MONDAY + timedelta(days=150)


@pytest.fixture(scope="module")
def history() -> CustomerHistory:
    """Some call every few days, most hardly ever."""
    return make_calls()


@pytest.fixture(scope="module")
def found(history: CustomerHistory) -> ForecastMeasures:
    """A fortnight after the hundred and fiftieth day."""
    return evaluate_forecast(history, CUT, horizon_days=14, n_contacts=3)


def test_what_is_measured_is_who_called_so_often_after_the_cut(
    history: CustomerHistory, found: ForecastMeasures
) -> None:
    """Counted from the contacts themselves."""
    end = CUT + timedelta(days=14)
    after = {who: sum(CUT < moment <= end for moment in made) for who, made in history.moments.items()}
    before = {who: sum(CUT - timedelta(days=30) < m <= CUT for m in made) for who, made in history.moments.items()}

    assert (found.happened.size, found.n_positives) == (60, sum(n >= 3 for n in after.values()))
    assert found.counts.tolist() == [before[who] for who in history.contacts]
    assert found.happened.tolist() == [after[who] >= 3 for who in history.contacts]


def test_the_forecast_and_the_count_are_measured_alike(found: ForecastMeasures) -> None:
    """The figure beside it is what makes one mean something."""
    for name, scores in (("forecast", found.probabilities), ("count", found.counts)):
        value, (low, high) = found.average_precision[name]
        assert value == pytest.approx(average_precision_score(found.happened, scores))
        assert low < value < high or value == high == 1
    ratio, (low, high) = found.gain
    assert ratio == pytest.approx(found.average_precision["forecast"][0] / found.average_precision["count"][0])
    assert low <= ratio <= high


def test_the_document_is_as_promised(found: ForecastMeasures) -> None:
    """Names are a contract, and a document holds nothing that JSON cannot."""
    document = found.as_dict()

    promised = {"cut", "horizon_days", "customers", "positives", "average_precision"}
    assert {*promised, "baseline_average_precision", "lift_at_5_percent"} <= set(document)
    assert (document["cut"], document["horizon_days"], document["n_contacts"]) == (CUT.isoformat(), 14, 3)
    assert document["base_rate"] == pytest.approx(document["positives"] / document["customers"])
    assert document["lift_at_5_percent"] * 0.05 * document["positives"] <= 3
    assert document["flagged"] == 3
    assert 0 < document["flagged_positives"] <= 3


def test_what_came_changes_nothing_that_was_learned(history: CustomerHistory, found: ForecastMeasures) -> None:
    """Measured on days that the forecast has seen, it would shine."""
    ended = evaluate_forecast(history.until(CUT + timedelta(days=14)), CUT, horizon_days=14, n_contacts=3)

    assert ended.learned == found.learned
    assert (ended.probabilities == found.probabilities).all()


def test_who_writes_for_many_and_who_was_unknown_are_told_apart(history: CustomerHistory) -> None:
    """Nobody can rank who has never called, and nobody calls a machine back."""
    robot = [
        make_worked(filed=make_ticket(customer_id="robot", channel="monitoring", opened_at=CUT - timedelta(days=day)))
        for day in range(1, 99)
    ]
    unknown_flyer = [
        make_worked(filed=make_ticket(customer_id="new", opened_at=CUT + timedelta(days=day))) for day in (1, 2, 3)
    ]
    more = customer_history([*robot, *unknown_flyer], CUT + timedelta(days=30))
    all_of_them = replace(
        history, contacts={**history.contacts, **more.contacts}, moments={**history.moments, **more.moments}
    )

    measured = evaluate_forecast(all_of_them, CUT, horizon_days=14, n_contacts=3)

    assert (measured.happened.size, measured.n_left_out, measured.n_unknown_flyers) == (60, 1, 1)


def test_the_last_cut_leaves_the_whole_horizon(history: CustomerHistory) -> None:
    """From a midnight on, so that it can be typed."""
    cut = last_cut(history, 30)

    assert (cut.hour, cut.minute) == (0, 0)
    assert timedelta(days=30) <= history.last - cut < timedelta(days=31)
    evaluate_forecast(history, cut, horizon_days=30, n_contacts=5)


@pytest.mark.parametrize(
    ("days", "horizon_days", "n_contacts", "said"),
    [
        (195, 14, 3, r"The history ends on 2026-09-1.; 14 days after 2026-09-13 are not over by then\. The last cut"),
        (-5, 14, 3, "No customer had contacted the desk by 2026-02-25"),
        (10, 14, 3, "too short to learn"),
        (150, 14, 40, "Only 0 customers made 40 contacts"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_reason(
    history: CustomerHistory, days: int, horizon_days: int, n_contacts: int, said: str
) -> None:
    """With the day that would have done, where there is one."""
    with pytest.raises(UnusableTraining, match=said):
        evaluate_forecast(history, MONDAY + timedelta(days=days), horizon_days=horizon_days, n_contacts=n_contacts)


def test_where_nobody_called_so_often_after_the_cut_there_is_nothing_to_measure() -> None:
    """A figure of nothing would be zero or one, and both wrong."""
    history = make_calls(n_days=120)
    late = customer_history(
        [make_worked(filed=make_ticket(customer_id="seldom20", opened_at=MONDAY + timedelta(days=160)))],
        MONDAY + timedelta(days=170),
    )
    quiet = replace(history, last=late.last)

    with pytest.raises(UnusableTraining, match="None of 60 customers made 3 contacts or more in the 14 days after"):
        evaluate_forecast(quiet, MONDAY + timedelta(days=125), horizon_days=14, n_contacts=3)


def test_a_real_log_is_forecast_better_than_by_counting(real_data: Path) -> None:
    """What works on generated desks alone works nowhere; the bound lies below what is reached."""
    tickets, _ = read_tickets(real_data / "servicenow_incident_log.csv.gz", load_preset("servicenow-log"))
    history = customer_history(tickets, max(t.filed.opened_at for t in tickets if t.filed.opened_at))

    found = evaluate_forecast(history, last_cut(history, 14), horizon_days=14, n_contacts=3)

    assert found.gain[0] > 1.05
    assert np.isfinite(found.probabilities).all()
