"""Labels that `--clean` joins, so that tickets are learned from and measured on by one spelling of each.

Whoever measures a model of joined labels joins them first, as its manifest says: else a right answer in another
spelling would count as wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from models.manifest import Manifest
from training.audit.finding import Finding
from training.audit.spelling import spelling_key
from triage.ticket import WORKED_COLUMNS, WorkedTicket

__all__ = ["LABEL_VARIANTS", "JoinedLabels"]

LABEL_VARIANTS = "label_variants"
"""The kind of finding that labels are joined by."""


@dataclass(frozen=True, slots=True)
class JoinedLabels:
    """What labels are spellings of; those of a form that was not seen before too.

    Attributes:
        joins: for each target its labels by their rarer spellings.
        by_key: the same by what all spellings of a label have in common.
    """

    joins: Mapping[str, Mapping[str, str]]
    by_key: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Self:
        """Those that an audit says can be joined."""
        return cls._of((f.target, f.joins) for f in findings if f.kind == LABEL_VARIANTS and f.is_cleaned)

    @classmethod
    def in_manifest(cls, manifest: Manifest) -> Self:
        """Those that a model was learned with; none where its history was not cleaned."""
        findings = manifest.audit.get("findings", []) if manifest.parameters.get("clean") else []
        joined = (f for f in findings if f["kind"] == LABEL_VARIANTS and f["is_cleaned"])
        return cls._of((f["target"], f["joins"]) for f in joined)

    @classmethod
    def _of(cls, found: Iterable[tuple[str | None, Mapping[str, str]]]) -> Self:
        joins = {target: dict(joined) for target, joined in found if target is not None and joined}
        by_key = {target: {spelling_key(label): label for label in joined.values()} for target, joined in joins.items()}
        return cls(joins, by_key)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.joins)

    def label(self, target: str, label: str) -> str:
        """What a label is a spelling of; itself where nobody knows."""
        if target not in self.joins:
            return label
        known = self.joins[target].get(label)
        return known if known is not None else self.by_key[target].get(spelling_key(label), label)

    def ticket(self, ticket: WorkedTicket) -> WorkedTicket:
        """The ticket with its labels joined; the same object where that changes none."""
        columns: dict[str, str] = {}
        attributes: dict[str, str] = {}
        for target in self.joins:
            label = getattr(ticket, target) if target in WORKED_COLUMNS else ticket.attributes.get(target)
            if isinstance(label, str) and (joined := self.label(target, label)) != label:
                (columns if target in WORKED_COLUMNS else attributes)[target] = joined
        if attributes:
            ticket = replace(ticket, attributes={**ticket.attributes, **attributes})
        return replace(ticket, **columns) if columns else ticket  # type: ignore[arg-type]  # columns of text
