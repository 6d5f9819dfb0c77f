"""Who asks, as far as triage knows: for pages with a script, and for programs that check their key."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.callers import Caller
from api.errors import documented
from api.schemas import SessionAnswer
from api.security import requires

__all__ = ["router"]

router = APIRouter(prefix="/v1/session", tags=["People"], responses=documented(401, 403, 422, 503))


@router.get("", summary="Know who you are")
async def read_session(caller: Annotated[Caller, Depends(requires())]) -> SessionAnswer:
    """The person who has signed in, or the key, and what they may do."""
    return SessionAnswer(kind=caller.kind, id=caller.id, name=caller.name, role=caller.role, scopes=list(caller.scopes))
