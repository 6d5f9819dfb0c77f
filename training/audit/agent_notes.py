"""Text that agents wrote when the work was done and that no new ticket will hold: found and cut, whole notes at a time.

Notes are known by what they say in a whole line or sentence; a list of dashes that holds one is somebody's work log
and goes with it. Another turn of phrase is a line in `notes.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding, quoted
from training.histories.dataset import commonest_label
from triage.features import text_of

__all__ = ["cut_notes", "find_agent_notes"]

NOTES = Path(__file__).parent / "notes.toml"

FEWEST = 5
"""So many tickets with a note are a habit of the desk and not somebody's turn of phrase."""

_LED = re.compile(r"[\s>*•·-]*[>*•·-]")
_EDGES = " \t\r>*•·-"
# A blank is looked at from its beginning only, so that the time stays linear in the text whatever somebody sends.
_BETWEEN = re.compile(r"((?<![ \t\r])[ \t\r]*+\n\s*+|(?<=[.!?])[ \t\r]++|(?<![ \t\r])[ \t\r]++(?=-[ ]?\w))")


def find_agent_notes(excerpt: Excerpt, targets: Sequence[str]) -> Iterator[Finding]:
    """Find tickets whose text holds notes of the work, and what labels those have."""
    kinds: dict[str, int] = {}
    rows = []
    for row, ticket in enumerate(excerpt.tickets):
        found = set(_notes_in(text_of(ticket.filed)))
        if found:
            rows.append(row)
        for kind in found:
            kinds[kind] = kinds.get(kind, 0) + 1
    if len(rows) < FEWEST:
        return
    holding = [excerpt.tickets[row] for row in rows]
    share = len(rows) / len(excerpt.tickets)
    effects = {"share_of_tickets": share}
    leaning = ""
    for target in targets:
        if not any(ticket.label(target) is not None for ticket in holding):
            continue
        label = commonest_label(holding, target)
        among, overall = (
            float(np.mean([ticket.label(target) == label for ticket in part])) for part in (holding, excerpt.tickets)
        )
        effects |= {f"{target}_share_of_{label}_with_notes": among, f"{target}_share_of_{label}_overall": overall}
        leaning += f" {among:.0%} of them have the {target} {label!r}, of all tickets {overall:.0%}."
    terms = sorted(kinds, key=lambda kind: -kinds[kind])
    yield Finding(
        kind="written_afterwards",
        severity="warning",
        sentence=(
            f"{len(rows):,} tickets ({share:.1%}) hold what was written when the work was done, such as "
            f"{quoted(terms, 4)}{excerpt.scope}.{leaning} No new ticket will hold it."
        ),
        advice="Train with --clean, which cuts these notes, or export the text as it was filed.",
        n_rows=len(rows),
        examples=excerpt.examples(np.asarray(rows)),
        effects=effects,
        terms=tuple(terms),
        is_cleaned=True,
    )


def cut_notes(normalised: str) -> str:
    """The normalised text without notes of the work; the same text where there is none."""
    while True:
        parts = _BETWEEN.split(normalised)
        segments, gaps = parts[::2], [*parts[1::2], ""]
        gone = _belonging_to_notes(segments, gaps)
        if not any(gone):
            return normalised
        # A line's end where something was cut: numbers on both sides of it do not become one.
        normalised = "".join("\n" if cut else s + gap for s, gap, cut in zip(segments, gaps, gone, strict=True))


def _belonging_to_notes(segments: list[str], gaps: list[str]) -> list[bool]:
    """Which segments go: every note, and every run of dash-led lines that holds one."""
    gone = [_kind(segment) is not None for segment in segments]
    run: list[int] = []
    is_led = False
    for i, segment in enumerate([*segments, ""]):
        goes_on = is_led and "\n" not in gaps[i - 1]
        is_led = i < len(segments) and (goes_on or _LED.match(segment) is not None)
        if is_led:
            run.append(i)
            continue
        if any(gone[at] for at in run):
            for at in run:
                gone[at] = True
        run = []
    return gone


def _notes_in(normalised: str) -> Iterator[str]:
    for segment in _BETWEEN.split(normalised)[::2]:
        if (kind := _kind(segment)) is not None:
            yield kind


def _kind(segment: str) -> str | None:
    names, pattern = _notes()
    found = pattern.fullmatch(segment.strip(_EDGES).rstrip(".!;, "))
    return None if found is None or found.lastgroup is None else names[int(found.lastgroup[1:])]


@cache
def _notes() -> tuple[list[str], re.Pattern[str]]:
    """What the notes are called, and one pattern whose outer groups are numbered like them."""
    known = [note for notes in tomllib.loads(NOTES.read_text(encoding="utf-8")).values() for note in notes.items()]
    pattern = "|".join(f"(?P<n{i}>{text})" for i, (_, text) in enumerate(known))
    return [name for name, _ in known], re.compile(pattern, re.DOTALL)
