"""The application: its routes, behind the log, the keys, the body limit and the fast path, in this order."""

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from threadpoolctl import threadpool_limits

from api.access_log import AccessLog
from api.body_limit import BodyLimit
from api.desk import Desk, ModelSource
from api.errors import add_error_handlers
from api.fast_path import FastPath
from api.hooks import Hooks
from api.intake import Intake
from api.routes import customers, documentation, health, hooks, score, tickets
from api.scoring_queue import ScoringQueue
from api.security import Authentication, KeyRing
from api.workers import Worker
from api.writing_back import WriteBack
from data.database import open_database
from data.playbooks import read_playbook
from data.sources import connect, environment, read_sources
from models.registry import ServedModel
from triage.errors import ModelUnusable
from triage.settings import Settings

__all__ = ["build_app", "create_app"]

_DESCRIPTION = """
Asks a model, learned from a desk's own history, what to do with a ticket: which group, which priority, how sure.

Every path but `/healthz` and `/readyz` needs a key (`triage keys create`), as `Authorization: Bearer` or `X-API-Key`.
Errors are `application/problem+json` (RFC 9457).
"""


def create_app(settings: Settings, models: ModelSource | None = None) -> FastAPI:
    """The application of an installation. It starts without a model and without a database; `/readyz` says so.

    Args:
        settings: of the installation.
        models: of the same, where they were opened already.

    From here on the process multiplies matrices with one thread. The model asks for that itself while it answers, but
    requests in several threads would give one another's limit back too early.
    """
    threadpool_limits(1, user_api="blas")
    return build_app(settings, models or ServedModel(settings.bundles))


def build_app(settings: Settings, models: ModelSource) -> FastAPI:
    """The same with models from elsewhere.

    Raises:
        StoreUnusable: for a database URL that can never work.
        UnusablePlaybook: for a playbook that cannot be read.
        UnusableSources: for a file of sources that does not fit its form, or a secret that it names and nobody set.
    """
    playbook = read_playbook(settings.playbook)
    engine = open_database(settings.database)

    desk = Desk(engine, models, playbook, settings.customer_key)
    queue = ScoringQueue(lambda: app.state.desk)
    connections = {source.name: connect(source, environment()) for source in read_sources(settings.sources)}
    intake = Worker("intake", Intake(lambda: app.state.desk, queue, connections).work)
    write_back = Worker("write-back", WriteBack(lambda: app.state.desk, connections).work)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with contextlib.suppress(ModelUnusable):  # `/readyz` says so, and whoever asks for a score is told
            models.current()  # read before anybody waits for it
        workers = (intake, write_back) if connections else ()
        for worker in workers:
            worker.start()
        yield
        for worker in workers:
            await run_in_threadpool(worker.stop)
        await run_in_threadpool(queue.stop)
        engine.dispose()

    app = FastAPI(
        title="triage",
        version=version("triage"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(AccessLog),
            Middleware(Authentication, key_ring=KeyRing(engine)),
            Middleware(BodyLimit, max_body_bytes=settings.max_body_bytes),
            Middleware(FastPath, queue=queue),
        ],
    )
    app.state.desk, app.state.queue = desk, queue
    app.state.hooks = Hooks(lambda: app.state.desk, connections, intake.wake)
    add_error_handlers(app)
    for routes in (score, tickets, customers, hooks, health, documentation):
        app.include_router(routes.router)
    app.openapi = lambda: _schema(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def _schema(app: FastAPI) -> dict[str, Any]:
    """What OpenAPI says, once made and then kept: FastAPI's, with how a key is sent."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary="Ticket triage and customer profiling for service desks.",
            description=_DESCRIPTION,
            routes=app.routes,
            tags=[
                {"name": "Scoring", "description": "Predictions for new tickets. Scope `score`."},
                {
                    "name": "Customers",
                    "description": "Who calls and why, and what is agreed for them. Scopes `read` and `review`.",
                },
                {"name": "Tickets", "description": "What became of them. Scope `score` or `review`."},
                {"name": "Webhooks", "description": "What ticketing systems send. Signed, so without a key."},
                {"name": "Health", "description": "For load balancers and supervisors. No key."},
            ],
        )
        schema["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": "A key as `triage keys create` prints it."},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
        }
        schema["security"] = [{"bearer": []}, {"header": []}]
        app.openapi_schema = schema
    return app.openapi_schema
