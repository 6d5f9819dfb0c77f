"""Stylesheets, scripts and pictures of the pages, for everybody; read once, and kept by browsers until they change."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.security import STATIC
from triage.errors import NotFound

__all__ = ["router", "versioned"]

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parents[1] / "static"
_FOR_GOOD, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent."""

    content: bytes
    media_type: str
    version: str


@router.get(STATIC + "{name:path}")
async def static_file(name: str, version: Annotated[str, Query(alias="v")] = "") -> Response:
    """A file by its name below `api/static`; nothing else can be had, however it is written."""
    found = _files().get(name)
    if found is None:
        raise NotFound("There is no such file.")
    kept = _FOR_GOOD if version == found.version else _ASK_AGAIN
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": kept})


def versioned(name: str) -> str:
    """The address of a file, another one whenever its content is."""
    return f"{STATIC}{name}?v={_files()[name].version}"


@cache
def _files() -> Mapping[str, _File]:
    paths = sorted(path for path in _FOLDER.rglob("*") if path.is_file())
    return MappingProxyType({path.relative_to(_FOLDER).as_posix(): _read(path) for path in paths})


def _read(path: Path) -> _File:
    content = path.read_bytes()
    media_type, _ = mimetypes.guess_type(path.name)
    return _File(content, media_type or "application/octet-stream", hashlib.sha256(content).hexdigest()[:12])
