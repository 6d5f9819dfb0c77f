"""What the head of a request may be: its headers, its path and its query string.

Servers have limits of their own, `api/connections.py` that of ours; these hold behind any, and say what to do.
"""

from starlette.types import Scope

__all__ = ["head_fault"]

MOST_HEAD_BYTES = 64 * 1024
"""The whole head, which the server counts while it comes."""
MOST_HEADERS = 100
LONGEST_HEADER = 16 * 1024
"""Bytes of its value; a cookie and a few forwarding proxies come nowhere near."""
LONGEST_PATH = 4 * 1024
LONGEST_QUERY = 8 * 1024


def head_fault(scope: Scope) -> tuple[int, str] | None:
    """The status and the sentence that a head is refused with; None for one that is read."""
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS:
        return 431, f"The request has more than {MOST_HEADERS} headers; leave out what is not needed."
    if max([len(value) for _, value in headers], default=0) > LONGEST_HEADER:
        return 431, f"A header is longer than {LONGEST_HEADER:,} bytes; leave out what is not needed."
    if len(scope["query_string"]) > LONGEST_QUERY:
        return 414, f"The query string is longer than {LONGEST_QUERY:,} bytes; what is sent belongs into the body."
    path: str = scope["path"]
    if len(path) > LONGEST_PATH:
        return 414, f"The path is longer than {LONGEST_PATH:,} characters; what is sent belongs into the body."
    if not path.isprintable() and any(character < " " or character == "\x7f" for character in path):
        return 400, "The path has a control character in it (%00 to %1F, %7F); send it without."
    return None
