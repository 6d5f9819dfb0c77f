"""The kinds of what is personal or secret, and the mark that stands in the place of each; a new kind is a name here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

__all__ = ["KINDS", "MARKS", "Kind"]

Kind = Literal["secret", "url_user", "email", "iban", "card", "ip", "phone"]
"""What is looked for; `url_user` is who signs in within a link, `secret` is what opens something."""

KINDS: frozenset[Kind] = frozenset(get_args(Kind))
"""All of them."""

MARKS: Mapping[Kind, str] = MappingProxyType(
    {
        "secret": "[secret]",
        "url_user": "[secret]",
        "email": "[emailaddress]",
        "iban": "[bankaccount]",
        "card": "[longnumber]",
        "ip": "[ipaddress]",
        "phone": "[longnumber]",
    }
)
"""What stands in the place of each."""
