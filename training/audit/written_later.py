"""Columns that a ticketing system writes at the end, where they stand among what was known when a ticket was filed.

Another name is a line in `WRITTEN_LATER`.
"""

import re
from collections import Counter
from collections.abc import Iterator

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding, quoted

__all__ = ["find_written_later"]

WRITTEN_LATER = (
    r"closed?_.*",
    r"closure_.*",
    r"resolved?_.*",
    r"resolution(_.*)?",
    r"sys_updated_.*",
    r"(last_)?(updated|modified)_(at|on|by)",
    r"(close|closure|resolution)_?(code|notes?)",
    r"sys_mod_count",
    r"(reassignment|reopen|reopened|update|worknote|comment)s?_count",
    r"(calendar|business)_(duration|stc|time)",
    r"(time_to_resol(ve|ution)|handle_time|time_worked)",
    r"(made_sla|sla_(due_)?(missed|breached|fail(ed)?))",
    r"incident_state",
)
"""Of names in lower case with one underscore between words. `closed_code` of the first event of the public ServiceNow
log, for one, is that of the last."""

_NAME = re.compile("|".join(f"(?:{pattern})" for pattern in WRITTEN_LATER))
_BETWEEN = re.compile(r"[^a-z0-9]+")


def find_written_later(excerpt: Excerpt) -> Iterator[Finding]:
    """Find attributes taken as known when filed whose names say that they are written when a ticket is worked."""
    counts = Counter(name for ticket in excerpt.history for name, value in ticket.filed.attributes.items() if value)
    found = sorted(name for name in counts if _NAME.fullmatch(_BETWEEN.sub("_", name.casefold()).strip("_")))
    if not found:
        return
    n = max(counts[name] for name in found)
    yield Finding(
        kind="written_later",
        severity="warning",
        sentence=(
            f"{quoted(found)} {'stands' if len(found) == 1 else 'stand'} among what was known at opening, "
            f"in {n:,} tickets, and by the name is written when a ticket is worked or closed. What is learned of it "
            "flatters: on the public ServiceNow log an R2 of 0.98 for the time to resolve was published that rests on "
            "such columns; from what is known at opening, and forward in time, next to nothing is left."
        ),
        advice="Take them out of [filed] in the preset, or out of the attributes that are sent.",
        n_rows=n,
        effects={"share_of_tickets": n / len(excerpt.history)},
        terms=tuple(found),
    )
