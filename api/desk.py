"""What every route is handed: the database, the model that serves, and what is ordinary at this desk."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy import Engine

from data.customers import contacts_30d
from data.database import reading
from triage.customers.profile import DeskNorms, desk_norms
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["Desk", "DeskOfRequest", "Model", "ModelSource", "NormsByDay"]


class Model(Protocol):
    """What is asked about tickets."""

    @property
    def version(self) -> str:
        """The registry's name for it."""

    @property
    def trained_at(self) -> datetime:
        """When it was learned."""

    def score(
        self, tickets: Sequence[NewTicket], *, top_n: int = 3, explain: bool = False
    ) -> list[tuple[Prediction, ...]]:
        """One tuple of predictions a ticket."""


class ModelSource(Protocol):
    """Where the model comes from; it may be another one from request to request."""

    def current(self) -> Model:
        """The model that answers now; raises `ModelUnusable` if none may."""


class NormsByDay:
    """What is ordinary at the desk, as of the beginning of a day in UTC: the same for every ticket of that day.

    Computed once a day and asked for, and again after ten minutes, since old tickets may have been imported meanwhile.
    """

    fresh_for_seconds = 600.0
    n_days_kept = 400

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[date, tuple[float, DeskNorms]] = {}

    def on(self, moment: datetime) -> DeskNorms:
        """The norms for a ticket of this moment."""
        day = moment.astimezone(UTC).date()
        computed_at, norms = self._known.get(day, (0.0, None))
        if norms is not None and time.monotonic() - computed_at < self.fresh_for_seconds:
            return norms
        with reading(self._engine) as connection:
            norms = desk_norms(contacts_30d(connection, datetime.combine(day, time_of_day(), UTC)))
        if len(self._known) >= self.n_days_kept:
            self._known.clear()
        self._known[day] = (time.monotonic(), norms)
        return norms


@dataclass(frozen=True, slots=True)
class Desk:
    """One installation, as its routes see it."""

    engine: Engine
    models: ModelSource
    norms: NormsByDay


async def _desk_of(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)  # noqa: S101  (put there by `build_app`)
    return desk


DeskOfRequest = Annotated[Desk, Depends(_desk_of)]
"""A route's parameter of this type is the desk of the application."""
