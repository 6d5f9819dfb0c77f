"""The tables, as the stores see them; every change here is a migration in `migrations/versions/` too.

Columns that people decide later follow `WorkedTicket`, name by name; those read off the text follow `Contact`. A new
table is a value in one of these modules, a name here and a store beside them.
"""

from data.tables.callers import api_keys, audit_entries, idempotency, request_counts, sessions, users
from data.tables.customers import (
    aliases,
    joined_spellings,
    known_segments,
    opt_outs,
    plans,
    profile_views,
    same_persons,
    vips,
)
from data.tables.metadata import metadata
from data.tables.reviews import review_queue, reviews
from data.tables.roots import changes, daily_counts, daily_work, problem_tickets, problems, surges
from data.tables.tickets import handovers, outcomes, predictions, sourced_tickets, ticket_links, tickets
from data.tables.work import deliveries, digests, events, jobs, outbox

__all__ = [
    "aliases",
    "api_keys",
    "audit_entries",
    "changes",
    "daily_counts",
    "daily_work",
    "deliveries",
    "digests",
    "events",
    "handovers",
    "idempotency",
    "jobs",
    "joined_spellings",
    "known_segments",
    "metadata",
    "opt_outs",
    "outbox",
    "outcomes",
    "plans",
    "predictions",
    "problem_tickets",
    "problems",
    "profile_views",
    "request_counts",
    "review_queue",
    "reviews",
    "same_persons",
    "sessions",
    "sourced_tickets",
    "surges",
    "ticket_links",
    "tickets",
    "users",
    "vips",
]
