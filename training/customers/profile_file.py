"""From an export's columns to a file of profiles: contacts in, a row a customer out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data.exports.ticket_columns import TicketColumns
from training.batch.results_file import written_whole
from training.customers.contact_table import contact_columns
from training.customers.dated_ids import DatedIds
from training.customers.described_desk import DescribedDesk, describe_desk
from training.customers.profile_columns import profile_columns
from training.histories.ends import find_ends
from triage.customers.profile import YEAR
from triage.errors import InvalidInput

__all__ = ["ContactHistory", "contact_history", "profile_desk", "write_profiles"]


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """Who called when.

    Attributes:
        contacts: as `training.customers.contact_table` gives them, without those of customers who are left out.
        last: the moment of the last contact that is not stray, of those left out too.
        n_left_out: customers left out.
        remarks: which late dates were not believed, a sentence each.
    """

    contacts: pa.Table
    last: datetime
    n_left_out: int
    remarks: tuple[str, ...] = ()


def contact_history(
    chunks: Iterable[TicketColumns], until: datetime, is_left_out: Callable[[str], bool]
) -> ContactHistory:
    """The contacts of an export.

    Args:
        chunks: tickets, some at a time, with the columns of `training.customers.contact_table.DECIDED`.
        until: later ones are not looked at.
        is_left_out: asked of every customer's id.

    Raises:
        InvalidInput: no ticket names its customer and when it was opened, or everybody is left out.
    """
    dates = DatedIds(until)
    contacts = contact_columns(map(partial(_counted, dates=dates), chunks), until)
    if not contacts.num_rows:
        raise InvalidInput(
            f"No ticket of this history names both its customer and when, up to {until:%Y-%m-%d}, it was opened."
        )
    ends = find_ends(contacts["opened_at"].to_numpy())
    left_out = [who for who in contacts["customer_id"].unique().to_pylist() if is_left_out(who)]
    if left_out:
        contacts = contacts.filter(pc.invert(pc.is_in(contacts["customer_id"], pa.array(left_out, pa.string()))))
    if not contacts.num_rows:
        raise InvalidInput("All customers of this history opted out: there is nobody to profile.")
    return ContactHistory(contacts, ends.last, len(left_out), (*dates.later_remark(), *dates.end_remark(ends)))


def profile_desk(history: ContactHistory, as_of: datetime | None) -> DescribedDesk:
    """Everybody's profile and segments.

    Args:
        history: who called when.
        as_of: the moment; None takes that of the last contact that is not stray.

    Raises:
        InvalidInput: nobody called in the year before.
    """
    moment = as_of or history.last
    desk = describe_desk(history.contacts, moment)
    if not desk.customers:
        raise InvalidInput(
            f"Nobody contacted the desk in the {YEAR.days} days up to {moment:%Y-%m-%d}; the last contact before "
            f"was on {history.last:%Y-%m-%d}."
        )
    return desk


def write_profiles(desk: DescribedDesk, out: Path) -> None:
    """Write a row a customer, into a file that appears when it is complete."""
    table = profile_columns(desk)
    with written_whole(out, table.schema) as writer:
        writer.write_table(table)


def _counted(chunk: TicketColumns, *, dates: DatedIds) -> TicketColumns:
    """The chunk, after its contacts were looked at."""
    filed = chunk.filed
    for ticket_id, who, at in zip(filed["id"], filed["customer_id"], filed["opened_at"], strict=True):
        if who is not None and at is not None:
            dates.count(ticket_id, at)
    return chunk
