"""What every route is handed: the database, the model that serves, and how this desk treats its customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request
from pydantic import SecretStr
from sqlalchemy import Engine

from api.known_services import KnownServices
from api.metrics import Metrics
from api.similar import SimilarTickets
from data.recent_contacts import RecentContacts
from triage.customers.model import CustomerModel
from triage.customers.norms import DeskNorms
from triage.customers.playbook import Playbook
from triage.errors import NoModel
from triage.prediction import Prediction
from triage.redaction import EVERYTHING, RedactionRules
from triage.strain import USUAL_HOURS, WorkingHours, read_working_hours
from triage.subscribers import Subscriber
from triage.ticket import NewTicket

__all__ = ["Desk", "DeskOfRequest", "Model", "ModelSource"]

_UNLEARNED = CustomerModel(DeskNorms())
"""Stands in where nothing was learned of a desk's customers: the floors alone say what stands out."""


class Model(Protocol):
    """What is asked about tickets."""

    @property
    def version(self) -> str:
        """The registry's name for it."""

    @property
    def trained_at(self) -> datetime:
        """When it was learned."""

    @property
    def customers(self) -> CustomerModel | None:
        """What was learned of those who write."""

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """By target every answer that it can give."""

    def score(
        self, tickets: Sequence[NewTicket], *, top_n: int = 3, explain: bool = False
    ) -> list[tuple[Prediction, ...]]:
        """One tuple of predictions a ticket."""


class ModelSource(Protocol):
    """Where the model comes from; it may be another one from request to request."""

    def current(self) -> Model:
        """The model that answers now; raises `ModelUnusable` if none may."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One installation, as its routes see it.

    Attributes:
        engine: of the database.
        models: where the model comes from.
        playbook: what is suggested for customers.
        customer_key: what their ids are hashed with; None where they are stored as they are.
        redaction: what is redacted of a ticket before it is scored and stored.
        subscribers: who is told of what happens here.
        is_aggregate: whether nothing may describe a single customer; `api/individuals.py` decides by it.
        shows_persons: whether people of the desk are shown what they resolve; `api/team.py` decides to whom.
        working_hours: when the desk works.
        recent: contacts of who called lately, for the thread that scores.
        metrics: where what was answered is counted.
        services: what the desk lists: services, devices, applications and sites.
        similar: finds worked tickets that are like a new one; None where nobody does.
    """

    engine: Engine
    models: ModelSource
    playbook: Playbook
    customer_key: SecretStr | None = None
    redaction: RedactionRules = EVERYTHING
    subscribers: tuple[Subscriber, ...] = ()
    is_aggregate: bool = False
    shows_persons: bool = False
    working_hours: WorkingHours = field(default_factory=lambda: read_working_hours(USUAL_HOURS))
    recent: RecentContacts = field(default_factory=RecentContacts)
    metrics: Metrics = field(default_factory=Metrics)
    services: KnownServices = field(default_factory=KnownServices)
    similar: SimilarTickets | None = None

    def customers(self, model: Model | None = None) -> CustomerModel:
        """What is known of customers here: learned with the model, or nothing yet.

        Args:
            model: that answers; asked for where there is none.

        Raises:
            ModelUnusable: a model was promoted and may not answer.
        """
        try:
            return (model or self.models.current()).customers or _UNLEARNED
        except NoModel:
            return _UNLEARNED


async def _desk_of(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)  # noqa: S101  (put there by `build_app`)
    return desk


DeskOfRequest = Annotated[Desk, Depends(_desk_of)]
"""A route's parameter of this type is the desk of the application."""
