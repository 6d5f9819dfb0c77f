"""Which column of a file is what: a preset, held against the columns that are there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.exports.nearest import folded, suggestion
from data.exports.preset import Preset
from triage.errors import UnusableFile
from triage.ticket import FILED_COLUMNS

__all__ = ["Binding", "bound", "fit", "require_columns"]

_ALL = ".*"  # `attributes.*` stands for every column below `attributes.`


@dataclass(frozen=True, slots=True)
class Binding:
    """Places of columns in a row: canonical ones, filed attributes by name, and all the others.

    `order` is that of events, `updated` says which of two rows of a ticket is the newer; it is among the others, too.
    """

    filed: dict[str, int]
    worked: dict[str, int]
    attributes: dict[str, int]
    other: dict[str, int]
    order: int | None
    updated: int | None

    def named(self) -> Iterator[tuple[str, int]]:
        """What is mapped, by its name in our words: canonical columns, and `attributes.location` for filed ones."""
        yield from self.filed.items()
        yield from self.worked.items()
        yield from ((f"attributes.{name}", place) for name, place in self.attributes.items())


def bound(columns: tuple[str, ...], preset: Preset) -> Binding:
    """The preset's first name for each thing that the columns have.

    A column that a person mapped to one thing is not taken for another by the preset's own names. In an event log the
    filed attributes come from the first event, and their last value is kept among the others.
    """
    places = {folded(column): place for place, column in reversed(list(enumerate(columns)))}
    all_places = places
    canonical: dict[str, int] = {}
    for name in sorted(preset.columns, key=lambda each: each not in preset.overridden):
        place = _place(preset.columns[name], places)
        if place is not None:
            canonical[name] = place
            if name in preset.overridden:
                places = {column: each for column, each in places.items() if each != place}
    attributes = _attributes(preset, places, columns)
    used = set(canonical.values()) | (set(attributes.values()) if preset.event_order is None else set())
    return Binding(
        filed={name: place for name, place in canonical.items() if name in FILED_COLUMNS},
        worked={name: place for name, place in canonical.items() if name not in FILED_COLUMNS},
        attributes=attributes,
        other={column: place for place, column in enumerate(columns) if place not in used},
        order=None if preset.event_order is None else _place(preset.event_order, places),
        updated=_place(preset.updated, all_places),
    )


def fit(columns: tuple[str, ...], preset: Preset) -> int:
    """How many things the preset finds among these columns; none if there is nothing to recognise a ticket by."""
    binding = bound(columns, preset)
    if not binding.attributes and "subject" not in binding.filed and "body" not in binding.filed:
        return 0
    return len(binding.filed) + len(binding.worked) + len(binding.attributes)


def require_columns(columns: Iterable[str], preset: Preset, file_name: str, elsewhere: str = "") -> None:
    """Refuse a file that lacks a mapped column, or everything that a ticket could be recognised by.

    Args:
        columns: that are there.
        preset: how the file's system names things.
        file_name: for the message.
        elsewhere: where else something may be, as a sentence.

    Raises:
        UnusableFile: The message names the columns that are there and the likely one.
    """
    there = tuple(columns)
    binding = bound(there, preset)
    listed = ", ".join(there)
    for canonical in sorted(preset.overridden):
        if canonical not in binding.filed and canonical not in binding.worked:
            (wanted,) = preset.columns[canonical]
            if folded(wanted) in set(map(folded, there)):
                raise UnusableFile(
                    f"The column '{wanted}' of {file_name} is mapped twice, and {canonical} comes second."
                )
            raise UnusableFile(
                f"{file_name} has no column '{wanted}' for {canonical}.{suggestion([wanted], there)} "
                f"Its columns: {listed}.{elsewhere}"
            )
    if preset.event_order is not None and "id" not in binding.filed:
        wanted_ids = preset.columns.get("id", ())
        raise UnusableFile(
            f"{file_name} has no id column, and an event log cannot do without.{suggestion(wanted_ids, there)} "
            f"Its columns: {listed}."
        )
    if not binding.attributes and "subject" not in binding.filed and "body" not in binding.filed:
        wanted_texts = (*preset.columns.get("subject", ("subject",)), *preset.columns.get("body", ("body",)))
        raise UnusableFile(
            f"{file_name} has no column that the preset {preset.name} reads as subject, body or filed attribute."
            f"{suggestion(wanted_texts, there)} Its columns: {listed}.{elsewhere} Name one with --map body=Column."
        )


def _place(names: tuple[str, ...], places: dict[str, int]) -> int | None:
    for name in names:
        place = places.get(folded(name))
        if place is not None:
            return place
    return None


def _attributes(preset: Preset, places: dict[str, int], columns: tuple[str, ...]) -> dict[str, int]:
    """The filed attributes that are there, by the preset's name or, below a wildcard, by their own."""
    found: dict[str, int] = {}
    for name, names in preset.filed.items():
        for wanted in names:
            if wanted.endswith(_ALL):
                prefix = folded(wanted.removesuffix("*"))
                below = {column: place for column, place in places.items() if column.startswith(prefix)}
                found |= {columns[place].strip()[len(prefix) :]: place for place in below.values()}
        place = _place(names, places)
        if place is not None:
            found[name] = place
    return found
