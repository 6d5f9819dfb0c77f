"""The documentation can be read where there is no internet."""

import base64
import hashlib
import re
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from api.response_headers import POLICY


def test_the_page_and_all_it_needs_come_from_here(client: TestClient) -> None:
    """Service desks sit behind firewalls, and a CDN would learn who reads what."""
    page = client.get("/docs")
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.status_code == 200
    assert len(needed) == 3
    assert [client.get(link).status_code for link in needed] == [200, 200, 200]


def test_the_page_alone_may_run_the_script_that_is_in_it(client: TestClient) -> None:
    """Everything else that somebody manages to write into a page stays text."""
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert policy.replace(f" 'sha256-{digest}'", "") == POLICY
    assert client.get("/openapi.json").headers["content-security-policy"] == POLICY


def test_the_page_works_below_a_prefix(app: FastAPI, client: TestClient) -> None:
    """Reverse proxies like to put things under /triage."""
    with TestClient(app, root_path="/triage", headers=client.headers) as proxied:
        page = proxied.get("/docs")

    assert 'src="/triage/docs/swagger-ui-bundle.js"' in page.text
    assert "url: '/triage/openapi.json'" in page.text


def test_a_file_that_the_page_does_not_need_is_not_given(client: TestClient) -> None:
    """Only the files of a list, whatever the path says."""
    for name in ("redoc.standalone.js", "..%2fcore.py", "%2e%2e%2fcore.py"):
        assert client.get(f"/docs/{name}").status_code == 404


def test_every_operation_is_documented(client: TestClient) -> None:
    """Title, summary, tag, and what can go wrong."""
    schema: dict[str, Any] = client.get("/openapi.json").json()

    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert operation["tags"]
            if path.startswith("/v1"):
                # a webhook is answered before it is worked on, and signed in the place of a key
                told = {"202"} if operation.get("security") == [] else {"401"}
                assert told | {"403", "422", "503"} <= set(operation["responses"])
                assert {"200", "202", "204"} & set(operation["responses"])
                problem = operation["responses"]["422"]["content"]
                assert list(problem) == ["application/problem+json"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_the_way_to_send_a_key_is_documented(client: TestClient) -> None:
    """Swagger UI makes its Authorize button of it."""
    schema = client.get("/openapi.json").json()

    assert schema["security"] == [{"bearer": []}, {"header": []}]
    assert schema["paths"]["/healthz"]["get"]["security"] == []
