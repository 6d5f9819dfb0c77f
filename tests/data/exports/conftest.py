"""Exports as a desk would hand them over, written where a test may write."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

WriteExport = Callable[..., Path]


@pytest.fixture
def write_export(tmp_path: Path) -> WriteExport:
    """A function that writes text or bytes to a file of that name, packed where the name ends in .gz."""

    def write(content: str | bytes, name: str = "export.csv") -> Path:
        raw = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write
