"""The log of the serving process, from structlog and from libraries alike, to stderr: one JSON object a line.

At a terminal the same lines are written for people. An error is told by its kind and where it was raised, never by its
message, which may quote a ticket.
"""

import json
import logging
import sys
import threading
import traceback
from types import TracebackType

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

__all__ = ["configure_logs", "frames_of"]

_QUIET = ("alembic", "httpx", "httpcore")
"""Libraries that tell every step, the last two with the addresses that they ask."""

_encode = json.JSONEncoder(ensure_ascii=False, default=repr).encode


def configure_logs() -> None:
    """Sets up both; called by whoever starts the process, never by what runs in it."""
    written = _for_people if sys.stderr.isatty() else _as_json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, _without_message, written],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_message, written],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_end_of_thread


def frames_of(trace: TracebackType | None) -> list[str]:
    """Where an error was raised, innermost last; without its message, which may quote a ticket."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def _as_json(logger: WrappedLogger, name: str, event: EventDict) -> str:  # noqa: ARG001  (a processor's form)
    return _encode(event)


_for_people = structlog.dev.ConsoleRenderer(colors=True)


def _without_message(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001  (the same)
    """Kind and frames in the place of an exception."""
    given = event.pop("exc_info", None)
    if given:
        kind, _, trace = given if isinstance(given, tuple) else sys.exc_info()
        event["kind"], event["frames"] = None if kind is None else kind.__name__, frames_of(trace)
    return event


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    log = structlog.get_logger(__name__)
    log.error("thread_ended", kind=ended.exc_type.__name__, frames=frames_of(ended.exc_traceback))
