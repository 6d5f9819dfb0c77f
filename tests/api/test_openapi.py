"""The documentation of the interface, held against what it really answers."""

from collections.abc import Callable

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

ALWAYS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
OPERATIONS = [
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/v1/changes", "GET"),
    ("/v1/changes/{id}", "PUT"),
    ("/v1/customers", "GET"),
    ("/v1/customers/{id}", "GET"),
    ("/v1/customers/{id}/plan", "PUT"),
    ("/v1/hooks/{source}", "POST"),
    ("/v1/problems", "GET"),
    ("/v1/problems/{id}", "GET"),
    ("/v1/problems/{id}", "PATCH"),
    ("/v1/problems/{id}/merge", "POST"),
    ("/v1/problems/{id}/split", "POST"),
    ("/v1/quality", "GET"),
    ("/v1/quality/drift", "GET"),
    ("/v1/surges", "GET"),
    ("/v1/surges/{surge_id}", "PATCH"),
    ("/v1/queue", "GET"),
    ("/v1/queue/claim", "POST"),
    ("/v1/queue/release", "POST"),
    ("/metrics", "GET"),
    ("/v1/measures", "GET"),
    ("/v1/models", "GET"),
    ("/v1/models/rollback", "POST"),
    ("/v1/models/{ref}/promote", "POST"),
    ("/v1/context", "POST"),
    ("/v1/tickets/{id}/context", "GET"),
    ("/v1/score", "POST"),
    ("/v1/score/batch", "POST"),
    ("/v1/session", "GET"),
    ("/v1/team/expertise", "GET"),
    ("/v1/team/strain", "GET"),
    ("/v1/reviews", "GET"),
    ("/v1/reviews", "POST"),
    ("/v1/reviews/batch", "POST"),
    ("/v1/reviews/{id}/undo", "POST"),
    ("/v1/tickets/{id}", "GET"),
    ("/v1/tickets/{id}/outcome", "PUT"),
    ("/v1/tickets/{id}/links", "GET"),
    ("/v1/tickets/{id}/links/{kind}/{other}", "PUT"),
    ("/v1/tickets/{id}/links/{kind}/{other}", "DELETE"),
    ("/v1/knowledge/articles", "GET"),
    ("/v1/knowledge/gaps", "GET"),
]


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [(*operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
    + [(*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation[1] in ("POST", "PUT")],
)
def test_whatever_is_sent_is_answered_as_documented(
    app: FastAPI, new_key: Callable[..., str], path: str, method: str, mode: GenerationMode
) -> None:
    """Clients are generated from the documentation; an undocumented answer breaks them in production."""
    key = {"X-API-Key": new_key("score", "read", "review", "admin")}
    operation = schemathesis.openapi.from_asgi("/openapi.json", app, headers=key)[path][method]
    checks = [*ALWAYS, positive_data_acceptance, negative_data_rejection]
    if "batch" in path:
        checks.remove(negative_data_rejection)  # a ticket that does not fit is answered there, not refused
    if path == "/v1/queue/claim":
        checks.remove(negative_data_rejection)  # whatever stands in a query is some text
    if path == "/v1/customers":
        checks.remove(positive_data_acceptance)  # no schema tells an `after` that was given from any other text
    if path == "/v1/quality/drift":
        checks.remove(not_a_server_error)  # the fake has no training that today could be held against

    used: set[str | None] = set()

    @given(case=operation.as_strategy(mode))
    @examples(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def send(case: Case) -> None:
        repeat_key = case.headers.get("Idempotency-Key") if case.headers else None
        # no schema tells a key that was used for something else from a new one
        assume(repeat_key is None or repeat_key not in used)
        used.add(repeat_key)
        case.call_and_validate(headers=key, checks=checks)

    send()


def test_every_operation_is_tried(app: FastAPI) -> None:
    """The table above is written by hand; this keeps it whole."""
    documented = [
        (path, method.upper()) for path, operations in app.openapi()["paths"].items() for method in operations
    ]

    assert sorted(documented) == sorted(OPERATIONS)
