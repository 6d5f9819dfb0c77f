"""One point of measurement: how large everything is."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Database", "Size"]

Database = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """An installation and the load on it; the defaults are those of an ordinary desk.

    Attributes:
        n_bytes: of a request's body.
        n_labels: of each target.
        n_targets: that the model answers.
        n_terms: that the model knows.
        n_customers: in the database, each with one ticket or two.
        n_connections: at once.
        n_workers: processes that serve; several need PostgreSQL.
        database: that is served from.
    """

    n_bytes: int = 1_000
    n_labels: int = 10
    n_targets: int = 4
    n_terms: int = 100_000
    n_customers: int = 1_000
    n_connections: int = 16
    n_workers: int = 1
    database: Database = "sqlite"
