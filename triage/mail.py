"""Where mail goes, and by which server: addresses and a URL out of settings, refused where they do not fit."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from triage.errors import InvalidInput

__all__ = ["MailServer", "read_addresses", "read_mail_server"]

# neither space, line break, comma nor bracket: nothing that ends a header's line or begins another address
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+")
_PORTS = {"smtp": 587, "smtps": 465}
_MOST_ADDRESSES = 50


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mail is given to.

    Attributes:
        host: its name, which its certificate has to prove.
        port: -
        is_tls: whether it is encrypted from the beginning; else it becomes so before anything is said.
        user: who signs in; None where nobody has to.
        password: theirs.
    """

    host: str
    port: int
    is_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_mail_server(url: str) -> MailServer:
    """The server of a URL such as `smtp://user:password@mail.example:587`; `smtps` is encrypted from the beginning.

    A `@`, `:` or `/` in the user or the password is written as in any URL: `%40`, `%3A`, `%2F`.

    Raises:
        InvalidInput: it is no such URL; the sentence does not repeat it, as it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or parts.path.strip("/") or parts.query:
        raise InvalidInput("one looks like smtp://USER:PASSWORD@mail.example.org:587, or smtps:// with port 465")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return MailServer(host, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)


def read_addresses(text: str) -> tuple[str, ...]:
    """The addresses of a list with commas, each once; the display names of mail programs are not taken.

    Raises:
        InvalidInput: one of them is none, or they are too many.
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    wrong = [address for address in found if not _ADDRESS.fullmatch(address)]
    if wrong:
        raise InvalidInput(f"{wrong[0]!r} is no mail address")
    if len(found) > _MOST_ADDRESSES:
        raise InvalidInput(f"{len(found)} addresses are more than {_MOST_ADDRESSES}; use a list of your mail server")
    return found
