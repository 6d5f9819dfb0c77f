"""The model card: what a bundle's manifest says, as a page for people.

It does not say when the model was learned, so that the same data gives the same card; the manifest does.
"""

from collections.abc import Mapping
from typing import Any

from models.manifest import Manifest
from triage.customers.model import CustomerModel
from triage.policy import NEVER

__all__ = ["model_card"]

_CARD = """\
# Model card

Learned by triage {manifest.triage_version} from {manifest.n_tickets:,} tickets ({window}).{origins}

It answers the questions below about a ticket as filed: {members}. It does not look at who wrote the
ticket. What may be done with an answer is its mode: `off` and `monitor` nothing, `suggest` showing it to a person,
`auto` applying it where the confidence reaches the threshold: of all that is applied, as many are right as was asked
for.

| target | mode | labels | measured on | accuracy | macro-F1 | majority | labels applied | coverage | precision there |
|---|---|---|---|---|---|---|---|---|---|
{rows}

Measured with a fit that had not seen those tickets ({split}); the model itself was then learned again from all of them.
The word list comes from the tickets; addresses, links and long numbers were taken out before it was made.
{customers}{risk}"""

_ROW = (
    "| {head.target} | {head.mode} | {n_labels} | {n:,} tickets | {accuracy:.3f} | {macro_f1:.3f} "
    "| {baseline_accuracy:.3f} | {n_applied} | {coverage:.3f} | {there} |"
)


_TERMS = "its words and pairs of words, weighted by TF-IDF, and its attributes, in a linear model per target"
_MEANING = (
    "{terms}; and what its words occur with, mean ({encoder}) and are spelled like{sentence}, in a small network that "
    "all targets share; the two are blended and calibrated on answers to tickets that they had not seen"
)


_NORMS = (
    "\nIt also keeps what is ordinary among {n:,} active customers, for the reasons of segments; no answer depends on "
    "it.{forecast}\n"
)
_FORECAST = (
    " How likely a customer is to contact the desk {forecast.n_contacts} times or more within {forecast.horizon_days} "
    "days it says as well, and flags from {forecast.threshold:.2f} on in days as busy as usual; `triage customers "
    "evaluate` measures that."
)


_RISK = """
## What may go wrong

It says how likely a ticket is to miss its SLA, to be handed on and to be reopened, from what was known when it was
filed and nothing of who wrote it. The chances order the review queue and are no promise.

| outcome | measured on | happened | AUC (95 %) | AUC of plain rates | calibration error | told |
|---|---|---|---|---|---|---|
{rows}

Measured {split}.
{said}
"""


def model_card(manifest: Manifest, customers: CustomerModel | None = None) -> str:
    """The card in Markdown.

    Args:
        manifest: of the model.
        customers: what was learned of those who write; None where nothing was.
    """
    window = " to ".join(manifest.window) if manifest.window else "no dates in the history"
    rows = [
        _ROW.format(
            head=head,
            n_labels=len(head.labels),
            n_applied=sum(threshold < NEVER for threshold in head.thresholds),
            there=f"{measures['precision_at_coverage']:.3f}" if measures["coverage"] else "-",
            **measures,
        )
        for head in manifest.questions
        for measures in [manifest.metrics[head.target]]
    ]
    encoder = manifest.encoder["name"] if manifest.encoder else "no encoder"
    sentence = ", and what that encoder makes of the whole text" if manifest.n_sentence else ""
    members = _MEANING.format(terms=_TERMS, encoder=encoder, sentence=sentence) if manifest.blocks else _TERMS
    return _CARD.format(
        manifest=manifest,
        members=members,
        window=window,
        origins=_of_origins(manifest.provenance),
        rows="\n".join(rows),
        split=manifest.split,
        customers="" if customers is None else _of_customers(customers),
        risk=_of_risk(manifest.risk) if manifest.risk else "",
    )


def _of_origins(provenance: Mapping[str, Any]) -> str:
    """Who gave the labels, where the model was learned from the database; a paragraph of its own."""
    if not provenance:
        return ""
    labels = "; ".join(
        f"{target}: {', '.join(f'{n:,} {origin}' for origin, n in counts.items() if n) or 'none'}"
        for target, counts in provenance["labels"].items()
    )
    return (
        f" Its labels come from the database, by who gave them: {labels}. A correction counts as "
        f"{provenance['correction_weight']:g} tickets; automatic values that nobody touched were not learned from."
    )


def _of_risk(risk: Mapping[str, Any]) -> str:
    """What may go wrong with a ticket: how well it is told, and what is not; a section of its own."""
    rows = []
    for name, found in risk["outcomes"].items():
        told = (
            "–"
            if found["auc"] is None
            else "{auc:.3f} ({auc_interval[0]:.3f} to {auc_interval[1]:.3f})".format(**found)
        )
        plain, error = (
            "–" if found[key] is None else f"{found[key]:.3f}" for key in ("baseline_auc", "calibration_error")
        )
        rows.append(
            f"| {name} | {found['n']:,} | {found['n_happened']:,} | {told} | {plain} | {error} "
            f"| {'no' if found['refusal'] else 'yes'} |"
        )
    hours = risk["hours"]
    if hours is None:
        said = ["Without dates nothing is said of the time to resolve."]
    elif hours["covered"] is None:
        said = [hours["refusal"]]
    else:
        held = f"{hours['covered']:.3f} of {hours['n']:,} later tickets lay within it, {hours['asked']:g} were to."
        said = [f"Of the time to resolve it says a span of hours: {held}", *filter(None, [hours["refusal"]])]
    refused = [found["refusal"] for found in risk["outcomes"].values() if found["refusal"]]
    return _RISK.format(split=risk["split"], rows="\n".join(rows), said="\n".join([*risk["remarks"], *refused, *said]))


def _of_customers(customers: CustomerModel) -> str:
    forecast = "" if customers.forecast is None else _FORECAST.format(forecast=customers.forecast)
    return _NORMS.format(n=customers.norms.n_customers, forecast=forecast)
