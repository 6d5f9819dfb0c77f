"""The documentation that a browser shows, all from this machine: Swagger UI from `fastapi_offline`, no CDN."""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse

from api.response_headers import POLICY
from api.security import requires
from triage.errors import NotFound

__all__ = ["router"]

router = APIRouter(dependencies=[Depends(requires())], include_in_schema=False)

_ASSETS = ("favicon.png", "swagger-ui-bundle.js", "swagger-ui.css")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """A page to read about every route and to try it."""
    root = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=request.app.title,
        swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/favicon.png",
        swagger_ui_parameters={"tryItOutEnabled": True},
    )
    page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())
    return page


@router.get("/docs/{name}")
def asset(name: str) -> FileResponse:
    """A file that the page needs."""
    if name not in _ASSETS:
        raise NotFound(f"No file of that name. Known: {', '.join(_ASSETS)}.")
    return FileResponse(str(files("fastapi_offline") / "static" / name))


@router.get("/openapi.json")
async def openapi(request: Request) -> dict[str, Any]:
    """The same for programs."""
    schema: dict[str, Any] = request.app.openapi()
    return schema


def _policy(page: str) -> str:
    """What every page may do, and of scripts within this one the one that starts it, as it is."""
    scripts = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _SCRIPT.findall(page)
    )
    return POLICY.replace("script-src 'self'", f"script-src 'self' {scripts}")
