"""Every route that the documentation has, asked in ways that nobody planned: none fails, none breaks its own schema.

`test_openapi.py` asks the other question: whether what fits is taken, and what does not is refused.
"""

import time
from collections.abc import Callable

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

N_EXAMPLES = 10
MOST_SECONDS = 1.0
"""For an answer, of this process; nothing that a generator makes is large."""

DOCUMENTED_FAULTS = (501, 503)
"""Said of what is not there: a gate where only serving is installed, a model, a database."""


def nothing_failed(context: CheckContext, response: Response, case: Case) -> None:  # noqa: ARG001  (a check's form)
    """No answer says that something went wrong here, and each refusal says what did."""
    assert response.status_code < 500 or response.status_code in DOCUMENTED_FAULTS
    if response.status_code >= 400:
        assert response.json()["detail"].endswith(".")


CHECKS = [
    nothing_failed,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "not fitting"])
def test_whatever_is_asked_is_answered_as_documented(
    app: FastAPI, new_key: Callable[..., str], mode: GenerationMode
) -> None:
    """Taken from the document itself, so that a route that is added is asked, too."""
    key = {"X-API-Key": new_key("score", "read", "review", "admin")}
    document = schemathesis.openapi.from_asgi("/openapi.json", app, headers=key)
    asked = []

    for operation in (found.ok() for found in document.get_all_operations()):
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
            continue  # there is nothing that could not fit

        @given(case=operation.as_strategy(mode))
        @examples(
            max_examples=N_EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case: Case) -> None:
            response, seconds = _timed(case, key)
            if seconds >= MOST_SECONDS:  # what goes on beside requests counts, too; a body that is slow is slow again
                response, seconds = _timed(case, key)
            assert seconds < MOST_SECONDS
            case.validate_response(response, checks=CHECKS, headers=key)

        send()
        asked.append(f"{operation.method.upper()} {operation.path}")

    assert len(asked) == len(set(asked)) >= 8


def _timed(case: Case, key: dict[str, str]) -> tuple[Response, float]:
    """The answer, and the processor time that passed until it was there."""
    began = time.process_time()
    return case.call(headers=key), time.process_time() - began
