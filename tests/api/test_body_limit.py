"""No more of a body is read than the installation allows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from triage.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that reads a thousand bytes."""
    return Settings(_env_file=None, home=tmp_path, database_url=None, max_body_bytes=1000)


def body_of(n_bytes: int) -> bytes:
    """A ticket of exactly this length."""
    frame = b'{"subject": ""}'
    return frame[:-2] + b"x" * (n_bytes - len(frame)) + frame[-2:]


def chunks(body: bytes) -> Iterator[bytes]:
    """The same without saying how long it is."""
    for start in range(0, len(body), 300):
        yield body[start : start + 300]


@pytest.mark.parametrize(("n_bytes", "status"), [(1000, 200), (1001, 413)])
@pytest.mark.parametrize("sent", [lambda body: body, chunks])
def test_a_body_is_read_up_to_the_limit(
    client: TestClient, n_bytes: int, status: int, sent: Callable[[bytes], Any]
) -> None:
    """A caller that says nothing about the length must not be able to fill the memory."""
    answer = client.post("/v1/score", content=sent(body_of(n_bytes)), headers={"Content-Type": "application/json"})

    assert answer.status_code == status


def test_the_refusal_names_the_limit(client: TestClient) -> None:
    """Whoever gets it can split the batch."""
    answer = client.post("/v1/score", content=body_of(1001), headers={"Content-Type": "application/json"})

    assert answer.headers["content-type"] == "application/problem+json"
    assert "1,000 bytes" in answer.json()["detail"]


def test_a_length_that_is_none_is_counted(client: TestClient) -> None:
    """Headers are what strangers write."""
    answer = client.post(
        "/v1/score", content=chunks(body_of(1001)), headers={"Content-Type": "application/json", "Content-Length": "-5"}
    )

    assert answer.status_code == 413
