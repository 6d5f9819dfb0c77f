"""What labels are there for, in a lead's words: learned from like tickets, so that a new group can be named."""

import re
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

from training.configs.parameters import TrainingParameters
from training.histories.dataset import label_counts
from triage.ticket import WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = ["describe_labels"]

N_AT_LEAST = 30
"""A described label counts as having this many tickets: its description fills up what its history lacks."""


def describe_labels(
    tickets: Sequence[WorkedTicket], parameters: TrainingParameters, targets: Sequence[str]
) -> list[WorkedTicket]:
    """Tickets made of the configured descriptions of labels that have little history; each has its label alone.

    A description is taken apart at commas and stops: "VPN, wifi, firewall" are three things that people write about,
    and a short ticket names one of them.
    """
    made = []
    for target in targets:
        counts = label_counts(tickets, target)
        for label, text in sorted(parameters.descriptions.get(target, {}).items()):
            things = [label, *filter(None, (thing.strip() for thing in re.split(r"[,.;:\n]", text)))]
            made += [
                _ticket(target, label, thing) for thing in islice(cycle(things), max(0, N_AT_LEAST - counts[label]))
            ]
    return made


def _ticket(target: str, label: str, thing: str) -> WorkedTicket:
    given: dict[str, Any] = {target: label} if target in WORKED_COLUMNS else {"attributes": {target: label}}
    return WorkedTicket(filed=NewTicket(id=f"description of {label}", subject=thing), **given)
