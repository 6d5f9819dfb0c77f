"""How pages are made: templates of this package, filled in with everything escaped, none of it with a script inside."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.pages.static_files import versioned

__all__ = ["page"]

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates", encoding="utf-8"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, *, status: int = 200, **content: object) -> HTMLResponse:
    """A page for whoever asks.

    Args:
        request: of the browser.
        template: its file below `api/templates`; it extends `layout.html`.
        status: of the answer.
        content: what the template names. It also has `caller` (None for strangers), `root` (what stands before every
            path of ours, `""` mostly), `path` (where we are) and `static`, the address of a file by its name.
    """
    root = request.scope.get("root_path", "")
    filled = _ENVIRONMENT.get_template(template).render(
        caller=getattr(request.state, "caller", None),
        root=root,
        path=request.scope["path"],
        static=lambda name: f"{root}{versioned(name)}",
        **content,
    )
    return HTMLResponse(filled, status_code=status)
