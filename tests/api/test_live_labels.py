"""What a ticketing system has in its lists, remembered for a minute."""

from types import SimpleNamespace
from typing import Any

import pytest

from api.live_labels import FRESH_SECONDS, LiveLabels
from data.connectors.errors import TryLater


class Desk:
    """A system whose list of groups changes."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.labels: tuple[str, ...] | Exception | None = ("Network",)

    def connection(self, name: str = "desk") -> Any:  # noqa: ANN401  (as much of one as is looked at)
        """It, connected under a name."""
        return SimpleNamespace(source=SimpleNamespace(name=name), connector=SimpleNamespace(labels=self._ask))

    def _ask(self, _client: object, _target: str) -> tuple[str, ...] | None:
        self.n_asked += 1
        if isinstance(self.labels, Exception):
            raise self.labels
        return self.labels


CLIENT: Any = None


def test_a_list_is_asked_for_once_a_minute() -> None:
    """A system that allows a hundred calls a minute has better things to tell."""
    now, desk = [0.0], Desk()
    labels = LiveLabels(lambda: now[0])

    first = labels.of(desk.connection(), CLIENT, "assignment_group")
    desk.labels = ("Network", "Apps")
    now[0] = FRESH_SECONDS - 1
    second = labels.of(desk.connection(), CLIENT, "assignment_group")
    now[0] = FRESH_SECONDS
    third = labels.of(desk.connection(), CLIENT, "assignment_group")

    assert (first, second, third) == (("Network",), ("Network",), ("Network", "Apps"))
    assert desk.n_asked == 2


def test_every_system_and_target_has_a_list_of_its_own() -> None:
    """Also one that has none is not asked again."""
    desk = Desk()
    labels = LiveLabels(lambda: 0.0)

    for name, target in [("desk", "priority"), ("desk", "category"), ("other", "priority"), ("desk", "priority")]:
        labels.of(desk.connection(name), CLIENT, target)
    assert desk.n_asked == 3

    desk.labels = None
    assert [labels.of(desk.connection(), CLIENT, "impact") for _ in range(2)] == [None, None]
    assert desk.n_asked == 4


def test_a_system_that_did_not_tell_is_asked_again() -> None:
    """The next attempt must not take silence for a list."""
    desk = Desk()
    labels = LiveLabels(lambda: 0.0)
    desk.labels = TryLater("busy")
    with pytest.raises(TryLater):
        labels.of(desk.connection(), CLIENT, "priority")
    desk.labels = ("high",)

    assert labels.of(desk.connection(), CLIENT, "priority") == ("high",)
