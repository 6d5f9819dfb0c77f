"""The application: its routes, behind headers, the log, the keys, the limits and the fast path, in this order."""

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from threadpoolctl import threadpool_limits

from api.access_log import AccessLog
from api.authentication import Authentication
from api.body_limit import BodyLimit
from api.credentials import KeyRing, SessionRing
from api.desk import Desk, ModelSource
from api.errors import add_error_handlers
from api.fast_path import FastPath
from api.hooks import Hooks
from api.intake import Intake
from api.known_services import KnownServices
from api.limits import RequestCounts, RequestLimits
from api.metrics import StoredQueues
from api.model_changes import Changes, Gate
from api.oidc import open_provider
from api.pages import customer, deciding, development, held, model_forms, sign_in, static_files, workload
from api.pages import customers as customer_pages
from api.pages import knowledge as knowledge_pages
from api.pages import linking as link_pages
from api.pages import measures as measure_pages
from api.pages import models as model_pages
from api.pages import oidc as oidc_pages
from api.pages import problems as problem_pages
from api.pages import quality as quality_pages
from api.pages import queue as queue_pages
from api.pages import surges as surge_pages
from api.pages import team as team_pages
from api.pages import ticket as ticket_pages
from api.peers import Peers
from api.people import People
from api.regular_work import regular_work
from api.replays import Replays
from api.response_headers import ResponseHeaders
from api.routes import changes as change_routes
from api.routes import context as context_routes
from api.routes import customers, documentation, health, hooks, metrics, reviews, score, session, tickets
from api.routes import knowledge as knowledge_routes
from api.routes import links as link_routes
from api.routes import measures as measure_routes
from api.routes import models as model_routes
from api.routes import problems as problem_routes
from api.routes import quality as quality_routes
from api.routes import queue as queue_routes
from api.routes import surges as surge_routes
from api.routes import team as team_routes
from api.running import running
from api.scoring_queue import ScoringQueue
from api.similar import SimilarTickets
from api.stopping import Stopping
from api.subscriptions import Subscriptions
from api.writing_back import WriteBack
from data.database import open_database
from data.playbooks import read_playbook
from data.services import read_services
from data.sources import connect, environment, read_sources
from data.subscribers import read_subscribers, receiver_of
from models.registry import ServedModel
from triage.settings import Settings
from triage.strain import read_working_hours

__all__ = ["build_app", "create_app"]

_DESCRIPTION = """
Asks a model, learned from a desk's own history, what to do with a ticket: which group, which priority, how sure.

Every path but a few needs a key (`triage keys create`), as `Authorization: Bearer` or `X-API-Key`, or the session of
somebody who has signed in. `/healthz` and `/readyz` need neither.
Errors are `application/problem+json` (RFC 9457).
"""


def create_app(settings: Settings, models: ModelSource | None = None, gate: Gate | None = None) -> FastAPI:
    """The application of an installation. It starts without a model and without a database; `/readyz` says so.

    Args:
        settings: of the installation.
        models: of the same, where they were opened already.
        gate: judges versions that are to be promoted; None where nothing can.

    From here on the process multiplies matrices with one thread. The model asks for that itself while it answers, but
    requests in several threads would give one another's limit back too early.
    """
    threadpool_limits(1, user_api="blas")
    return build_app(settings, models or ServedModel(settings.bundles), gate)


def build_app(settings: Settings, models: ModelSource, gate: Gate | None = None) -> FastAPI:
    """The same with models from elsewhere.

    Raises:
        StoreUnusable: for a database URL that can never work.
        UnusablePlaybook: for a playbook that cannot be read.
        UnusableServices: for a list of services that cannot be read or does not fit its form.
        UnusableSources: for a file of sources that does not fit its form, or a secret that it names and nobody set.
    """
    playbook = read_playbook(settings.playbook)
    engine = open_database(settings.database)

    receivers = [receiver_of(subscriber, environment()) for subscriber in read_subscribers(settings.sources)]
    told = tuple(receiver.subscriber for receiver in receivers)
    similar = SimilarTickets(engine, models, settings.similar)
    desk = Desk(
        engine,
        models,
        playbook,
        settings.customer_key,
        settings.redaction,
        told,
        settings.people == "aggregate",
        settings.individuals == "on",
        read_working_hours(settings.working_hours),
        similar=similar,
        services=KnownServices(read_services(settings.services)),
    )
    stopping = Stopping()
    queue = ScoringQueue(lambda: app.state.desk)
    connections = {source.name: connect(source, environment()) for source in read_sources(settings.sources)}
    peers, counts = Peers(connections), RequestCounts(engine)
    session_ring = SessionRing(engine)
    people = People(engine, session_ring)
    write_back = WriteBack(lambda: app.state.desk, peers).workers()
    intake = Intake(lambda: app.state.desk, queue, peers, write_back[0].wake).workers()
    subscriptions = Subscriptions(lambda: app.state.desk, receivers, settings.bundles)
    regular = regular_work(
        lambda: app.state.desk, engine, settings, similar, lambda: app.state.sources, wake_outbox=write_back[0].wake
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        workers = (*intake, *write_back) if connections else ()
        async with running(desk, queue, (*workers, *subscriptions.workers(), *regular, *counts.workers())):
            yield
        subscriptions.close()
        peers.close()
        engine.dispose()

    app = FastAPI(
        title="triage",
        version=version("triage"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(ResponseHeaders),
            Middleware(AccessLog, metrics=desk.metrics, stopping=stopping),
            Middleware(Authentication, key_ring=KeyRing(engine), session_ring=session_ring, people=people),
            Middleware(RequestLimits, counts=counts, settings=settings),
            Middleware(BodyLimit, max_body_bytes=settings.max_body_bytes),
            Middleware(FastPath, queue=queue),
        ],
    )
    app.state.desk, app.state.queue, app.state.stopping = desk, queue, stopping
    app.state.counts, app.state.people, app.state.oidc = counts, people, open_provider(settings)
    app.state.stored_queues, app.state.changes = StoredQueues(engine), Changes(settings.bundles, engine, gate)
    app.state.hooks = Hooks(lambda: app.state.desk, connections, intake[0].wake)
    app.state.replays = Replays(lambda: app.state.desk, settings.bundles)
    app.state.sources, app.state.peers = {name: one.source for name, one in connections.items()}, peers
    add_error_handlers(app)
    _include_routes(app)
    app.openapi = lambda: _schema(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def _include_routes(app: FastAPI) -> None:
    """For programs, then the pages that people look at."""
    for routes in (
        score,
        link_routes,  # before the tickets, whose path takes whatever follows
        context_routes,
        tickets,
        reviews,
        queue_routes,
        customers,
        model_routes,
        quality_routes,
        team_routes,
        problem_routes,
        change_routes,
        measure_routes,
        knowledge_routes,
        surge_routes,
        hooks,
        session,
        health,
        metrics,
        documentation,
    ):
        app.include_router(routes.router)
    for pages in (
        queue_pages,
        deciding,
        link_pages,
        ticket_pages,
        model_forms,
        model_pages,
        quality_pages,
        team_pages,
        development,  # before one problem, whose path takes whatever follows
        problem_pages,
        measure_pages,
        knowledge_pages,
        surge_pages,
        customer_pages,
        workload,
        held,  # before the customer, whose path takes whatever follows
        customer,
        sign_in,
        static_files,
        *((oidc_pages,) if app.state.oidc is not None else ()),
    ):
        app.include_router(pages.router)


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
                {
                    "name": "Context",
                    "description": "What is known beside a ticket, filed or not. Scopes `score` and `read`.",
                },
                {"name": "Tickets", "description": "What became of them. Scopes `read`, `score` or `review`."},
                {"name": "Reviews", "description": "What people make of answers. Scope `review`."},
                {"name": "Queue", "description": "Tickets that wait for a person. Scope `review`."},
                {
                    "name": "Models",
                    "description": "Which versions there are and which one answers. Scopes `read` and `admin`.",
                },
                {
                    "name": "Quality",
                    "description": "How good the answers have been, and what has changed. Scope `read`.",
                },
                {"name": "Links", "description": "What tickets belong to. Scopes `read` and `review`."},
                {"name": "Knowledge", "description": "Articles, and topics without one. Scope `read`."},
                {"name": "Measures", "description": "What the desk is measured by. Scope `read`."},
                {"name": "Surges", "description": "More incidents than usual. Scopes `read` and `review`."},
                {
                    "name": "Team",
                    "description": "Who resolves what well, and signs of strain, by team. Scope `read`.",
                },
                {"name": "Problems", "description": "What keeps coming back, and changes. Scopes `read` and `review`."},
                {"name": "People", "description": "Who asks, and what they may do."},
                {"name": "Webhooks", "description": "What ticketing systems send. Signed, so without a key."},
                {"name": "Health", "description": "For load balancers, supervisors and Prometheus."},
            ],
        )
        schema["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": "A key as `triage keys create` prints it."},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
        }
        schema["security"] = [{"bearer": []}, {"header": []}]
        app.openapi_schema = schema
    return app.openapi_schema
