"""A real log of incidents, imported and counted: every measure beside one line of pandas over the log itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection

from data.database import open_database, reading
from data.exports.files import TicketFile
from data.exports.preset import load_preset
from data.imports import import_chunks
from data.measures import counts_by_day, open_by_day, refresh, totals, volume_by_day
from data.schema import upgrade
from triage.measures import (
    DayCounts,
    backlog,
    handed_on,
    knowledge_use,
    reassignments_mean,
    reopened,
    sla_met,
    time_to_resolve,
    wrong_routes,
)
from triage.quality import Tally

LOG = "servicenow_incident_log.csv.gz"
FILED = ["location", "category", "subcategory", "u_symptom", "cmdb_ci"]
ALWAYS = (date(2000, 1, 1), date(2030, 12, 31))
WINDOW = (date(2016, 3, 10), date(2016, 5, 4))
WITHIN_A_BIN = 0.0101


@pytest.fixture(scope="module")
def counted(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The log as the desk's history, its days counted."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('log') / 'triage.db'}")
    upgrade(engine)
    now = datetime(2016, 6, 1, tzinfo=UTC)
    import_chunks(engine, TicketFile(real_data / LOG, load_preset("servicenow-log")).chunks(), None, now)
    refresh(engine, now)
    with reading(engine) as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def log(real_data: Path) -> pd.DataFrame:
    """The log's rows in their order, but for tickets that said nothing when they were filed: no import keeps these."""
    log = pd.read_csv(real_data / LOG, na_values=["?"], low_memory=False).sort_values(
        ["number", "sys_mod_count"], kind="stable"
    )
    says = log.groupby("number").head(1).set_index("number")[FILED].notna().any(axis=1)
    assert (~says).sum() == 22
    return log[log.number.map(says)]


@pytest.fixture(scope="module")
def tickets(log: pd.DataFrame) -> pd.DataFrame:
    """The last row of each ticket, with its dates."""
    last = log.groupby("number").tail(1).set_index("number")
    for name in ("opened_at", "resolved_at", "closed_at"):
        last[name] = pd.to_datetime(last[name], format="%d/%m/%Y %H:%M")
    last["ended_at"] = last.resolved_at.fillna(last.closed_at)
    last["hours"] = (last.ended_at - last.opened_at).dt.total_seconds() / 3600
    return last


@pytest.fixture(scope="module")
def total(counted: Connection) -> DayCounts:
    """Of all days."""
    return totals(counted, "all", *ALWAYS)[""]


def tally(share: Tally | None) -> tuple[int, int]:
    """Hits and number."""
    assert share is not None
    return share.n_hits, share.n


def test_volume_is_that_of_the_log(counted: Connection, tickets: pd.DataFrame, total: DayCounts) -> None:
    """Day by day, and in all."""
    assert volume_by_day(counted, *ALWAYS) == tickets.opened_at.dt.date.value_counts().to_dict()
    assert (total.opened, total.resolved, total.closed) == (
        len(tickets),
        tickets.ended_at.notna().sum(),
        tickets.closed_at.notna().sum(),
    )


def test_work_done_is_that_of_the_log_day_by_day(counted: Connection, tickets: pd.DataFrame) -> None:
    """On the day it was done and not when the ticket was opened."""
    days = {day: counts for day, _, counts in counts_by_day(counted, "all", *ALWAYS)}

    assert {
        day: c.resolved for day, c in days.items() if c.resolved
    } == tickets.ended_at.dt.date.value_counts().to_dict()
    assert {day: c.closed for day, c in days.items() if c.closed} == tickets.closed_at.dt.date.value_counts().to_dict()


def test_shares_are_those_of_the_log(tickets: pd.DataFrame, total: DayCounts) -> None:
    """Each exactly: hits, and of how many."""
    n = len(tickets)

    assert tally(handed_on(total)) == ((tickets.reassignment_count > 0).sum(), n)
    assert tally(reopened(total)) == ((tickets.reopen_count > 0).sum(), n)
    assert tally(sla_met(total)) == (tickets.made_sla.sum(), n)
    assert tally(knowledge_use(total)) == (tickets.knowledge.sum(), n)
    assert reassignments_mean(total) == pytest.approx(tickets.reassignment_count.mean())
    assert total.reopens == tickets.reopen_count.sum()


def test_times_to_resolve_are_those_of_the_log(tickets: pd.DataFrame, total: DayCounts) -> None:
    """Within the width of a bin."""
    found = time_to_resolve(total)

    assert found is not None
    assert found.n == (tickets.hours >= 0).sum()
    assert [found.median, found.p75, found.p90, found.p95] == pytest.approx(
        tickets.hours[tickets.hours >= 0].quantile([0.5, 0.75, 0.9, 0.95]).tolist(), rel=WITHIN_A_BIN
    )


def test_a_window_is_that_of_the_log(counted: Connection, tickets: pd.DataFrame) -> None:
    """Days at both ends, and the whole month between."""
    found = totals(counted, "all", *WINDOW)[""]

    in_window = tickets[tickets.ended_at.dt.date.between(*WINDOW)]
    assert found.opened == tickets.opened_at.dt.date.between(*WINDOW).sum()
    assert tally(sla_met(found)) == (in_window.made_sla.sum(), len(in_window))
    assert found.hours.quantile(0.9) == pytest.approx(in_window.hours.quantile(0.9), rel=WITHIN_A_BIN)


@pytest.mark.parametrize(("dimension", "column"), [("group", "assignment_group"), ("channel", "contact_type")])
def test_groups_and_channels_are_those_of_the_log(
    counted: Connection, tickets: pd.DataFrame, log: pd.DataFrame, dimension: str, column: str
) -> None:
    """As the ticket ended for the group, as it came for the channel; those that do not say are counted, too."""
    found = totals(counted, dimension, *ALWAYS)

    told = tickets[column] if dimension == "group" else log.groupby("number")[column].nth(0)
    if dimension == "channel":
        told = log.drop_duplicates("number")[column].replace(
            {"Self service": "portal", "Email": "email", "Phone": "phone"}
        )
    assert {value: counts.opened for value, counts in found.items()} == told.fillna("").value_counts().to_dict()


def test_services_are_those_that_were_picked_when_filed(counted: Connection, log: pd.DataFrame) -> None:
    """The category of the first event, else of the last one."""
    found = totals(counted, "service", *ALWAYS)

    first, last = (log.groupby("number").category.nth(place).array for place in (0, -1))
    told = pd.Series(first).fillna(pd.Series(last)).fillna("")
    assert {value: counts.opened for value, counts in found.items()} == told.value_counts().to_dict()


def test_wrong_routes_cost_what_the_log_says(counted: Connection, tickets: pd.DataFrame) -> None:
    """Median hours by how often a ticket was handed on."""
    found = wrong_routes(totals(counted, "reassignments", *ALWAYS))

    buckets = tickets.groupby(tickets.reassignment_count.clip(upper=4)).hours
    assert [each.n for each in found] == buckets.size().tolist()
    assert [each.median_hours for each in found] == pytest.approx(buckets.median().tolist(), rel=WITHIN_A_BIN)


def test_handovers_are_those_of_the_log(counted: Connection, log: pd.DataFrame) -> None:
    """Every step from one group to another, in the order of the changes."""
    found = totals(counted, "handover", *ALWAYS)

    known = log.dropna(subset=["assignment_group"])
    before = known.groupby("number").assignment_group.shift()
    steps = known[before.notna() & (before != known.assignment_group)]
    pairs = (before[steps.index] + " → " + steps.assignment_group).value_counts().to_dict()
    assert sum(counts.handovers for counts in found.values()) == len(steps)
    assert {pair: counts.handovers for pair, counts in found.items()} == pairs


def test_repeats_are_those_of_the_log(log: pd.DataFrame, tickets: pd.DataFrame, total: DayCounts) -> None:
    """The same caller with the same symptom, or subcategory, or category, within thirty days."""
    first = log.groupby("number").head(1).set_index("number")
    topic = first.u_symptom.fillna(first.subcategory).fillna(first.category).fillna(tickets.category)
    asked = pd.DataFrame({"who": first.caller_id, "topic": topic, "at": tickets.opened_at}).dropna().sort_values("at")

    gaps = asked.groupby(["who", "topic"]).at.diff()

    assert (total.repeats, total.n_repeatable) == ((gaps <= pd.Timedelta(days=30)).sum(), len(asked))


def test_the_backlog_is_that_of_the_log(counted: Connection, tickets: pd.DataFrame) -> None:
    """What has no end is open."""
    found = backlog(open_by_day(counted), date(2017, 3, 1))

    assert found.n == tickets.ended_at.isna().sum()


def test_types_are_not_recorded_in_this_log(total: DayCounts) -> None:
    """All are incidents, and the log does not say so: no share of 0 % and none of 100 %."""
    assert (total.incidents, total.requests, total.other_types, total.n_satisfaction) == (0, 0, 0, 0)
