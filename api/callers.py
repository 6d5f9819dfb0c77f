"""Who asks: a program with a key, or a person who has signed in."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Caller", "CallerKind"]

CallerKind = Literal["key", "user"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a request comes from.

    Attributes:
        kind: a program's key, or a person.
        id: of the key or the person.
        name: of the key, or the person's e-mail address.
        scopes: what they may do, in the words that keys have for it.
        role: of the person; None for a program.
    """

    kind: CallerKind
    id: str
    name: str
    scopes: tuple[str, ...]
    role: str | None = None

    @property
    def reference(self) -> str:
        """What is stored of them: `key:ID` or `user:ID`."""
        return f"{self.kind}:{self.id}"
