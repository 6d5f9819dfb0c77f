"""Serve predictions over HTTP, with the documentation of every route at /docs."""

import contextlib
import errno
import gc
import socket
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine
from uvicorn.supervisors import Multiprocess

from api.app import create_app
from api.logs import configure_logs
from data.database import open_database, refuse_workers, warn_of_wal_reset
from data.playbooks import read_playbook
from data.schema import prepare
from data.sources import connect, environment, read_sources
from models.registry import ServedModel
from triage.errors import InvalidInput, ModelUnusable, StoreUnusable
from triage.settings import read_settings

__all__ = ["serve", "served_app"]

_GRACE_SECONDS = 10
"""How long answers under way may take after a signal to stop; uvicorn alone would wait for ever."""

_OBJECTS_BEFORE_A_LOOK = (20_000, 20, 50)
"""Of the youngest generation and the next two; Python's own (700, 10, 10) take a seventh of a score's time."""

_HOW: dict[str, Any] = {
    "access_log": False,  # the application writes its own, with the request's id
    "log_config": None,
    "server_header": False,
    "timeout_graceful_shutdown": _GRACE_SECONDS,
}


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; more than one needs PostgreSQL.")] = 1,
) -> None:
    """Serve predictions over HTTP, with the documentation of every route at /docs."""
    configure_logs()
    settings = read_settings()
    # what cannot be read is said before anything listens
    read_playbook(settings.playbook)
    for source in read_sources(settings.sources):
        connect(source, environment())
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
            app = create_app(settings, models)
            _collect_seldom()
            _run(listener, app)
        else:
            _run_workers(listener, workers)


def served_app() -> FastAPI:
    """The application of this environment; every worker process makes its own."""
    configure_logs()
    settings = read_settings()
    models = ServedModel(settings.bundles)
    with contextlib.suppress(ModelUnusable):
        models.current()
    app = create_app(settings, models)
    _collect_seldom()
    return app


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


def _run(listener: socket.socket, app: FastAPI) -> None:
    server = uvicorn.Server(uvicorn.Config(app, **_HOW))
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has stopped
        server.run(sockets=[listener])


def _run_workers(listener: socket.socket, workers: int) -> None:
    config = uvicorn.Config("commands.serve:served_app", factory=True, workers=workers, **_HOW)
    with contextlib.suppress(KeyboardInterrupt):
        Multiprocess(config, sockets=[listener]).run()
