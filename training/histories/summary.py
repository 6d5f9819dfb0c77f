"""What an export holds, in numbers: rows, labels, dates, customers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from data.exports.files import ReadSummary
from training.histories.dataset import LABEL_COLUMNS, label_counts, without_repeats
from training.histories.ends import as_moments, find_ends
from triage.ticket import WorkedTicket

__all__ = ["summarise_history"]


def summarise_history(tickets: Sequence[WorkedTicket], summary: ReadSummary) -> dict[str, Any]:
    """Rows, labels, dates and customers of an export, as one JSON document.

    Args:
        tickets: that could be used.
        summary: what was said of the file when it was read.
    """
    dates = [t.filed.opened_at for t in tickets if t.filed.opened_at is not None]
    ends = find_ends(as_moments(dates)) if dates else None
    customers = Counter(t.filed.customer_id for t in tickets if t.filed.customer_id is not None)
    largest, n_from_largest = customers.most_common(1)[0] if customers else ("", 0)
    return {
        "rows": summary.n_rows,
        "usable": summary.n_usable,
        "rejected": dict(summary.rejected),
        "rejected_examples": [{"line": one.line, "reason": one.reason} for one in summary.examples],
        "notes": list(summary.notes),
        "columns": dict(summary.mapped),
        "attributes": list(summary.unmapped_columns),
        "labels": {
            column: dict(counts.most_common())
            for column in LABEL_COLUMNS
            if 1 < len(counts := label_counts(tickets, column)) <= max(20, len(tickets) // 10)
        },
        "dates": {
            "n": len(dates),
            "first": ends.first.isoformat(),
            "last": ends.last.isoformat(),
            "stray": sum(stray.n for stray in ends.stray),
        }
        if ends
        else None,
        "customers": {
            "n": len(customers),
            "tickets": customers.total(),
            "largest": largest,
            "largest_share": n_from_largest / customers.total(),
        }
        if customers
        else None,
        "repeated_texts": len(tickets) - len(without_repeats(tickets)),
        "without_text": sum(not (t.filed.subject or t.filed.body) for t in tickets),
    }
