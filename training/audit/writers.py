"""Who writes, and in which language."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding
from training.audit.neutral_words import neutral_words

__all__ = ["find_languages", "find_large_customers"]

LARGE_SHARE = 0.05
FEWEST = 100

CLEARLY = 1.5
FEWEST_WORDS = 2
SECOND_LANGUAGE = 0.05


def find_large_customers(excerpt: Excerpt) -> Iterator[Finding]:
    """Find customers with so many tickets that no person writes them.

    They are not named, for findings travel with the model.
    """
    counts = Counter(t.filed.customer_id for t in excerpt.history if t.filed.customer_id is not None)
    for customer, n in counts.most_common(5):
        share = n / len(excerpt.history)
        if n < FEWEST or share < LARGE_SHARE:
            return
        examples = (t.filed.id for t in excerpt.history if t.filed.customer_id == customer)
        yield Finding(
            kind="large_customer",
            severity="note",
            sentence=f"One customer wrote {share:.0%} of all tickets ({n:,}): perhaps a monitoring account.",
            advice=(
                "`triage tickets check` says who. Look at their share of the figures: alerts are easy to sort, and a "
                "rule may do it without a model."
            ),
            n_rows=n,
            examples=tuple(next(examples) for _ in range(10)),
            effects={"share_of_tickets": share},
        )


def find_languages(excerpt: Excerpt) -> Iterator[Finding]:
    """Find whether tickets are written in several languages, by which language's commonest words they hold most of."""
    languages = [name for name in neutral_words() if name != "placeholders"]
    belongs = np.array(
        [[word in neutral_words()[name] for name in languages] for word in excerpt.vocabulary], dtype=np.float64
    ).reshape(-1, len(languages))
    # A word that several languages share says nothing of which it is.
    n_words = excerpt.holds @ (belongs * (belongs.sum(axis=1, keepdims=True) == 1))
    ranked = np.sort(n_words, axis=1)
    is_clear = (ranked[:, -1] >= FEWEST_WORDS) & (ranked[:, -1] >= CLEARLY * ranked[:, -2])
    counts = Counter(languages[i] for i in n_words[is_clear].argmax(axis=1).tolist())
    shares = {name: n / counts.total() for name, n in counts.most_common()}
    if len(shares) < 2 or sorted(shares.values())[-2] < SECOND_LANGUAGE:
        return
    second = n_words.argmax(axis=1) != languages.index(next(iter(shares)))
    yield Finding(
        kind="several_languages",
        severity="note",
        sentence=(
            "Tickets are written in several languages"
            f"{excerpt.scope}: {', '.join(f'{name} {share:.0%}' for name, share in shares.items() if share >= 0.01)} "
            "of those that can be told."
        ),
        advice="Read the figures by language: the model may recognise a group by its language alone.",
        n_rows=int(is_clear.sum()),
        examples=excerpt.examples(np.flatnonzero(is_clear & second)),
        effects=shares,
        terms=tuple(shares),
    )
