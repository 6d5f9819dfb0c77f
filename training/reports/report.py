"""The report: one self-contained page that says how good a model is, how sure that is, and what stands in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.evaluation.answers import Figures
from training.evaluation.measures import LabelMeasures, TargetMeasures
from training.evaluation.study import Study
from training.reports import wording
from training.reports.plots import learning_curve_plot, reliability_plot, risk_coverage_plot
from training.reports.risk_section import risk_section
from training.risk.measures import RiskMeasures
from triage.errors import InvalidInput
from triage.policy import NEVER

__all__ = ["Report", "check_page", "write_report"]

N_SHOWN = 20
"""Labels that are shown one by one; more would fill a page with numbers that rest on a handful of tickets."""

N_LISTED = 8
"""Confusions that are listed before the matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the page shows.

    Attributes:
        title: what was measured.
        lead: on which tickets, and whether the model knew them.
        details: by name, where it comes from: source, split in words, tickets, window, seed, versions.
        measures: for each target.
        study: baselines, flattering split and learning curves; None where the tickets of a training are not at hand.
        base_models: for each target what each way of scoring reached on unseen tickets: name, accuracy, log_loss and
            is_kept.
        findings: what an audit of the data found; kind, target, severity, sentence, effect and advice each.
        cleaning: what was done to the data before learning, a sentence each.
        risk: how well it is told what may go wrong with tickets; None where that was not asked.
    """

    title: str
    lead: str
    details: Mapping[str, str]
    measures: Mapping[str, TargetMeasures]
    study: Study | None = None
    base_models: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    cleaning: Sequence[str] = ()
    risk: RiskMeasures | None = None


def check_page(path: Path) -> None:
    """Nothing, where a page can be written to `path`; a refusal before the long work begins otherwise.

    Raises:
        InvalidInput: another kind of file, or no such folder.
    """
    if path.suffix not in (".html", ".htm"):
        raise InvalidInput(f"{path.name} is no page: a report is written to a file that ends in .html.")
    if not path.parent.is_dir():
        raise InvalidInput(f"There is no folder {path.parent} to write {path.name} into.")


def write_report(path: Path, report: Report) -> None:
    """Write the page; the same report gives the same bytes, and the file appears when it is complete.

    Raises:
        InvalidInput: the path is no page, or its folder does not exist.
    """
    check_page(path)
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,  # labels are whatever somebody typed into a ticketing system
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"percent": wording.percent, "percent_range": wording.percent_range}
    targets = [_target(report, name, f"t{i}") for i, name in enumerate(report.measures)]
    page = pages.get_template("report.html").render(
        report=report, targets=targets, risk=None if report.risk is None else risk_section(report.risk)
    )
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        # half a character, as some exports hold, has no bytes; it is shown as a question mark
        unfinished.write_bytes(page.encode("utf-8", "replace"))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _target(report: Report, name: str, anchor: str) -> dict[str, Any]:
    """What the page says of one target."""
    measures, study = report.measures[name], report.study
    curve = study.curves.get(name) if study else None
    random_split = study.random_split.get(name) if study else None
    last = curve.points[-1] if curve else None
    honest = Figures(last.accuracy, last.macro_f1) if last else None
    labels = sorted(measures.per_class.items(), key=lambda item: (-item[1].n, item[0]))
    return {
        "name": name,
        "anchor": anchor,
        "measures": measures,
        "accuracy": wording.say_accuracy(measures),
        "coverage": wording.say_coverage(measures),
        "baselines": study.baselines.get(name, {}) if study else {},
        "base_models": report.base_models.get(name, ()),
        "honest": honest,
        "random_split": random_split,
        "random_split_gap": wording.say_random_split(honest, random_split) if honest and random_split else None,
        "curve": curve,
        "growth": wording.say_growth(curve) if curve else None,
        "curve_plot": learning_curve_plot(curve, f"{anchor}c") if curve else None,
        "risk": wording.say_risk(measures),
        "risk_plot": risk_coverage_plot(measures, f"{anchor}k"),
        "reliability": wording.say_reliability(measures),
        "reliability_plot": reliability_plot(measures, f"{anchor}r"),
        "label_sentence": wording.say_labels(measures),
        "labels": [_label(label, found) for label, found in labels[:N_SHOWN]],
        "other_labels": [_label(label, found) for label, found in labels[N_SHOWN:]],
        "confusions": measures.confusions[:N_LISTED],
        "matrix": _matrix(measures, [label for label, found in labels if found.n]),
    }


def _label(name: str, found: LabelMeasures) -> dict[str, Any]:
    """A row of the table of labels."""
    if found.threshold is None:
        threshold = "not known to the model"
    elif found.threshold >= NEVER:
        threshold = "never applied"
    else:
        threshold = f"{found.threshold:.3f}" if found.threshold < 0.9995 else "over 0.999"
    return {"name": name, "found": found, "threshold": threshold, "evidence": _evidence(found)}


def _evidence(found: LabelMeasures) -> str:
    """What a label's own answers have shown before, in a few words."""
    if found.standing is None:
        return "–"
    if found.standing == "proved":
        return "proved"
    said = (
        "raised, proved there" if found.standing == "raised" else "too few" if found.standing == "unproved" else "worse"
    )
    if found.threshold is not None and found.threshold >= NEVER:
        said = "not proved"
    return f"{said}; {found.needs:,} more tickets would prove it" if found.needs else said


def _matrix(measures: TargetMeasures, labels: Sequence[str]) -> dict[str, Any]:
    """What tickets of the commonest labels were answered with; what is left is one row and one column, the others.

    Args:
        measures: with all their confusions.
        labels: those that occur, the commonest first.
    """
    shown = list(labels) if len(labels) <= N_SHOWN + 1 else list(labels[:N_SHOWN])
    n_others = len(measures.per_class) - len(shown)
    place = {label: i for i, label in enumerate(shown)}
    size = len(shown) + bool(n_others)
    counts = [[0] * size for _ in range(size)]
    for label, found in measures.per_class.items():
        row = place.get(label, len(shown))
        counts[row][row] += found.n
    for confusion in measures.confusions:
        row, column = place.get(confusion.label, len(shown)), place.get(confusion.answered, len(shown))
        counts[row][row] -= confusion.n
        counts[row][column] += confusion.n
    names = [*shown, f"the other {n_others}"] if n_others else shown
    rows = [(name, sum(row), [(n, n / max(1, sum(row))) for n in row]) for name, row in zip(names, counts, strict=True)]
    return {"rows": rows, "n_others": n_others, "n_shown": len(shown)}
