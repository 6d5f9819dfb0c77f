"""What a desk is measured by: what is counted of a day, and one definition each of what is told of these counts.

    counts         sums that add up, and on which day a ticket counts
    durations      how long things took, as sums that add up
    repeats        whether a ticket is the same matter again
    figures        the measures, each a function of counts
    concentration  how few customers make how much
    wording        what stands out, in a sentence

A new measure is a sum in `counts`, a function in `figures`, a definition in `docs/glossary.md`, and a raised
`COUNTED_AS`.
"""

from triage.measures.concentration import Concentration, TopContacts, concentration_of, safely
from triage.measures.counts import (
    ARROW,
    COUNTED_AS,
    DIMENSIONS,
    MOST_VALUES,
    OTHERS,
    CountedTicket,
    DayCounts,
    DayTally,
    sum_of,
)
from triage.measures.durations import BIN_RATIO, Durations
from triage.measures.figures import (
    INCIDENT_MARK,
    QUANTILES,
    SHARES,
    Backlog,
    Mean,
    TimeToResolve,
    WrongRoute,
    backlog,
    first_contact_resolution,
    handed_on,
    incident_share,
    knowledge_use,
    reassignments_mean,
    reopened,
    repeat_share,
    request_share,
    response_rate,
    satisfaction_mean,
    sla_met,
    time_to_resolve,
    wrong_routes,
)
from triage.measures.repeats import REPEATS_WITHIN, RepeatWatch, trace_of

__all__ = [
    "ARROW",
    "BIN_RATIO",
    "COUNTED_AS",
    "DIMENSIONS",
    "INCIDENT_MARK",
    "MOST_VALUES",
    "OTHERS",
    "QUANTILES",
    "REPEATS_WITHIN",
    "SHARES",
    "Backlog",
    "Concentration",
    "CountedTicket",
    "DayCounts",
    "DayTally",
    "Durations",
    "Mean",
    "RepeatWatch",
    "TimeToResolve",
    "TopContacts",
    "WrongRoute",
    "backlog",
    "concentration_of",
    "first_contact_resolution",
    "handed_on",
    "incident_share",
    "knowledge_use",
    "reassignments_mean",
    "reopened",
    "repeat_share",
    "request_share",
    "response_rate",
    "safely",
    "satisfaction_mean",
    "sla_met",
    "sum_of",
    "time_to_resolve",
    "trace_of",
    "wrong_routes",
]
