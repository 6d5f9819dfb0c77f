"""Serve predictions over HTTP, with the documentation of every route at /docs."""

import contextlib
import errno
import gc
import signal
import socket
import sys
from functools import partial
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from api.connections import BoundedConnection
from api.logs import configure_logs
from commands.gate import ask_gate
from commands.processes import WorkerProcesses, counts_of_processes, draining
from data.database import open_database, refuse_workers, warn_of_wal_reset
from data.playbooks import read_playbook
from data.schema import prepare
from data.sources import connect, environment, read_sources
from data.subscribers import read_subscribers, receiver_of
from models.registry import ServedModel
from triage.errors import InvalidInput, ModelUnusable, StoreUnusable
from triage.settings import read_settings

__all__ = ["serve", "served_app"]

_GRACE_SECONDS = 12
"""How long answers under way may take once nothing new is accepted; uvicorn alone would wait for ever."""

_LIMIT_SECONDS = 25
"""So long after the draining the process leaves, whatever it is at: answers under way, then what the workers hold."""

_BUSY_SECONDS = 30
"""A worker process that does not answer its parent for so long is taken for hung; reading a large model is none."""

_OBJECTS_BEFORE_A_LOOK = (20_000, 20, 50)
"""Of the youngest generation and the next two; Python's own (700, 10, 10) take a seventh of a score's time."""

_HOW: dict[str, Any] = {
    "http": BoundedConnection,
    "access_log": False,  # the application writes its own, with the request's id
    "log_config": None,
    "server_header": False,
    "timeout_graceful_shutdown": _GRACE_SECONDS,
    "timeout_worker_healthcheck": _BUSY_SECONDS,
}


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; more than one needs PostgreSQL.")] = 1,
    drain_seconds: Annotated[
        float, typer.Option(min=0, help="After SIGTERM, how long to answer what still comes, while /readyz says no.")
    ] = 5.0,
) -> None:
    """Serve predictions over HTTP, with the documentation of every route at /docs."""
    signal.signal(signal.SIGTERM, _leave)  # until uvicorn listens to it; and it raises it again once it has stopped
    configure_logs()
    settings = read_settings()
    # what cannot be read is said before anything listens
    read_playbook(settings.playbook)
    for source in read_sources(settings.sources):
        connect(source, environment())
    for subscriber in read_subscribers(settings.sources):
        receiver_of(subscriber, environment())
    engine = open_database(settings.database)
    if workers > 1:
        refuse_workers(engine)
    warn_of_wal_reset(engine)
    with contextlib.closing(_listening(host, port)) as listener:
        # a single process serves with what it has read here; further ones read it for themselves
        models = ServedModel(settings.bundles)
        _announce(listener, models, engine)
        engine.dispose()
        if workers == 1:
            app = create_app(settings, models, ask_gate)
            _collect_seldom()
            _run(listener, app, drain_seconds)
        else:
            del models  # the parent answers nothing
            with counts_of_processes(settings.home / "metrics"):
                _run_workers(listener, workers, drain_seconds)


def served_app(drain_seconds: float) -> FastAPI:
    """The application of this environment; every worker process makes its own."""
    configure_logs()
    settings = read_settings()
    models = ServedModel(settings.bundles)
    with contextlib.suppress(ModelUnusable):
        models.current()
    app = create_app(settings, models, ask_gate)
    _collect_seldom()
    return draining(app, drain_seconds, drain_seconds + _LIMIT_SECONDS)


def _collect_seldom() -> None:
    """Lets the garbage collector pass over what was loaded, and look for cycles less often: hardly any are made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_OBJECTS_BEFORE_A_LOOK)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InvalidInput(f"Port {port} on {host} is in use; choose another one with --port.") from error
        raise InvalidInput(f"Nothing can listen on port {port} of {host}: {error.strerror}.") from error


def _announce(listener: socket.socket, models: ServedModel, engine: Engine) -> None:
    """Says where to find it, and what is missing before it will answer."""
    host, port = listener.getsockname()[:2]
    typer.echo(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port} (documentation at /docs).", err=True)
    missing = []
    try:
        models.current()
    except ModelUnusable as error:
        missing.append(str(error))
    try:
        prepare(engine)
    except StoreUnusable as error:
        missing.append(str(error))
    typer.echo(f"Not ready: {' '.join(missing)}" if missing else "Ready.", err=True)


def _run(listener: socket.socket, app: FastAPI, drain_seconds: float) -> None:
    # made once uvicorn listens to signals, which the draining goes before
    factory = partial(draining, app, drain_seconds, drain_seconds + _LIMIT_SECONDS)
    server = uvicorn.Server(uvicorn.Config(factory, factory=True, **_HOW))
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _run_workers(listener: socket.socket, workers: int, drain_seconds: float) -> None:
    factory = partial(served_app, drain_seconds)
    config = uvicorn.Config(factory, factory=True, workers=workers, **_HOW)
    with contextlib.suppress(KeyboardInterrupt):
        WorkerProcesses(config, [listener], stop_within=drain_seconds + _LIMIT_SECONDS).run()


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(0)
