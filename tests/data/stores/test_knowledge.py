"""What is counted of articles and topics, and what was not shared; on both databases."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from data.knowledge import (
    MONTHS,
    UNSHARED_COLUMNS,
    KnowledgeCount,
    count_knowledge,
    solved_neighbours,
    unshared,
    unshared_csv,
)
from data.tables import problem_tickets, problems
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked
from triage.ticket import WorkedTicket

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def worked(id_: str, ago: timedelta = 3 * DAY, **changes: object) -> WorkedTicket:
    """A VPN incident that cost two hours and stayed closed."""
    attributes = changes.pop("attributes", {"service": "VPN"})
    filed = make_ticket(id=id_, opened_at=NOW - ago, attributes=attributes)
    closed = {"closed_at": NOW - ago + timedelta(hours=2), "reopens": 0, "reassignments": 0}
    return make_worked(filed=filed, **closed | changes)


def put(connection: Connection, tickets: Iterable[WorkedTicket]) -> KnowledgeCount:
    """Imports tickets and counts."""
    import_worked(connection, tickets, NOW)
    return count_knowledge(connection, NOW)


def put_problem(connection: Connection, ids: Iterable[str] = (), **changes: object) -> int:
    """A known error with a workaround and some tickets."""
    row = {
        "name": "VPN: split tunnel",
        "is_named_by_hand": False,
        "state": "known_error",
        "workaround": "Use the other gateway.",
        "centre": {},
        "content": {},
        "n_tickets": 8,
        "hours_lost": 3.0,
        "first_seen_at": NOW - 9 * DAY,
        "last_seen_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }
    id_: int = connection.execute(insert(problems).values(**row | changes)).inserted_primary_key[0]
    for ticket_id in ids:
        told = {"ticket_id": ticket_id, "problem_id": id_, "told_by": "found"}
        connection.execute(insert(problem_tickets).values(**told))
    return id_


def test_an_articles_record_and_its_use_over_time(connection: Connection) -> None:
    """Whether it helps, and whether it still does."""
    found = put(
        connection,
        [
            worked("A1", knowledge_article="KB1"),
            worked("A2", knowledge_article="KB1", reopens=1),
            worked("A3", 40 * DAY, knowledge_article="KB1; KB2"),
            worked("A4", 400 * DAY, knowledge_article="KB1"),
            worked("A5", knowledge_article="true"),
            worked("A6", knowledge_article="KB1", closed_at=None),
            worked("A7", knowledge_article="KB3", closed_at=None, resolved_at=NOW - DAY),
        ],
    )

    records = {each.record.article: (each.record.n_used, each.record.n_closed) for each in found.articles}
    assert records == {"KB1": (3, 2), "KB2": (1, 1), "KB3": (1, 1)}
    assert found.articles[0].months == (0,) * (MONTHS - 2) + (1, 2)
    assert (found.n_articles, found.n_closed, found.n_with_article) == (3, 5, 4)
    assert found.articles[0].record.last_at == NOW - 3 * DAY + timedelta(hours=2)


def test_topics_without_an_article_are_found_with_examples(connection: Connection) -> None:
    """By service, and by category where tickets name none; requests are no gaps."""
    found = put(
        connection,
        [
            *(worked(f"V{n:02d}", reopens=n % 2) for n in range(12)),
            *(worked(f"M{n:02d}", attributes={"service": "Mail"}, knowledge_article="KB1") for n in range(12)),
            *(worked(f"R{n:02d}", attributes={"service": "Print"}, ticket_type="request") for n in range(12)),
            *(worked(f"C{n:02d}", attributes={}, category="Scanner", closed_at=None) for n in range(10)),
            *(worked(f"U{n:02d}", attributes={"service": "Phone"}, knowledge_article="false") for n in range(10)),
        ],
    )

    told = [
        (gap.use.kind, gap.use.topic, gap.use.n_incidents, round(gap.benefit, 3), gap.reopen_ratio)
        for gap in found.gaps
    ]
    assert told == [
        ("service", "VPN", 12, 24.0, 0.5),
        ("service", "Phone", 10, 20.0, 0.0),
        ("category", "Scanner", 10, 0.0, None),
    ]
    assert found.gaps[0].use.examples == ("V11",)
    assert found.n_gaps == 3


def test_a_problem_is_a_topic_and_its_tickets_are_not_counted_twice(connection: Connection) -> None:
    """The article is to be written about the fault, not about the whole service."""
    import_worked(connection, [worked(f"V{n:02d}") for n in range(12)], NOW)
    id_ = put_problem(connection, [f"V{n:02d}" for n in range(11)])
    (gap,) = count_knowledge(connection, NOW).gaps

    assert (gap.use.kind, gap.use.problem_id, gap.use.n_incidents) == ("problem", id_, 11)
    assert gap.use.workaround == "Use the other gateway."
    assert len(gap.use.examples) == 5


def test_what_was_counted_is_read_as_it_was(connection: Connection) -> None:
    """Pages read it back from the database."""
    found = put(connection, [worked("A1", knowledge_article="KB1"), *(worked(f"V{n:02d}") for n in range(12))])

    assert KnowledgeCount.from_json(found.to_json()) == found


def test_neighbours_come_with_what_became_of_them(connection: Connection) -> None:
    """One that was removed since is left out."""
    put(connection, [worked("A1", knowledge_article="KB1", reopens=1, reassignments=2)])
    (one,) = solved_neighbours(connection, [("A1", 0.9), ("gone", 0.8)])

    assert (one.ticket_id, one.similarity, one.article, one.reopens, one.reassignments) == ("A1", 0.9, "KB1", 1, 2)


def test_what_support_knows_and_development_does_not_is_listed(connection: Connection) -> None:
    """One desk in three keeps its workarounds to itself."""
    import_worked(
        connection, [worked("V1"), worked("V2"), worked("S1", change_id="CHG7"), worked("S2", problem_id="P1")], NOW
    )
    known = put_problem(connection, ["V1", "V2"], hours_lost=3.0)
    dearer = put_problem(connection, [], hours_lost=9.0, name="=Mail: stuck")
    put_problem(connection, ["S1"], name="shared by its change")
    put_problem(connection, ["S2"], name="shared by its problem")
    put_problem(connection, [], workaround="  ", name="no workaround")
    put_problem(connection, [], state="resolved", name="resolved")
    put_problem(connection, [], merged_into=known, name="part of another")

    found = unshared(connection)
    header, first, _ = unshared_csv(found).splitlines()

    assert [each.problem_id for each in found] == [dearer, known]
    assert found[1].examples == ("V1", "V2")
    assert header == ",".join(UNSHARED_COLUMNS)
    assert first.startswith(f"{dearer},'=Mail: stuck,known_error,,,Use the other gateway.,8,9.00,")
