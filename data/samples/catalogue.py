"""What the sample desk supports: services, the groups that look after them, and where their tickets go astray.

A new service is a table in `services.toml` and one of the same name in each `phrases_*.toml`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

__all__ = ["Catalogue", "Service", "load_catalogue"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `incident_ratio` (0 to 1) is how much of its volume is something broken, the rest is wishes."""

    name: str
    group: str
    weight: float
    incident_ratio: float
    codes: tuple[str, ...]
    released: bool
    monitored: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All services, in a fixed order, with `cum_weights` for drawing one by its volume.

    `mistaken_for` names, for every group, the groups that its tickets are wrongly recorded under.
    """

    services: tuple[Service, ...]
    cum_weights: tuple[float, ...]
    mistaken_for: Mapping[str, tuple[str, ...]]

    @property
    def groups(self) -> tuple[str, ...]:
        """The assignment groups, in the order of the file."""
        return tuple(self.mistaken_for)


@cache
def load_catalogue() -> Catalogue:
    """The catalogue of `services.toml`, read once."""
    raw = tomllib.loads(files("data.samples").joinpath("services.toml").read_text(encoding="utf-8"))
    services = tuple(
        Service(
            name=name,
            group=row["group"],
            weight=row["weight"],
            incident_ratio=row["incident_ratio"],
            codes=tuple(row["codes"]),
            released=row.get("released", False),
            monitored=row.get("monitored", False),
        )
        for name, row in raw["services"].items()
    )
    return Catalogue(
        services=services,
        cum_weights=tuple(accumulate(service.weight for service in services)),
        mistaken_for={group: tuple(others) for group, others in raw["groups"].items()},
    )
