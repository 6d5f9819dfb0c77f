"""What stands in a file of profiles."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from tests.builders import MONDAY
from training.customers.contact_table import contact_batch
from training.customers.described_desk import DescribedDesk, describe_desk
from training.customers.profile_columns import DECAYED, MEASURES, profile_columns
from triage.customers.contact import Contact
from triage.customers.forecast import FEATURES
from triage.customers.profile import HALF_LIVES, CustomerProfile


def make_desk() -> DescribedDesk:
    """A caller with one problem, and somebody who called once."""
    calls = [
        Contact(MONDAY - timedelta(days=day), "incident", topic="VPN", channel="phone" if day else "email")
        for day in range(5)
    ]
    rows = contact_batch([*(("u1", call) for call in calls), ("u2", Contact(MONDAY - timedelta(days=200)))])
    return describe_desk(pa.Table.from_batches([rows]), MONDAY)


def test_every_measure_is_a_column() -> None:
    """What the service knows of somebody, an analyst can have of all."""
    measures = {field.name for field in fields(CustomerProfile)}

    assert {*MEASURES.values(), "decayed"} == measures
    assert profile_columns(make_desk()).column_names == [*MEASURES, *DECAYED, "segments", "kind"]


def test_a_row_says_what_the_profile_says() -> None:
    """In the order of customers, its times with their zone."""
    desk = make_desk()

    rows = profile_columns(desk).to_pylist()

    assert [row["customer_id"] for row in rows] == ["u1", "u2"]
    for row, customer in zip(rows, desk.customers, strict=True):
        for column, measure in MEASURES.items():
            assert column == "channels" or row[column] == getattr(customer.profile, measure), column
        assert tuple(row[name] for name in DECAYED) == customer.profile.decayed


def test_channels_segments_and_kind_are_told_in_words() -> None:
    """They are read in a spreadsheet."""
    caller, other = profile_columns(make_desk()).to_pylist()

    assert (caller["channels"], other["channels"]) == ("phone: 4; email: 1", "")
    assert caller["segments"].startswith("frequent_flyer: 5 contacts in 30 days; a typical customer has 5 | newcomer: ")
    assert other["segments"] == "quiet: 1 contact within a year, the last one 200 days ago"
    assert caller["kind"] == "one_unsolved_problem: 5 of 5 contacts in 90 days are about VPN"
    assert other["kind"] is None


def test_faded_contacts_are_called_by_their_days() -> None:
    """As a forecast calls its features."""
    assert len(DECAYED) == len(HALF_LIVES)
    assert {f"log_{name}" for name in DECAYED} <= set(FEATURES)


def test_every_column_is_documented() -> None:
    """A figure whose meaning one has to guess is guessed wrongly."""
    page = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")

    assert not [name for name in profile_columns(make_desk()).column_names if f"`{name}`" not in page]
