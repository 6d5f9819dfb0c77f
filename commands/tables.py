"""Tables on stdout: as wide as the terminal, and as wide as they need where there is none."""

import sys

from rich.console import Console
from rich.table import Table

__all__ = ["print_table"]

WIDE = 400
"""Columns where nobody looks: a file or a program wants every figure, and nothing cut to the width of no terminal."""


def print_table(table: Table) -> None:
    """Prints it; brackets in names are text."""
    Console(markup=False, width=None if sys.stdout.isatty() else WIDE).print(table)
