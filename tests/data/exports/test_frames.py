"""An export as pandas frames."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from data.exports.files import TicketFile
from data.exports.frames import read_frames
from data.exports.preset import load_preset

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")


def test_a_frame_is_what_was_known_when_filed(write_export: WriteExport) -> None:
    """Labels are not in it, so that no notebook shows them to a model by mistake."""
    path = write_export(
        'id,subject,body,opened_at,location,queue,reason\n1,VPN,"a\nb",2026-03-01T09:00:00+01:00,Lyon,Net,x\n2,mail,,,,,\n'
    )

    [frame] = read_frames(TicketFile(path, GENERIC))

    assert list(frame.columns) == [
        "id", "subject", "body", "opened_at", "customer_id", "channel", "language", "attributes.location",
    ]  # fmt: skip
    assert frame["opened_at"].dtype == pd.DatetimeTZDtype("us", "UTC")
    assert frame["opened_at"].iloc[0] == pd.Timestamp("2026-03-01T08:00:00Z")
    assert frame.drop(columns="opened_at").fillna("nothing").to_numpy().tolist() == [
        ["1", "VPN", "a\nb", "nothing", "nothing", "nothing", "Lyon"],
        ["2", "mail", "nothing", "nothing", "nothing", "nothing", "nothing"],
    ]


def test_the_index_is_the_line_in_the_file(write_export: WriteExport) -> None:
    """Who finds an odd answer finds the row."""
    path = write_export('id,body\n1,"two\nlines"\n2,\n3,x\n')

    [frame] = read_frames(TicketFile(path, GENERIC))

    assert frame.index.name == "line"
    assert frame.index.tolist() == [2, 5]


def test_frames_come_a_chunk_at_a_time(write_export: WriteExport) -> None:
    """A large export never stands in memory as a whole."""
    path = write_export("id,body\n" + "".join(f"{n},x\n" for n in range(25)))

    assert [len(frame) for frame in read_frames(TicketFile(path, GENERIC, chunk_rows=10))] == [10, 10, 5]
