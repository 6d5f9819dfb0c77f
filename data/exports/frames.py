"""Tickets as they were filed, as pandas frames: the form in which a notebook, a cluster and `training/frames.py` ask.

    id  subject  body  opened_at  customer_id  channel  language  attributes.NAME ...

`attributes.` stands before every further fact that was known when a ticket was filed. The rows' index is the line where
each begins in the file. Whoever reads tickets alone needs no pandas.
"""

from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa

from data.exports.files import TicketFile
from data.exports.ticket_columns import TicketColumns

__all__ = ["ATTRIBUTE", "filed_frame", "read_frames"]

ATTRIBUTE = "attributes."
"""Before the name of a fact that has no canonical column."""


def read_frames(file: TicketFile) -> Iterator[pd.DataFrame]:
    """The tickets of an export as they were filed, a frame a chunk.

    Raises:
        UnusableFile: As in `TicketFile.columns`.
    """
    return map(filed_frame, file.columns())


def filed_frame(chunk: TicketColumns) -> pd.DataFrame:
    """What was known of some tickets when they were filed; what an export does not say is missing."""
    columns = {
        name: _moments(values) if name == "opened_at" else _texts(values) for name, values in chunk.filed.items()
    }
    columns |= {f"{ATTRIBUTE}{name}": _texts(values) for name, values in chunk.filed_attributes.items()}
    return pd.DataFrame(columns).set_axis(pd.Index(chunk.lines, name="line"))


def _texts(values: Sequence[str | None]) -> pd.Series:
    return pd.Series(pd.array(values, dtype="str"))


def _moments(values: Sequence[object]) -> pd.Series:
    return pd.Series(pa.array(values, pa.timestamp("us", tz="UTC")).to_pandas())
