"""The audit log: entries hold, and whoever tampers with one is found out, in the way they did it."""

import contextlib
import json
import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, Engine, delete, event, insert, select, text, update

from data import audit, keys
from data.audit import FIRST_SEAL, Head, append, verify
from data.database import open_database, reading, writing
from data.tables import audit_entries as table

Moment = Callable[..., datetime]
Row = dict[str, object]

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
N = 6


def put(engine: Engine, n: int = N) -> None:
    """So many entries, a transaction each."""
    for number in range(1, n + 1):
        with writing(engine) as connection:
            details = {"name": f"desk {number}", "scopes": ["read"]}
            append(connection, "command", "key.created", f"key:{number}", details, NOW + timedelta(minutes=number))


def found(engine: Engine, expected: Head | None = None) -> audit.Verification:
    """What a look at the log finds."""
    with reading(engine) as connection:
        return verify(connection, expected)


def rows(connection: Connection) -> list[Row]:
    """The rows as they are stored."""
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(table.c.id))]


def put_back(connection: Connection, stored: list[Row]) -> None:
    """Rows in the place of those there are."""
    connection.execute(delete(table))
    connection.execute(insert(table), stored)


def sealed(row: Row) -> Row:
    """The row with the seal that belongs to what it says now."""
    names = ("id", "at", "actor", "action", "object", "details", "previous_sha256")
    return row | {"sha256": audit._seal(*(row[name] for name in names))}


def test_entries_are_numbered_from_one_and_hold(engine: Engine) -> None:
    """Each knows the seal of the one before."""
    put(engine)

    with reading(engine) as connection:
        newest_first = audit.entries(connection)
    checked = found(engine)

    assert [entry.number for entry in newest_first] == [6, 5, 4, 3, 2, 1]
    assert [entry.previous_sha256 for entry in newest_first] == [
        *(entry.sha256 for entry in newest_first[1:]),
        FIRST_SEAL,
    ]
    assert (checked.n_holding, checked.fault) == (6, None)
    assert checked.head == Head(6, newest_first[0].sha256)


def test_an_empty_log_holds(engine: Engine) -> None:
    """Nothing was done yet."""
    assert found(engine) == audit.Verification(0, None, None)


def test_an_entry_is_kept_with_its_change_or_not_at_all(engine: Engine) -> None:
    """Neither is there a change without an entry, nor an entry of what was undone; and no number is left out."""
    put(engine, 1)

    def fail(connection: Connection) -> None:
        key, _ = keys.create(connection, "desk", ["read"], NOW)
        append(connection, "command", "key.created", f"key:{key.id}", {}, NOW)
        raise RuntimeError

    with contextlib.suppress(RuntimeError), writing(engine) as connection:
        fail(connection)

    with writing(engine) as connection:
        append(connection, "command", "key.created", "key:2", {}, NOW)
        assert keys.list_keys(connection) == []
    assert (found(engine).n_holding, found(engine).fault) == (2, None)


DETAILS = {
    "text": 'ä "quoted" \\ / \u2028 🔑 a\x00b \ud83d',
    "fractions": [0.1, 1e-07, 1e22, 100.0, -0.0, 2.0, 1 / 3],
    "numbers": [0, -1, 2**63, True, False, None],
    "order": {"b": 1, "a": {"z": [], "y": {}}},
    "pair": (1, "x"),
}


def test_details_hold_whatever_a_database_makes_of_them(engine: Engine) -> None:
    """PostgreSQL spells 1e-07 and 100.0 in its own way and orders names; what is sealed must be what comes back."""
    with writing(engine) as connection:
        append(connection, "command", "model.set", "model:7", DETAILS, NOW)

    with reading(engine) as connection:
        (entry,) = audit.entries(connection)
    assert found(engine).fault is None
    assert entry.details["text"] == 'ä "quoted" \\ / \u2028 🔑 ab ?'
    assert entry.details["fractions"] == ["0.1", "1e-07", "1e+22", "100.0", "-0.0", "2.0", "0.3333333333333333"]
    assert entry.details["numbers"] == [0, -1, 2**63, True, False, None]
    assert entry.details["pair"] == [1, "x"]


def test_what_is_no_json_is_a_mistake_of_the_program(connection: Connection) -> None:
    """It must not be spelled in a way that nobody can read back."""
    with pytest.raises(TypeError, match="A datetime is no JSON"):
        append(connection, "command", "model.set", "model:7", {"at": NOW}, NOW)


def test_moments_hold_in_every_time_zone(engine: Engine) -> None:
    """They come in one, are stored in another and read in a third; and microseconds are all that is stored."""
    zone = timezone(timedelta(hours=5, minutes=45))
    for microsecond in (0, 1, 999_999, 120_000):
        moment = NOW.astimezone(zone).replace(microsecond=microsecond)
        with writing(engine) as connection:
            append(connection, "command", "key.created", "key:1", {}, moment)

    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TIME ZONE 'Asia/Kathmandu'"))
        checked = verify(connection)

    assert (checked.n_holding, checked.fault) == (4, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", NOW),
        ("actor", "user:000000000000"),
        ("action", "key.revoked"),
        ("object", "key:9"),
        ("details", {"name": "desk 4", "scopes": ["admin"]}),
        ("details", {}),
        ("sha256", "f" * 64),
        ("previous_sha256", "f" * 64),
    ],
)
def test_a_changed_entry_is_found(engine: Engine, column: str, value: object) -> None:
    """Every column is sealed: a log whose moments are not can be dated back."""
    put(engine)
    with writing(engine) as connection:
        connection.execute(update(table).where(table.c.id == 4).values({column: value}))

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way, checked.n_holding) == (4, "changed", 3)


def test_a_changed_entry_with_a_seal_of_its_own_is_found_by_the_next_one(engine: Engine) -> None:
    """Whoever knows how seals are made has to make all later ones."""
    put(engine)
    with writing(engine) as connection:
        stored = rows(connection)
        stored[3] = sealed(stored[3] | {"actor": "user:000000000000"})
        put_back(connection, stored)

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way, checked.n_holding) == (4, "changed", 3)


@pytest.mark.parametrize("gone", [[1], [4], [3, 4]])
@pytest.mark.parametrize("closed", [False, True])
def test_removed_entries_are_found(engine: Engine, gone: list[int], closed: bool) -> None:
    """Also where those behind were given the free numbers."""
    put(engine)
    with writing(engine) as connection:
        left = [row for row in rows(connection) if row["id"] not in gone]
        if closed:
            left = [row | {"id": place} for place, row in enumerate(left, 1)]
        put_back(connection, left)

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way) == (gone[0], "removed")
    missing = f"Entry {gone[0]} is missing." if len(gone) == 1 else f"Entries {gone[0]} to {gone[-1]} are missing."
    assert checked.fault.sentence == missing


@pytest.mark.parametrize("place", [1, 4])
@pytest.mark.parametrize("with_seal", [False, True])
def test_inserted_entries_are_found(engine: Engine, place: int, with_seal: bool) -> None:
    """With a right seal or a made-up one, and those behind moved on by one."""
    put(engine)
    with writing(engine) as connection:
        stored = rows(connection)
        forged = stored[place - 1] | {"actor": "user:000000000000", "sha256": "f" * 64}
        moved = [row | {"id": number + 1} for number, row in enumerate(stored[place - 1 :], place)]
        put_back(connection, [*stored[: place - 1], sealed(forged) if with_seal else forged, *moved])

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way) == (place, "inserted")


def test_the_first_of_several_inserted_entries_is_found(engine: Engine) -> None:
    """Each sealed with the one before; the next that was there all along knows neither."""
    put(engine)
    with writing(engine) as connection:
        stored = rows(connection)
        first = sealed(stored[3] | {"actor": "user:000000000000"})
        second = sealed(first | {"id": 5, "previous_sha256": first["sha256"]})
        put_back(connection, [*stored[:3], first, second, *(row | {"id": n} for n, row in enumerate(stored[3:], 6))])

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way, checked.n_holding) == (4, "inserted", 3)


def test_a_missing_entry_is_missing_also_where_the_next_was_changed(engine: Engine) -> None:
    """The first thing that does not hold is told, and it is that one is not there."""
    put(engine)
    with writing(engine) as connection:
        connection.execute(delete(table).where(table.c.id == 4))
        connection.execute(update(table).where(table.c.id == 5).values(actor="user:000000000000"))

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way) == (4, "removed")


def test_an_entry_before_the_first_is_found(engine: Engine) -> None:
    """There is no number zero."""
    put(engine)
    with writing(engine) as connection:
        connection.execute(insert(table), sealed(rows(connection)[0] | {"id": 0}))

    checked = found(engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way, checked.n_holding) == (0, "inserted", 0)


@pytest.mark.parametrize("order", [[1, 2, 4, 3, 5, 6], [2, 1, 3, 4, 5, 6], [1, 5, 2, 3, 4, 6], [1, 3, 4, 5, 2, 6]])
def test_reordered_entries_are_found(engine: Engine, order: list[int]) -> None:
    """As if the key had been revoked before it was used."""
    put(engine)
    with writing(engine) as connection:
        stored = rows(connection)
        put_back(connection, [stored[which - 1] | {"id": place} for place, which in enumerate(order, 1)])

    checked = found(engine)

    assert checked.fault is not None
    first = next(place for place, which in enumerate(order, 1) if place != which)
    assert (checked.fault.number, checked.fault.way) == (first, "reordered")


def test_what_was_cut_off_shows_beside_a_head_that_was_kept(engine: Engine) -> None:
    """From inside it cannot be seen, which the documentation says."""
    put(engine)
    head = found(engine).head
    with writing(engine) as connection:
        connection.execute(delete(table).where(table.c.id > 4))

    inside, beside = found(engine), found(engine, head)

    assert (inside.n_holding, inside.fault) == (4, None)
    assert beside.fault is not None
    assert (beside.fault.number, beside.fault.way) == (5, "cut off")


def test_a_log_that_was_written_anew_shows_beside_a_head_that_was_kept(engine: Engine) -> None:
    """All seals are right again: nothing but a seal that lies elsewhere can tell."""
    put(engine)
    head = found(engine).head
    with writing(engine) as connection:
        stored, previous = rows(connection), FIRST_SEAL
        stored[1]["actor"] = "user:000000000000"
        for place, row in enumerate(stored):
            stored[place] = sealed(row | {"previous_sha256": previous})
            previous = str(stored[place]["sha256"])
        put_back(connection, stored)

    inside, beside = found(engine), found(engine, head)

    assert inside.fault is None
    assert beside.fault is not None
    assert (beside.fault.number, beside.fault.way) == (6, "changed")


def test_a_kept_head_holds_while_the_log_grows(engine: Engine) -> None:
    """It is compared with the entry of its number, not with the last one."""
    put(engine, 3)
    head = found(engine).head
    with writing(engine) as connection:
        append(connection, "command", "key.revoked", "key:1", {}, NOW)

    assert found(engine, head).fault is None


@pytest.mark.parametrize(("column", "value"), [("details", "{"), ("details", 7), ("at", "yesterday")])
def test_what_cannot_even_be_read_is_found(sqlite_engine: Engine, column: str, value: object) -> None:
    """SQLite keeps anything in any column; the answer is still a finding and no crash."""
    put(sqlite_engine)
    with writing(sqlite_engine) as connection:
        connection.execute(text(f"UPDATE audit_entries SET {column} = :value WHERE id = 4"), {"value": value})  # noqa: S608

    checked = found(sqlite_engine)

    assert checked.fault is not None
    assert (checked.fault.number, checked.fault.way, checked.n_holding) == (4, "changed", 3)


def test_entries_are_found_by_day_and_actor(engine: Engine) -> None:
    """Somebody asks what one person has done since Friday."""
    put(engine)
    with writing(engine) as connection:
        append(connection, "user:1", "key.revoked", "key:2", {}, NOW + timedelta(days=1))

    with reading(engine) as connection:
        theirs = audit.entries(connection, actor="user:1")
        late = audit.entries(connection, since=NOW + timedelta(minutes=5), most=2)

    assert [entry.number for entry in theirs] == [7]
    assert [entry.number for entry in late] == [7, 6]


def test_threads_append_one_after_the_other(engine: Engine) -> None:
    """Also the first entry, for which there is no row to lock: two that both follow none would fork the chain."""
    together = threading.Barrier(6)

    def work(name: int) -> None:
        together.wait(10)
        for n in range(5):
            with writing(engine) as connection:
                append(connection, f"user:{name}", "key.created", f"key:{n}", {}, NOW)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (found(engine).n_holding, found(engine).fault) == (30, None)


def _append_some(url: str, name: int) -> None:
    engine = open_database(url)
    for n in range(10):
        with writing(engine) as connection:
            append(connection, f"user:{name}", "key.created", f"key:{n}", {}, NOW)
    engine.dispose()


def test_processes_append_one_after_the_other(url: str, engine: Engine) -> None:
    """A service has several, and a command comes beside them."""
    started = multiprocessing.get_context("spawn")
    processes = [started.Process(target=_append_some, args=(url, name)) for name in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (found(engine).n_holding, found(engine).fault) == (30, None)


def test_checking_keeps_no_writer_waiting(engine: Engine) -> None:
    """It reads the whole log, which may take a while."""
    put(engine)
    said: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def watch(*given: object) -> None:
        said.append(str(given[2]))

    with reading(engine) as connection:
        verify(connection)
        with writing(engine) as writer:
            append(writer, "command", "key.revoked", "key:1", {}, NOW)

    assert found(engine).n_holding == 7
    assert not any("advisory" in statement for statement in said[:2])


def test_seals_are_made_of_plain_json() -> None:
    """So that anybody can check a log with any language, for which the documentation says how."""
    import hashlib  # noqa: PLC0415  (as somebody else would)

    said = {
        "action": "key.created",
        "actor": "command",
        "at": "2026-11-21T09:00:00.000000+00:00",
        "details": {"name": "Ä"},
        "id": 1,
        "object": "key:1",
        "previous": "0" * 64,
    }
    written = json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")

    seal = audit._seal(1, NOW, "command", "key.created", "key:1", {"name": "Ä"}, FIRST_SEAL)

    assert seal == hashlib.sha256(written).hexdigest()
