"""For load balancers and supervisors: does the process run, and will it answer."""

import structlog
from fastapi import APIRouter, Response
from sqlalchemy import Engine

from api.desk import DeskOfRequest, ModelSource
from api.schemas import Check, Liveness, Readiness
from api.stopping import StoppingOfRequest
from data.database import reading
from data.schema import check_version
from triage.errors import ModelUnusable, NoModel, StoreUnusable

__all__ = ["router"]

router = APIRouter(tags=["Health"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?", openapi_extra={"security": []})
async def healthz() -> Liveness:
    """Always `ok`; restart the process when there is no answer, and for nothing else."""
    return Liveness(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Will requests be answered?",
    responses={503: {"model": Readiness, "description": "Not ready; the checks say what is missing."}},
    openapi_extra={"security": []},
)
def readyz(response: Response, desk: DeskOfRequest, stopping: StoppingOfRequest) -> Readiness:
    """Checks that a model was promoted and verified, and that the database has the tables that are needed.

    A process that was told to stop is `stopping`: it answers what still comes, and wants no more.
    """
    model, database = _check_model(desk.models), _check_database(desk.engine)
    ready = model.ok and database.ok and not stopping.has_begun
    response.status_code = 200 if ready else 503
    status = "stopping" if stopping.has_begun else "ready" if ready else "not ready"
    return Readiness(status=status, checks={"model": model, "database": database}, model_version=_version(desk.models))


def _check_model(models: ModelSource) -> Check:
    try:
        version = models.current().version
    except NoModel as error:
        return Check(ok=False, detail=str(error))
    except ModelUnusable as error:
        # whoever asks here has no key, so paths stay in the log, where the refusal stands
        return Check(ok=False, detail=f"The promoted model is refused ({type(error).__name__}); the log says why.")
    return Check(ok=True, detail=f"Version {version} answers.")


def _version(models: ModelSource) -> str | None:
    try:
        return models.current().version
    except ModelUnusable:
        return None


def _check_database(engine: Engine) -> Check:
    try:
        with reading(engine):
            pass
    except StoreUnusable as error:
        # whoever asks here has no key, so hosts and users stay in the log
        structlog.get_logger(__name__).error("store_unusable", detail=str(error))
        return Check(ok=False, detail="The database cannot be reached; the log says why.")
    try:
        check_version(engine)
    except StoreUnusable as error:
        return Check(ok=False, detail=str(error))
    return Check(ok=True, detail="It can be reached and has the tables of this version.")
