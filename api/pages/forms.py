"""What people have typed into a form of ours, as browsers send it."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from triage.errors import InvalidInput

__all__ = ["Fields", "form_fields", "read_form"]

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS, _LARGEST_FORM = 100, 20_000


async def read_form(request: Request) -> dict[str, str]:
    """What was typed; the last of fields by one name.

    Raises:
        InvalidInput: something else was sent.
    """
    return await form_fields(request, most=_MOST_FIELDS)


async def form_fields(request: Request, *, most: int) -> dict[str, str]:
    """The same for a form of which nobody sends more than so many fields.

    Raises:
        InvalidInput: something else was sent.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if not body and not declared:
        return {}  # a form without fields
    if declared == _FORM and len(body) <= _LARGEST_FORM:
        try:
            fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=most, errors="strict")
        except ValueError:
            pass
        else:
            return {name: values[-1] for name, values in fields.items()}
    raise InvalidInput(f"A form is expected here, as the page at {_page_of(request)} sends it.")


def _page_of(request: Request) -> str:
    """The page that a form belongs to: the first step of the path."""
    return f"/{request.scope['path'].split('/')[1]}"


Fields = Annotated[dict[str, str], Depends(read_form)]
"""A route's parameter of this type is what was typed; name it after whoever may do so, who is asked first."""
