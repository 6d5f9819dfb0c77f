"""Tables on stdout."""

import pytest
from rich.table import Table

from commands.tables import print_table


def test_no_figure_is_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A table is piped into a file or a mail; eighty columns are nobody's screen there, and brackets are text."""
    table = Table(*(f"target_{i}" for i in range(15)))
    table.add_row(*(f"0.791-0.8{i:02}" for i in range(14)), "[grp]")

    print_table(table)

    printed = capsys.readouterr().out
    assert all(f"0.791-0.8{i:02}" in printed for i in range(14))
    assert "[grp]" in printed
