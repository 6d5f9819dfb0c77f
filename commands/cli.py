"""The command `triage`: nouns, then verbs, each noun mounted from an entry point and loaded only when it is used.

A new noun is a module of this folder and a line under `triage.commands` in `pyproject.toml`: a Typer for a noun with
verbs, a function for one without. The first line of the module's docstring is its help. A command imports what only
training needs when it runs, so that a machine that only serves has all the others.
"""

import ast
import io
import logging
import os
import sys
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from triage.errors import TriageError

__all__ = ["create_cli", "main"]


def create_cli(noun: str | None) -> typer.Typer:
    """The command line, with the commands of one noun loaded and the others listed.

    Args:
        noun: the first word that was typed.
    """
    cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    cli.callback(help="Ticket triage and customer profiling for service desks.")(_options)
    for entry in sorted(entry_points(group="triage.commands"), key=lambda entry: entry.name):
        if entry.name != noun:
            cli.command(entry.name, help=_first_line(entry))(_listed_only)
            continue
        loaded = entry.load()
        if isinstance(loaded, typer.Typer):
            does_something = bool(loaded.info.invoke_without_command)  # also without a verb
            cli.add_typer(loaded, name=entry.name, help=_first_line(entry), no_args_is_help=not does_something)
        else:
            cli.command(entry.name)(loaded)
    return cli


def main() -> NoReturn:
    """Run the command line; a refusal is one sentence on stderr and exit code 1, wrong usage is 2."""
    # MLflow reports its use to its makers and its migrations to the terminal, unless told otherwise before it loads.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # it is drawn even where nobody looks
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # seven, its default, keep people waiting for minutes
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of few characters shows the others as question marks
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    try:
        create_cli(words[0] if words else None)()
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        sys.exit(
            _refusal(
                f"This command needs {package}, which comes with the extra `train`: "
                "pip install '.[train]' in a checkout."
            )
        )
    except TriageError as refused:
        sys.exit(_refusal(str(refused)))
    except OSError as error:
        sys.exit(_refusal(f"{error.strerror}: {error.filename}" if error.filename else str(error)))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _refusal(sentence: str) -> int:
    typer.echo(sentence, err=True)
    return 1


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"triage {version('triage')}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Nothing to do before a noun."""


def _listed_only() -> None:
    """Stands in the list for a noun that was not asked for."""


def _first_line(entry: EntryPoint) -> str:
    """The first line of the docstring of the module that an entry point names, read without running it."""
    spec = find_spec(entry.module)
    if spec is None or spec.origin is None:
        return ""
    docstring = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]
