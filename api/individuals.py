"""Whether single customers may be described here: the one place that decides, for pages, answers and events alike.

An installation with `TRIAGE_PEOPLE=aggregate` describes groups only. Whatever would tell of one customer asks here.
"""

from typing import Annotated

from fastapi import Depends

from api.desk import Desk, DeskOfRequest
from triage.errors import NotAllowed

__all__ = ["WHY_NOT", "DeskOfIndividuals", "may_describe", "require_individuals"]

WHY_NOT = "Here nobody is shown a single customer, only groups of five and more: this installation is set to aggregate."


def may_describe(desk: Desk) -> bool:
    """Whether anything may be told of a single customer."""
    return not desk.is_aggregate


def require_individuals(desk: Desk) -> None:
    """Lets pass what is about single customers.

    Raises:
        NotAllowed: nothing may be told of any.
    """
    if not may_describe(desk):
        raise NotAllowed(WHY_NOT)


async def _desk_of_individuals(desk: DeskOfRequest) -> Desk:
    require_individuals(desk)
    return desk


DeskOfIndividuals = Annotated[Desk, Depends(_desk_of_individuals)]
"""A route's parameter of this type is the desk, where single customers may be described; else the answer is 403."""
