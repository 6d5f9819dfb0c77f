"""What agents asked back for, as a file of its bundle: counts of the desk, no text and nobody's name.

    n_tickets   whose replies were read
    tallies     {context: {detail: [of so many tickets that did not say it, for so many it was asked]}}
    pending     {context: [of so many tickets, so many waited for their caller]}

Reading believes nothing: names, types and ranges are checked.
"""

import json
from collections.abc import Mapping
from typing import Any

from triage.errors import BundleMalformed
from triage.missing import AskedBack, Tally

__all__ = ["ASKED_BACK_FILE", "asked_back_from_bytes", "asked_back_to_bytes"]

ASKED_BACK_FILE = "asked_back.json"
"""Its name; bundles of desks whose replies are not known have none, nor do older ones."""


def asked_back_to_bytes(learned: AskedBack) -> bytes:
    """The counts as canonical JSON: the same counts, the same bytes."""
    content = {
        "n_tickets": learned.n_tickets,
        "tallies": {
            context: {name: [one.n, one.asked] for name, one in by_detail.items()}
            for context, by_detail in learned.tallies.items()
        },
        "pending": {context: [one.n, one.asked] for context, one in learned.pending.items()},
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def asked_back_from_bytes(raw: bytes) -> AskedBack:
    """The counts that these bytes hold.

    Raises:
        BundleMalformed: they hold none; the message says what is wrong.
    """
    try:
        return _asked_back(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise BundleMalformed(f"{ASKED_BACK_FILE} does not say what was asked back for: {error}.") from error


def _asked_back(content: Any) -> AskedBack:  # noqa: ANN401 - any JSON, until it is checked
    if not isinstance(content, Mapping) or content.keys() != {"n_tickets", "tallies", "pending"}:
        raise ValueError("it has the names n_tickets, tallies, pending and no others")
    if type(content["n_tickets"]) is not int or content["n_tickets"] < 0:
        raise ValueError("n_tickets is no number of tickets")
    tallies = {context: _tallies(by_detail) for context, by_detail in _table(content["tallies"]).items()}
    return AskedBack(content["n_tickets"], tallies, _tallies(content["pending"]))


def _tallies(content: Any) -> dict[str, Tally]:  # noqa: ANN401 - as above
    found = {}
    for name, pair in _table(content).items():
        if not isinstance(pair, list) or [type(number) for number in pair] != [int, int] or not 0 <= pair[1] <= pair[0]:
            raise ValueError("a count is two whole numbers, the second not above the first")
        found[name] = Tally(*pair)
    return found


def _table(content: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    if not isinstance(content, dict):
        raise ValueError("counts are tables by name")  # noqa: TRY004  (as the other faults of the file)
    return content
