"""Which stored tickets count for surges, and that asking for them does not read the whole store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text, update

from data import surge_counts
from data.database import writing
from data.persons import join
from data.predictions import record
from data.surge_counts import incidents_since, learn_usual
from data.tables import tickets
from data.tickets import file, import_worked
from triage.surges.seen import ALL, MACHINES, Kind
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]
HOUR = timedelta(hours=1)


def worked(id_: str, at: datetime | None, **changes: Any) -> WorkedTicket:  # noqa: ANN401  (any field)
    """An ordinary incident with the VPN."""
    filed = NewTicket(
        id=id_,
        subject="VPN down",
        body="error tun-4471",
        opened_at=at,
        customer_id=f"u{id_}",
        channel="email",
        attributes={"service": "VPN"},
    )
    return replace(WorkedTicket(filed=filed, ticket_type="incident", assignment_group="Network"), **changes)


def ids(connection: Connection, since: datetime, until: datetime, known: set[str] | None = None) -> list[str]:
    """Which tickets are found."""
    return [seen.id for seen in incidents_since(connection, since, until, (known or set()).__contains__)]


def test_incidents_of_the_window_are_found_once_in_order(connection: Connection, moment: Moment) -> None:
    """A process that has read a ticket does not read its text again each minute."""
    import_worked(
        connection, [worked("T3", moment(3, 11)), worked("T1", moment(3, 9)), worked("T0", moment(2, 9))], moment(3, 12)
    )

    assert ids(connection, moment(3), moment(4)) == ["T1", "T3"]
    assert ids(connection, moment(3), moment(4), {"T1"}) == ["T3"]
    assert ids(connection, moment(3), moment(3, 11)) == ["T1"]


def test_what_is_known_of_an_incident_is_read(connection: Connection, moment: Moment) -> None:
    """Service, group and words are what alarms are raised by."""
    import_worked(connection, [worked("T1", moment(3, 9))], moment(3, 12))

    (seen,) = incidents_since(connection, moment(3), moment(4), lambda _: False)

    assert (seen.at, seen.customer_id, seen.service, seen.group) == (moment(3, 9), "ut1", "VPN", "Network")
    assert seen.terms == ("vpn", "down", "error", "tun-4471")
    assert not seen.is_machine


def test_a_ticket_without_a_date_counts_from_when_it_came(connection: Connection, moment: Moment) -> None:
    """Programs that score tickets often leave the date out, and an outage among those is one, too."""
    file(connection, [NewTicket(id="T1", subject="VPN down")], moment(3, 9))
    file(connection, [NewTicket(id="T2", subject="VPN down")], moment(1, 9))

    (seen,) = incidents_since(connection, moment(3), moment(4), lambda _: False)

    assert (seen.id, seen.at) == ("T1", moment(3, 9))


def test_requests_do_not_count_whether_people_or_the_model_say_so(connection: Connection, moment: Moment) -> None:
    """On the day of a campaign everybody asks for access, and nothing has failed."""
    import_worked(connection, [worked("T1", moment(3, 9), ticket_type="request")], moment(3, 12))
    file(connection, [NewTicket(id=id_, subject="x", opened_at=moment(3, 10)) for id_ in ("T2", "T3")], moment(3, 10))
    said = (
        '{"ticket_type": {"value": "%s", "confidence": 0.9, "threshold": 0.5, "decision": "auto", '
        '"reason": "above_threshold", "top": []}, '
        '"assignment_group": {"value": "Desk", "confidence": 0.9, "threshold": 0.5, "decision": "auto", '
        '"reason": "above_threshold", "top": []}}'
    )
    record(connection, [("T2", said % "request"), ("T3", said % "incident")], "7", moment(3, 10))

    (seen,) = incidents_since(connection, moment(3), moment(4), lambda _: False)

    assert (seen.id, seen.group) == ("T3", "Desk")


def test_two_addresses_of_one_person_are_one_caller(connection: Connection, moment: Moment) -> None:
    """Three tickets of somebody with three mailboxes are not three customers."""
    import_worked(connection, [worked("T1", moment(3, 9)), worked("T2", moment(3, 10))], moment(3, 12))
    join(connection, "ut1", "ut2", moment(3, 11))

    found = incidents_since(connection, moment(3), moment(4), lambda _: False)

    assert len({seen.caller for seen in found}) == 1


def test_machines_are_known_by_what_was_read_off_their_text(connection: Connection, moment: Moment) -> None:
    """Redaction may have taken away what told that nobody reads an answer."""
    import_worked(connection, [worked("T1", moment(3, 9)), worked("T2", moment(3, 10))], moment(3, 12))
    connection.execute(update(tickets).where(tickets.c.id == "T1").values(is_automatic=True))

    found = incidents_since(connection, moment(3), moment(4), lambda _: False)

    assert [seen.is_machine for seen in found] == [True, False]


def test_a_flood_is_read_in_parts(connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look is bounded, and the rest comes at the next one."""
    monkeypatch.setattr(surge_counts, "MOST_AT_ONCE", 3)
    import_worked(connection, [worked(f"T{n}", moment(3, n)) for n in range(5)], moment(3, 12))

    first = ids(connection, moment(3), moment(4))

    assert first == ["T0", "T1", "T2"]
    assert ids(connection, moment(3), moment(4), set(first)) == ["T3", "T4"]


def past(moment: Moment) -> list[WorkedTicket]:
    """Eight weeks of ten incidents a working day, a request and an alert."""
    found = []
    for back in range(56, 0, -1):
        day = moment(30) - timedelta(days=back)
        if day.weekday() < 5:
            found += [worked(f"D{back}-{n}", day + (8 + n) * HOUR) for n in range(10)]
            found.append(worked(f"R{back}", day + 9 * HOUR, ticket_type="request"))
            found.append(
                worked(
                    f"A{back}",
                    day + 3 * HOUR,
                    filed=replace(found[0].filed, id=f"A{back}", opened_at=day + 3 * HOUR, channel="monitoring"),
                )
            )
    return found


def test_seasons_are_learned_from_the_weeks_before_today(connection: Connection, moment: Moment) -> None:
    """What came today is looked at, not learned from."""
    import_worked(connection, past(moment), moment(30))
    import_worked(connection, [worked(f"T{n}", moment(30, 1)) for n in range(50)], moment(30, 2))

    usual = learn_usual(connection, moment(30, 2))

    assert usual is not None
    assert usual.n_learned[ALL] == 400
    assert usual.n_learned[MACHINES] == 40
    assert 9 < usual.expected(Kind("service", "VPN"), moment(30), moment(30) + 24 * HOUR) < 11
    assert usual.n_read == 400
    assert usual.share("tun-4471") == 1.0


def test_with_little_history_nothing_is_expected(connection: Connection, moment: Moment) -> None:
    """A desk of yesterday has no usual."""
    assert learn_usual(connection, moment(30)) is None

    import_worked(connection, past(moment)[-60:], moment(30))

    assert learn_usual(connection, moment(30)) is None


def test_a_large_desk_is_learned_from_its_newest_tickets(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day of which only a part is read would look quiet."""
    monkeypatch.setattr(surge_counts, "MOST_LEARNED", 305)
    import_worked(connection, past(moment), moment(30))

    usual = learn_usual(connection, moment(30))

    assert usual is not None
    assert usual.n_learned[ALL] % 10 == 0
    assert usual.n_learned[ALL] <= 305
    assert 9 < usual.expected(ALL, moment(30), moment(30) + 24 * HOUR) < 11


def test_a_desk_of_more_in_two_weeks_is_learned_from_all_the_same(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The largest desks would never be told anything, and nobody would know why."""
    monkeypatch.setattr(surge_counts, "MOST_LEARNED", 20)
    import_worked(connection, past(moment), moment(30))

    usual = learn_usual(connection, moment(30))

    assert usual is not None
    assert usual.n_learned[ALL] == 100


def test_the_questions_are_answered_by_indexes(engine: Engine, moment: Moment) -> None:
    """At a million tickets a look must cost what is new, not what is there."""
    asked: list[tuple[str, object]] = []
    with writing(engine) as connection:
        import_worked(connection, past(moment), moment(30))
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # the table is too small to be worth an index
        for query in surge_counts.window_queries((tickets.c.id,), moment(30), moment(30, 1)):
            compiled = query.compile(engine, compile_kwargs={"literal_binds": False})
            explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
            rows = connection.exec_driver_sql(
                explain + str(compiled),
                tuple(compiled.params.values()) if engine.dialect.name == "sqlite" else dict(compiled.params),
            ).all()
            asked.append((str(rows), None))

    dated, undated = (plan for plan, _ in asked)
    assert "ix_tickets_window" in dated
    assert "ix_tickets_updated_at" in undated
