"""The audit itself: every check on a history, in the order of how much its findings matter.

A new check is a function from an excerpt (and a target) to findings, in a module beside this one and in the table here.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from training.audit.agent_notes import find_agent_notes
from training.audit.dates import find_stray_dates
from training.audit.excerpt import Excerpt, read_excerpt
from training.audit.finding import Finding
from training.audit.label_variants import find_label_variants
from training.audit.labels import find_ended_and_begun, find_telling_attributes, find_unbalanced, find_unlearnable
from training.audit.repeats import find_disagreements, find_repeats
from training.audit.wording import find_label_names, find_telling_words
from training.audit.writers import find_languages, find_large_customers
from training.audit.written_later import find_written_later
from triage.ticket import WorkedTicket

__all__ = ["audit_history"]

TARGET_CHECKS: tuple[Callable[[Excerpt, str], Iterator[Finding]], ...] = (
    find_telling_words,
    find_telling_attributes,
    find_label_names,
    find_disagreements,
    find_unbalanced,
    find_ended_and_begun,
)
"""What is asked of every target whose labels can be learned."""


def audit_history(
    tickets: Sequence[WorkedTicket],
    targets: Sequence[str],
    *,
    families: NDArray[np.int64] | None = None,
    seed: int = 0,
    on_progress: Callable[[float], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """Find what would flatter a model of this history, mislead it, or spoil it; warnings first.

    Of a history beyond `training.audit.excerpt.MOST_READ` tickets a sample is read, and the findings that rest on it
    say so; labels, dates and customers are always counted in all of it.

    Args:
        tickets: what would be learned from.
        targets: whose labels.
        families: a number for what each ticket nearly says, int64 of shape (n,); where None, they are compared.
        seed: for everything that chance decides.
        on_progress: told the share done, 0 to 1.
    """
    if not tickets:
        return ()
    excerpt = read_excerpt(tickets, families, seed=seed, on_progress=lambda done: on_progress(done / 2))
    found = [*find_agent_notes(excerpt, targets), *find_repeats(excerpt, seed=seed)]
    found += [*find_large_customers(excerpt), *find_languages(excerpt), *find_stray_dates(excerpt)]
    found += find_written_later(excerpt)
    n_done, n_checks = 0, len(targets) * len(TARGET_CHECKS)
    for target in targets:
        hopeless = tuple(find_unlearnable(excerpt, target))
        found += [*hopeless, *find_label_variants(excerpt, target)]
        for check in TARGET_CHECKS:
            found += () if hopeless else check(excerpt, target)
            n_done += 1
            on_progress(0.5 + 0.5 * n_done / n_checks)
    return tuple(sorted(found, key=lambda finding: finding.severity != "warning"))
