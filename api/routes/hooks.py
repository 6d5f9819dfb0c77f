"""What ticketing systems send: verified, stored, answered; worked on afterwards."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool

from api.errors import documented
from api.fields import IN_A_PATH
from api.hooks import HooksOfRequest
from api.schemas import Received

__all__ = ["router"]

router = APIRouter(prefix="/v1/hooks", tags=["Webhooks"], responses=documented(400, 403, 404, 413, 422, 503))


@router.post("/{source}", status_code=202, summary="Take what a ticketing system sends", openapi_extra={"security": []})
async def take_delivery(
    source: Annotated[
        str, Path(max_length=40, description="As the desk has named it in `triage.toml`.", json_schema_extra=IN_A_PATH)
    ],
    request: Request,
    hooks: HooksOfRequest,
) -> Received:
    """Stores a webhook and answers at once; the ticket is scored and written back afterwards.

    No key is needed: the system signs what it sends, or sends the secret that `triage.toml` names. The same delivery
    again changes nothing.
    """
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    is_new = await run_in_threadpool(hooks.take, source, headers, body, datetime.now(UTC))
    return Received(status="stored" if is_new else "known")
