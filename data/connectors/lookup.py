"""Lists that a system gives by pages; and ids by names, asked once and remembered for some minutes."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from data.connectors.errors import Refused
from data.exports.nearest import suggestion

__all__ = ["Lookup", "all_pages"]

KEPT_SECONDS = 300.0
"""How long an answer is believed; a new group is found by then."""

ASKED_AGAIN_SECONDS = 30.0
"""A name that is not known is asked for again after so long, and no sooner: it may just be wrong."""

MOST_PAGES = 50
"""Of a list; a system that never comes to an end is not followed further."""

_Item = TypeVar("_Item")


def all_pages(page: Callable[[int], Sequence[_Item]], size: int = 100) -> list[_Item]:
    """Everything on the pages, which are counted from 0; the first that is not full is the last."""
    found: list[_Item] = []
    for number in range(MOST_PAGES):
        listed = page(number)
        found += listed
        if len(listed) < size:
            break
    return found


class Lookup:
    """Remembers what `load` answered, by what was asked.

    Args:
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: dict[str, tuple[float, Mapping[str, str]]] = {}

    def names(
        self, asked: str, load: Callable[[], Mapping[str, str]], within: float = KEPT_SECONDS
    ) -> Mapping[str, str]:
        """Ids by names, as the system spells them."""
        known = self._answers.get(asked)
        if known is None or self._clock() - known[0] > within:
            known = (self._clock(), load())
            self._answers[asked] = known
        return known[1]

    def name(self, asked: str, id_: str, load: Callable[[], Mapping[str, str]]) -> str | None:
        """The name that has this id; None if none has."""
        return next((name for name, each in self.names(asked, load).items() if each == id_), None)

    def id(self, asked: str, name: str, what: str, load: Callable[[], Mapping[str, str]]) -> str:
        """The id of a name, in whatever case.

        Raises:
            Refused: nothing has this name.
        """
        for within in (KEPT_SECONDS, ASKED_AGAIN_SECONDS):
            known = self.names(asked, load, within)
            found = known.get(name) or {each.casefold(): id_ for each, id_ in known.items()}.get(name.casefold())
            if found is not None:
                return found
        raise Refused(f"There is no {what} named '{name}'.{suggestion([name], known)}")
