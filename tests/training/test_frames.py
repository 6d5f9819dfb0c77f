"""A frame of tickets becomes a frame of answers."""

import pickle
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from data.exports.frames import filed_frame
from data.exports.ticket_columns import TicketColumns
from models.policies import TargetPolicy
from tests.builders import MONDAY, make_history, make_model, make_ticket, make_worked
from training.experiment import Experiment
from training.frames import BundleScorer, score_frame, tickets_of
from triage.errors import InvalidInput
from triage.targets import Target
from triage.ticket import NewTicket


def frame_of(*tickets: NewTicket) -> pd.DataFrame:
    """The tickets as an export's chunk would bring them."""
    return filed_frame(TicketColumns.of([make_worked(filed=ticket) for ticket in tickets]))


def test_answers_are_those_of_the_model(experiment: Experiment) -> None:
    """A file, a notebook and the service must not disagree about one ticket."""
    tickets = [ticket.filed for ticket in make_history(40)]

    found = score_frame(experiment.scorer, frame_of(*tickets))

    answers = experiment.scorer.score(tickets, top_n=1)
    assert found["ticket_id"].tolist() == [ticket.id for ticket in tickets]
    assert found["subject"].tolist() == [ticket.subject for ticket in tickets]
    for i, target in enumerate(experiment.scorer.targets):
        assert found[target].tolist() == [each[i].value for each in answers]
        for part in ("confidence", "threshold", "decision", "reason"):
            assert found[f"{target}_{part}"].tolist() == [getattr(each[i], part) for each in answers], part


def test_answers_stand_beside_their_rows(experiment: Experiment) -> None:
    """In a notebook they are joined to what was asked by the index."""
    frame = frame_of(make_ticket(id="b"), make_ticket(id="a")).set_axis([70, 7])

    found = score_frame(experiment.scorer, frame)

    assert found.index.tolist() == [70, 7]
    assert found["ticket_id"].tolist() == ["b", "a"]


def test_what_comes_again_and_again_is_a_category(experiment: Experiment) -> None:
    """Every label could be any of the target's; as texts a million answers take ten times the memory."""
    found = score_frame(experiment.scorer, frame_of(make_ticket()))

    (head, *_) = experiment.scorer.heads
    assert found[head.target].cat.categories.tolist() == list(head.labels)
    assert "error" in found[f"{head.target}_decision"].cat.categories
    assert isinstance(found[f"{head.target}_reason"].dtype, pd.CategoricalDtype)


def test_no_tickets_have_no_answers() -> None:
    """A filter in a notebook may leave nothing; the columns are there all the same."""
    model = make_model()

    found = score_frame(model, frame_of(make_ticket()).head(0))

    assert len(found) == 0
    assert list(found.columns[:3]) == ["ticket_id", "subject", model.targets[0]]


def test_tickets_come_through_a_frame_unchanged() -> None:
    """Whatever a ticket says or leaves unsaid."""
    tickets = [
        make_ticket(id="1", attributes={"location": "Lyon", "Floor": "3"}),
        make_ticket(id="2", subject="", opened_at=None, customer_id=None, channel=None),
        make_ticket(id="3", body="", opened_at=MONDAY.replace(microsecond=7), language="de"),
    ]

    found = tickets_of(frame_of(*tickets))

    assert found == tickets
    assert {type(ticket.opened_at) for ticket in found} == {datetime, type(None)}


def test_a_column_that_is_not_canonical_is_no_feature() -> None:
    """A notebook's frame often holds the label beside the text."""
    frame = pd.DataFrame({"subject": ["VPN"], "assignment_group": ["Network"], "location": ["Lyon"], 7: ["x"]})

    [ticket] = tickets_of(frame.assign(**{"attributes.location": ["Oslo"]}))

    assert ticket == NewTicket(id="0", subject="VPN", attributes={"location": "Oslo"})


def test_cells_by_hand_are_read_as_of_a_file() -> None:
    """None, NaN and NaT say nothing; a number is the text that a CSV would hold; an hour without a zone is UTC."""
    frame = pd.DataFrame(
        {
            "id": [12.0, None],
            "subject": [None, "mail"],
            "body": [float("nan"), "x"],
            "opened_at": [pd.Timestamp("2026-03-02 09:00"), pd.NaT],
            "attributes.floor": [3, 4],
            "attributes.vip": [True, None],
        },
        index=["a", "b"],
    )

    found = tickets_of(frame)

    assert found == [
        NewTicket(id="12", opened_at=datetime(2026, 3, 2, 9, tzinfo=UTC), attributes={"floor": "3", "vip": "true"}),
        NewTicket(id="b", subject="mail", body="x", attributes={"floor": "4"}),
    ]


def test_a_frame_without_anything_to_read_is_refused() -> None:
    """The likely mistake is a name: `text` for `body`. Answers about nothing would look like a bad model."""
    frame = pd.DataFrame({"id": ["1"], "text": ["VPN down"]})

    with pytest.raises(
        InvalidInput, match=r"neither subject nor body nor attributes.*Known columns: id, subject, body"
    ):
        tickets_of(frame)


def test_a_scorer_is_sent_to_another_process_without_its_model(bundle: Path, experiment: Experiment) -> None:
    """A model is megabytes, and a worker asks it a thousand times."""
    frame = frame_of(*(ticket.filed for ticket in make_history(5)))

    sent = pickle.dumps(BundleScorer(bundle, "7"))
    found = pickle.loads(sent)(frame)  # noqa: S301 - its own bytes

    assert len(sent) < 1_000
    pd.testing.assert_frame_equal(found, score_frame(experiment.scorer, frame))
    assert BundleScorer(bundle, "7").model is BundleScorer(bundle, "7").model


def test_a_scorer_answers_as_the_desk_has_set_it(bundle: Path, experiment: Experiment) -> None:
    """A target that was switched off must not be answered in a file."""
    (head, *_) = experiment.scorer.heads
    off = TargetPolicy(Target(head.target, mode="off"), head.thresholds, head.suggest_from)

    found = BundleScorer(bundle, "7", ((head.target, off),))(frame_of(make_ticket()))

    assert found[f"{head.target}_decision"].tolist() == ["skipped"]
    assert found[f"{head.target}_reason"].tolist() == ["mode_off"]
