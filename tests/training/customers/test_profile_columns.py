"""What stands in a file of profiles."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.builders import MONDAY
from training.customers.contact_table import contact_batch
from training.customers.described_desk import DescribedDesk, describe_desk
from training.customers.profile_columns import DECAYED, DECAYED_DIGITS, DIGITS, MEASURES, profile_columns
from triage.customers.contact import Contact
from triage.customers.forecast import FEATURES
from triage.customers.profile import HALF_LIVES, CustomerProfile

ODD = [
    (
        "u1",
        Contact(
            MONDAY - timedelta(days=age, seconds=7_777),
            "incident" if age % 3 else "request",
            resolved_at=MONDAY - timedelta(days=age, seconds=777),
            channel="portal" if age % 3 else "phone",
            writing_precision=age / 9,
            reassignments=age,
            first_contact_resolution=age % 3 == 0,
            satisfaction=1 + age / 7,
            used_knowledge=age % 3 == 0,
        ),
    )
    for age in (1, 3, 31, 40, 50, 61, 70)
]
"""Contacts whose means and shares all have many digits."""


def make_desk() -> DescribedDesk:
    """A caller with one problem, and two people who called once, one of them long ago."""
    calls = [
        Contact(MONDAY - timedelta(days=day), "incident", topic="VPN", channel="phone" if day else "email")
        for day in range(5)
    ]
    once = [("u2", Contact(MONDAY - timedelta(days=200))), ("u3", Contact(MONDAY - timedelta(days=40)))]
    rows = contact_batch([*(("u1", call) for call in calls), *once])
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

    assert [row["customer_id"] for row in rows] == ["u1", "u2", "u3"]
    for row, customer in zip(rows, desk.customers, strict=True):
        for column, measure in MEASURES.items():
            said = getattr(customer.profile, measure)
            if column in DIGITS and said is not None:
                said = pytest.approx(said, abs=0.5 * 10 ** -DIGITS[column])
            assert column == "channels" or row[column] == said, column
        assert tuple(row[name] for name in DECAYED) == pytest.approx(
            customer.profile.decayed, abs=0.5 * 10**-DECAYED_DIGITS
        )


def test_no_column_has_digits_that_mean_nothing() -> None:
    """A trend of -0.8639384504239714 is -0.86; nothing that is no whole number is forgotten."""
    desk = describe_desk(pa.Table.from_batches([contact_batch(ODD)]), MONDAY)

    table = profile_columns(desk)

    floats = {field.name for field in table.schema if pa.types.is_floating(field.type)}
    assert floats == {*DIGITS, *DECAYED}
    for name in floats:
        digits = DIGITS.get(name, DECAYED_DIGITS)
        values = [value for value in table[name].to_pylist() if value is not None]
        assert values, name
        assert all(value == round(value, digits) for value in values), name
    (row,) = table.to_pylist()
    shown = ("trend", "days_since_last", "contacts_per_30d", "incident_share", "mean_hours_lost_90d", "decayed_90d")
    assert [row[name] for name in shown] == [-0.22, 1.1, 2.57, 0.8571, 1.9, 5.38]


def test_a_trend_that_is_hardly_one_is_no_fall() -> None:
    """It would be shown as -0.0."""
    calls = [Contact(MONDAY - timedelta(days=1))] * 300 + [Contact(MONDAY - timedelta(days=40))] * 601
    desk = describe_desk(pa.Table.from_batches([contact_batch([("u1", call) for call in calls])]), MONDAY)

    assert desk.customers[0].profile.trend < 0
    assert str(profile_columns(desk)["trend"][0]) == "0.0"


def test_segments_are_found_before_anything_is_rounded() -> None:
    """A first contact 29.98 days ago is shown as 30.0, and is still one of a newcomer."""
    called = Contact(MONDAY - timedelta(days=29.98))

    (row,) = profile_columns(
        describe_desk(pa.Table.from_batches([contact_batch([("u1", called)])]), MONDAY)
    ).to_pylist()

    assert (row["days_since_first"], row["segments"].split(":")[0]) == (30.0, "newcomer")


def test_channels_segments_and_kind_are_told_in_words() -> None:
    """They are read in a spreadsheet."""
    caller, other, _ = profile_columns(make_desk()).to_pylist()

    assert (caller["channels"], other["channels"]) == ("phone: 4; email: 1", "")
    assert caller["segments"].startswith("frequent_flyer: 5 contacts in 30 days; a typical customer has 2 | newcomer: ")
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
