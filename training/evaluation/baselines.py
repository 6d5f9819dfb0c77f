"""What plain methods reach on the same split, so that a figure says more than that it is high."""

from collections.abc import Mapping, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from training.evaluation.answers import Figures
from training.histories.dataset import commonest_label
from training.histories.split import Split
from triage.ticket import WorkedTicket

__all__ = ["MAJORITY", "PLAIN", "measure_baselines"]

MAJORITY = "always the commonest"
PLAIN = "TF-IDF + LinearSVC"


def measure_baselines(split: Split, targets: Sequence[str]) -> dict[str, Mapping[str, Figures]]:
    """For each target, and each baseline by its name, what it reaches on the tickets set aside.

    `MAJORITY` answers every ticket with the label that is commonest in training. `PLAIN` is what a data scientist tries
    in an afternoon: words and pairs of words in two tickets at least, TF-IDF with sublinear counts, and a linear
    support vector machine (C = 0.3). It is left out where texts are too few or too empty to hold a word twice.

    Args:
        split: what to learn from and what to measure on; each target has two labels in the one and one in the other.
        targets: what to answer.
    """
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    try:
        rows = vectoriser.fit_transform([_text(ticket) for ticket in split.train])
    except ValueError:  # no word, or none twice
        rows = None
    else:
        asked = vectoriser.transform([_text(ticket) for ticket in split.test])
    found: dict[str, Mapping[str, Figures]] = {}
    for target in targets:
        train, labels = _labelled(split.train, target)
        test, truth = _labelled(split.test, target)
        found[target] = {MAJORITY: Figures.of([commonest_label(split.train, target)] * len(truth), truth)}
        if rows is not None:
            svc = LinearSVC(C=0.3, random_state=0).fit(rows[train], labels)
            found[target] = {**found[target], PLAIN: Figures.of(svc.predict(asked[test]).tolist(), truth)}
    return found


def _labelled(tickets: Sequence[WorkedTicket], target: str) -> tuple[list[int], list[str]]:
    """Which tickets have a label of the target, and their labels."""
    pairs = [(i, label) for i, ticket in enumerate(tickets) if (label := ticket.label(target)) is not None]
    return [i for i, _ in pairs], [label for _, label in pairs]


def _text(ticket: WorkedTicket) -> str:
    return f"{ticket.filed.subject}\n{ticket.filed.body}"
