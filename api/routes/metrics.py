"""What Prometheus scrapes."""

from fastapi import APIRouter, Depends, Request, Response

from api.desk import DeskOfRequest
from api.errors import documented
from api.metrics import CONTENT_TYPE_LATEST, StoredQueues
from api.scoring_queue import QueueOfRequest
from api.security import requires

__all__ = ["router"]

router = APIRouter(tags=["Health"], dependencies=[Depends(requires("read"))], responses=documented(401, 403))


@router.get(
    "/metrics",
    summary="Counts and times for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def read_metrics(request: Request, desk: DeskOfRequest, queue: QueueOfRequest) -> Response:
    """Requests, decisions, batches, what waits, and which version answers; of all processes of this server together.

    What is read from the database may be fifteen seconds old.
    """
    stored: StoredQueues = request.app.state.stored_queues
    desk.metrics.tell_waiting(queue.n_waiting)
    return Response(desk.metrics.text(stored), media_type=CONTENT_TYPE_LATEST)
