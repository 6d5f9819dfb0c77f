"""One request after the other, each on a connection of its own."""

import json
import time
import urllib.request
from collections.abc import Mapping

__all__ = ["PATIENCE_SECONDS", "ask", "seconds_of"]

PATIENCE_SECONDS = 60


def ask(url: str, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
    """The answer's body; the question is posted as JSON where there is one."""
    request = urllib.request.Request(url, headers=dict(headers or {}))
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        content: bytes = answer.read()
    return content


def seconds_of(url: str, body: object = None, headers: Mapping[str, str] | None = None) -> float:
    """How long it takes until the answer is there."""
    begun = time.perf_counter()
    ask(url, body, headers)
    return time.perf_counter() - begun
