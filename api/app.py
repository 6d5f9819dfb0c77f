"""The application: its routes, behind the log, the keys and the body limit, in this order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from threadpoolctl import threadpool_limits

from api.access_log import AccessLog
from api.body_limit import BodyLimit
from api.desk import Desk, ModelSource
from api.errors import add_error_handlers
from api.routes import customers, documentation, health, score
from api.security import Authentication, KeyRing
from data.database import open_database
from data.playbooks import read_playbook
from models.registry import ServedModel
from triage.settings import Settings

__all__ = ["build_app", "create_app"]

_DESCRIPTION = """
Asks a model, learned from a desk's own history, what to do with a ticket: which group, which priority, how sure.

Every path but `/healthz` and `/readyz` needs a key (`triage keys create`), as `Authorization: Bearer` or `X-API-Key`.
Errors are `application/problem+json` (RFC 9457).
"""


def create_app(settings: Settings) -> FastAPI:
    """The application of an installation. It starts without a model and without a database; `/readyz` says so.

    From here on the process multiplies matrices with one thread. The model asks for that itself while it answers, but
    requests in several threads would give one another's limit back too early.
    """
    threadpool_limits(1, user_api="blas")
    return build_app(settings, ServedModel(settings.bundles))


def build_app(settings: Settings, models: ModelSource) -> FastAPI:
    """The same with models from elsewhere.

    Raises:
        StoreUnusable: for a database URL that can never work.
        UnusablePlaybook: for a playbook that cannot be read.
    """
    playbook = read_playbook(settings.playbook)
    engine = open_database(settings.database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
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
        ],
    )
    app.state.desk = Desk(engine, models, playbook, settings.customer_key)
    add_error_handlers(app)
    for routes in (score, customers, health, documentation):
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
