"""Labels that cannot be learned, are hardly used, have ended, or follow from a single attribute."""

from collections import Counter
from collections.abc import Iterator

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding, quoted
from training.histories.dataset import label_counts
from triage.features import attribute_terms

__all__ = ["find_ended_and_begun", "find_telling_attributes", "find_unbalanced", "find_unlearnable"]

FEW = 10
MOST_SHARE = 0.4
EVEN_SHARES = 1.8
"""One label holds most when it has two fifths of the tickets, and nearly twice what an even share would be."""

LATELY = 0.2
FEWEST_ENDED = 20
FEWEST_BEGUN = 5
"""A label of 20 tickets spread evenly has none in the last fifth with probability 0.8^20 = 0.01; one of 5 has all of
them there with 0.2^5 = 0.0003."""

DATED = 0.9
DETERMINED = 0.98
FEWEST_DETERMINED = 100


def find_unlearnable(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find columns with one label, or with nearly as many labels as tickets."""
    counts = label_counts(excerpt.history, target)
    if len(counts) == 1:
        (label,) = counts
        yield Finding(
            kind="constant_label",
            severity="warning",
            target=target,
            sentence=f"All {counts.total():,} tickets that have {target} have {label!r}: there is nothing to learn.",
            advice="Leave this target out, or check that you mapped the right column.",
            n_rows=counts.total(),
            terms=(label,),
        )
    elif 2 * len(counts) > counts.total() > 0:
        yield Finding(
            kind="near_unique_labels",
            severity="warning",
            target=target,
            sentence=f"{target} has {len(counts):,} labels in {counts.total():,} tickets: names or numbers, no labels.",
            advice="Leave this target out, or check that you mapped the right column.",
            n_rows=counts.total(),
            effects={"labels_per_ticket": len(counts) / counts.total()},
        )


def find_unbalanced(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find labels with hardly a ticket, and one that has most of them."""
    counts = label_counts(excerpt.history, target)
    if len(counts) < 2 or 2 * len(counts) > counts.total():
        return
    rare = sorted((label for label, n in counts.items() if n < FEW), key=lambda label: (counts[label], label))
    if rare:
        n_rare = sum(counts[label] for label in rare)
        yield Finding(
            kind="rare_labels",
            severity="note",
            target=target,
            sentence=(
                f"{len(rare):,} of {len(counts):,} labels of {target} have fewer than {FEW} tickets, "
                f"{n_rare:,} tickets together: {quoted(rare)}."
            ),
            advice="Expect few, unsure predictions of them. Merge labels that one team works on, or keep them.",
            n_rows=n_rare,
            effects={"share_of_tickets": n_rare / counts.total()},
            terms=tuple(rare),
        )
    label, n = counts.most_common(1)[0]
    share = n / counts.total()
    if share >= max(MOST_SHARE, EVEN_SHARES / len(counts)):
        yield Finding(
            kind="dominant_label",
            severity="note",
            target=target,
            sentence=(
                f"{label!r} holds {share:.0%} of the tickets that have {target}; the others share {len(counts) - 1:,} "
                "labels."
            ),
            advice="Read macro-F1 beside accuracy: always answering this label would already look good.",
            n_rows=n,
            effects={"share_of_tickets": share},
            terms=(label,),
        )


def find_ended_and_begun(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find labels that the last fifth of a dated history no longer uses, and those that it alone uses."""
    dated = sorted(
        ((t.filed.opened_at, label) for t in excerpt.history if t.filed.opened_at and (label := t.label(target))),
        key=lambda one: one[0],
    )
    if len(dated) < DATED * label_counts(excerpt.history, target).total() or not dated:
        return
    cut = round(len(dated) * (1 - LATELY))
    before, lately = (Counter(label for _, label in part) for part in (dated[:cut], dated[cut:]))
    since = f"{dated[cut][0]:%Y-%m-%d}" if lately else ""
    ended = sorted(label for label, n in before.items() if n >= FEWEST_ENDED and label not in lately)
    if ended:
        yield Finding(
            kind="ended_labels",
            severity="note",
            target=target,
            sentence=f"{len(ended):,} labels of {target} were not used any more since {since}: {quoted(ended)}.",
            advice="If the group was renamed, rename it in the export. If it was dissolved, leave its tickets out.",
            n_rows=sum(before[label] for label in ended),
            terms=tuple(ended),
        )
    begun = sorted(label for label, n in lately.items() if n >= FEWEST_BEGUN and label not in before)
    if begun:
        yield Finding(
            kind="begun_labels",
            severity="note",
            target=target,
            sentence=f"{len(begun):,} labels of {target} are used only since {since}: {quoted(begun)}.",
            advice="Train again when they have more tickets; until then they cannot be measured.",
            n_rows=sum(lately[label] for label in begun),
            terms=tuple(begun),
        )


def find_telling_attributes(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find attributes that are taken as known when filed, and from which the label follows all the same."""
    rows, labels = excerpt.labelled(target)
    if rows.size < FEWEST_DETERMINED:
        return
    majority = max(Counter(labels.tolist()).values()) / rows.size
    by_value: dict[str, dict[str, Counter[str]]] = {}
    for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
        for term in attribute_terms(excerpt.tickets[row].filed):
            name, _, value = term.partition("=")
            by_value.setdefault(name, {}).setdefault(value, Counter())[label] += 1
    for name, values in sorted(by_value.items()):
        n = sum(counts.total() for counts in values.values())
        # A value that stands once determines its label trivially, so it counts as a miss.
        right = sum(max(counts.values()) for counts in values.values() if counts.total() > 1)
        if n < max(FEWEST_DETERMINED, LATELY * rows.size) or right < DETERMINED * n or majority >= DETERMINED:
            continue
        yield Finding(
            kind="telling_attribute",
            severity="warning",
            target=target,
            sentence=(
                f"The attribute {name!r} tells {target} in {right / n:.1%} of the {n:,} tickets that have it "
                f"({majority:.1%} by always answering the commonest){excerpt.scope}: perhaps it is written with it."
            ),
            advice="If agents fill it in, remove it from [filed] in the preset. If customers do, you need no model.",
            n_rows=n,
            effects={"share_told": right / n, "majority_accuracy": majority},
            terms=(name,),
        )
