"""What a model is to be: the training configuration, from TOML into frozen values that the manifest keeps.

A new parameter is a field and its bounds here, and a line with its reason in `configs/default.toml`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from math import inf
from pathlib import Path
from typing import Any, get_args

from triage.customers.forecast import LONGEST_HORIZON
from triage.customers.norms import BARS
from triage.errors import InvalidInput
from triage.prediction import Mode
from triage.targets import Target

__all__ = ["CustomerParameters", "TrainingParameters", "parameters_kept", "read_parameters"]

DEFAULTS = Path(__file__).with_name("default.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerParameters:
    """What to learn of a desk's customers.

    Attributes:
        horizon_days: how far ahead a forecast looks.
        n_contacts: how many contacts in that time are often; 0 for as many as the most active 5 % make.
        closed_days: holidays and the like, past and to come; few call on those.
        bars: from where on a measure of `triage.customers.norms.BARS` stands out, where the desk says so itself.
    """

    horizon_days: int = 30
    n_contacts: int = 0
    closed_days: tuple[date, ...] = ()
    bars: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingParameters:
    """How to learn.

    Attributes:
        min_tickets_per_term: a term in fewer tickets is not learned from.
        max_terms: the most frequent terms are kept up to this many.
        regularisation: LinearSVC's C; smaller trusts single words less.
        encoder: what gives words their meaning: `static`, `minilm` (the same, and asked about every ticket as well),
            `none`, or a sentence encoder's path or name.
        n_networks: how many networks answer together.
        n_hidden: how wide each one's hidden layer is.
        n_epochs: rounds over the tickets; fewer on large histories.
        n_folds: parts, at most, for the out-of-fold answers that base models are blended and thresholds set on.
        test_ratio: the share of tickets set aside to measure on, 0 to 1.
        correction_weight: as how many tickets one counts whose answer a reviewer has corrected.
        gap_days: days before those that nothing is learned from, where the history has dates.
        targets: mode and precision for each target that is named; others get the defaults of `Target`.
        priority_matrix: for each impact, for each urgency, the priority they make; what is not named, history shows.
        descriptions: for each target, for each label, what it is there for, in words; learned from like a ticket.
        customers: what to learn of those who write.
        fast: learn from terms alone, without word vectors and network.
        seed: for everything that chance decides.
    """

    min_tickets_per_term: int
    max_terms: int
    regularisation: float
    encoder: str
    n_networks: int
    n_hidden: int
    n_epochs: int
    n_folds: int
    test_ratio: float
    gap_days: float
    correction_weight: float
    targets: Mapping[str, Target] = field(default_factory=dict)
    priority_matrix: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    descriptions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    customers: CustomerParameters = field(default_factory=CustomerParameters)
    fast: bool = False
    seed: int = 0

    def target(self, name: str) -> Target:
        """The question of this name, as configured."""
        return self.targets.get(name, Target(name))

    def as_dict(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        found = asdict(self)
        found["customers"]["closed_days"] = [day.isoformat() for day in self.customers.closed_days]
        return found


def read_parameters(path: Path | None = None) -> TrainingParameters:
    """The parameters of a TOML file over the defaults; the defaults alone where no file is given.

    Raises:
        InvalidInput: the file is missing or not TOML, or it names or sets something that there is not.
    """
    content = _toml(DEFAULTS)
    if path is not None:
        given = _toml(path)
        if not isinstance(given.get("targets", {}), dict):
            raise InvalidInput(f"{path}: targets are tables such as [targets.priority].")
        if not isinstance(given.get("customers", {}), dict):
            raise InvalidInput(f"{path}: what to learn of customers is a table [customers].")
        merged = {name: {**content[name], **given.get(name, {})} for name in ("targets", "customers")}
        content = {**content, **given, **merged}
    known = {f.name for f in fields(TrainingParameters)} - {"fast", "seed"}
    for name, value in content.items():
        if name not in known:
            raise InvalidInput(f"No training parameter named {name!r}. Known: {', '.join(sorted(known))}.")
        if name == "encoder" and not isinstance(value, str):
            raise InvalidInput("encoder must be a string: static, minilm, none, or a sentence encoder's path or name.")
        if name == "priority_matrix":
            _check_tables(name, value, 'a table for each impact, such as "1 - High" = {"2 - Medium" = "2"}')
        if name == "descriptions":
            _check_tables(
                name, value, 'a table for each target, such as assignment_group = {"Telephony" = "Desk phones."}'
            )
        if name in _BOUNDS:
            _check_number(name, value)
    return TrainingParameters(
        **{
            **content,
            "targets": {n: _target(n, t) for n, t in content["targets"].items()},
            "customers": _customers(content["customers"]),
        }
    )


def parameters_kept(content: Mapping[str, Any]) -> TrainingParameters:
    """The parameters that `TrainingParameters.as_dict` gave; the defaults stand for those that were not known then."""
    customers = dict(content.get("customers", {}))
    days = tuple(date.fromisoformat(day) for day in customers.pop("closed_days", ()))
    known = {f.name for f in fields(TrainingParameters)} - {"targets", "customers"}
    return replace(
        read_parameters(),
        **{name: value for name, value in content.items() if name in known},
        targets={name: Target(**given) for name, given in content.get("targets", {}).items()},
        customers=CustomerParameters(**customers, closed_days=days),
    )


_BOUNDS: Mapping[str, tuple[type, float, float]] = {
    "min_tickets_per_term": (int, 1, 1_000_000),
    "max_terms": (int, 1, 10_000_000),
    "regularisation": (float, 1e-6, 1e6),
    "n_networks": (int, 1, 20),
    "n_hidden": (int, 8, 4096),
    "n_epochs": (int, 1, 1000),
    "n_folds": (int, 2, 20),
    "test_ratio": (float, 0.01, 0.9),
    "gap_days": (float, 0, 365),
    "correction_weight": (float, 1, 100),
    "horizon_days": (int, 1, LONGEST_HORIZON),
    "n_contacts": (int, 0, 1_000_000),
}


def _check_number(name: str, value: object) -> None:
    kind, low, high = _BOUNDS[name]
    fits = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    if not fits or not low <= value <= high:  # type: ignore[operator] # a number by the line above
        raise InvalidInput(f"{name} must be a{'n integer' if kind is int else ' number'} from {low:g} to {high:g}.")


def _check_tables(name: str, value: object, expected: str) -> None:
    rows = value.values() if isinstance(value, dict) else [None]
    if not all(isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values()) for row in rows):
        raise InvalidInput(f"{name} holds {expected}.")


def _customers(content: Mapping[str, Any]) -> CustomerParameters:
    known = [f.name for f in fields(CustomerParameters)]
    for name, value in content.items():
        if name not in known:
            raise InvalidInput(f"No setting {name!r} for customers. Known: {', '.join(known)}.")
        if name in _BOUNDS:
            _check_number(name, value)
    closed_days = content.get("closed_days", [])
    if not isinstance(closed_days, list) or any(type(day) is not date for day in closed_days):
        raise InvalidInput("closed_days is a list of days such as [2026-12-25, 2026-12-26].")
    bars = content.get("bars", {})
    if not isinstance(bars, dict):
        raise InvalidInput("The bars of customers are a table such as [customers.bars].")
    for name, value in bars.items():
        if name not in BARS:
            raise InvalidInput(f"No segment asks about {name!r}. Known: {', '.join(BARS)}.")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
            raise InvalidInput(f"The bar {name} must be a number above 0.")
    own = {"bars": {name: float(value) for name, value in bars.items()}, "closed_days": tuple(closed_days)}
    return CustomerParameters(**{**content, **own})


def _target(name: str, content: Mapping[str, Any]) -> Target:
    known = [f.name for f in fields(Target) if f.name != "name"]
    if not isinstance(content, dict):
        raise InvalidInput(f"The target {name!r} is a table with a mode, and a precision between 0 and 1.")
    for key, value in content.items():
        if key not in known:
            raise InvalidInput(f"No setting {key!r} for the target {name!r}. Known: {', '.join(known)}.")
        if key == "per_label" and not isinstance(value, bool):
            raise InvalidInput(f"per_label of the target {name!r} is true or false.")
        if key not in ("mode", "per_label") and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidInput(f"{key} of the target {name!r} must be a number.")
    if content.get("mode", "suggest") not in get_args(Mode):
        raise InvalidInput(f"No mode {content['mode']!r} for the target {name!r}. Known: {', '.join(get_args(Mode))}.")
    return Target(name, **content)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidInput(f"There is no training configuration at {path}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not TOML: {error}.") from error
