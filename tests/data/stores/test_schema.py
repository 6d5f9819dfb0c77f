"""The tables' version: migrations, and databases that are behind or ahead."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, insert, inspect, select, text

from data import schema
from data.customers import contacts_of
from data.database import (
    migrating,
    open_database,
    reading,
    writing,
)
from data.schema import check_version, prepare, upgrade
from data.tables import api_keys, metadata, tickets
from data.tickets import ImportCount, import_worked
from triage.customers.profile import YEAR
from triage.errors import StoreUnusable
from triage.ticket import NewTicket, WorkedTicket


def key_row(id_: str = "one", created_at: datetime = datetime(2026, 11, 21, tzinfo=UTC)) -> dict[str, object]:
    """A row of the plainest table."""
    return {"id": id_, "name": "n", "secret_sha256": "0", "scopes": [], "created_at": created_at}


def test_migrations_make_the_tables_that_the_stores_expect(engine: Engine) -> None:
    """A column that exists in `tables.py` only breaks the first request after a release."""
    with reading(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_indexes_carry_the_names_that_the_tables_give_them(engine: Engine) -> None:
    """A later migration speaks of an index by its name, which has to be the same everywhere."""
    expected = {index.name for table in metadata.tables.values() for index in table.indexes}

    found = {index["name"] for table in metadata.tables for index in inspect(engine).get_indexes(table)}

    assert found == expected


def test_an_upgrade_of_a_current_database_changes_nothing(engine: Engine) -> None:
    """It runs at every start of a single-machine installation."""
    with writing(engine) as connection:
        connection.execute(insert(api_keys), key_row())

    upgrade(engine)

    check_version(engine)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(api_keys)) == 1


def test_an_empty_database_is_refused_with_the_command_that_helps(empty: Engine) -> None:
    """The first error an administrator meets should be the last one."""
    with pytest.raises(StoreUnusable, match=r"no tables .* run `triage db upgrade`"):
        check_version(empty)


def test_a_question_to_an_empty_database_says_the_same(empty: Engine) -> None:
    """Whoever skips the check still learns what to do instead of reading SQL."""
    with pytest.raises(StoreUnusable, match="run `triage db upgrade`"), reading(empty) as connection:
        connection.execute(select(api_keys))


@pytest.mark.parametrize("act", [check_version, upgrade])
def test_a_database_of_a_newer_program_is_left_alone(engine: Engine, act: Callable[[Engine], None]) -> None:
    """An old program on new tables writes rows that the new one cannot trust."""
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreUnusable, match="newer triage"):
        act(engine)


def test_preparing_makes_the_tables_of_a_file_and_only_checks_a_server(empty: Engine) -> None:
    """A file belongs to whoever runs the command; a server may have other users."""
    if empty.dialect.name == "sqlite":
        prepare(empty)
        check_version(empty)
    else:
        with pytest.raises(StoreUnusable, match="triage db upgrade"):
            prepare(empty)


def test_preparing_a_file_that_is_ready_waits_for_nobody(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys can be listed while an import runs."""
    monkeypatch.setattr("data.database._PATIENCE_SECONDS", 0.05)
    other = open_database(f"sqlite:///{tmp_path / 'triage.db'}")

    with writing(sqlite_engine) as connection:
        connection.execute(insert(api_keys), key_row())
        prepare(other)

    other.dispose()


def test_references_are_checked_again_after_an_upgrade(sqlite_engine: Engine) -> None:
    """The upgrade switches them off, and its connection goes back to the pool."""
    with pytest.raises(Exception, match="FOREIGN KEY"), writing(sqlite_engine) as connection:
        connection.execute(
            text(
                "INSERT INTO predictions (ticket_id, model_version, created_at, answers) "
                "VALUES ('nobody', '1', '2026-11-21 00:00:00.000000', '{}')",
            )
        )


def test_tickets_that_were_stored_before_texts_were_read_stay_contacts(empty: Engine) -> None:
    """An upgrade must not read 100,000 texts while the desk waits; importing them again fills in what it skips."""
    opened_at = datetime(2026, 11, 21, tzinfo=UTC)
    _upgrade_to(empty, "0001")
    body = "How do I print?\n1. a\n2. b"
    old = {"id": "INC1", "subject": "", "body": body, "opened_at": opened_at, "customer_id": "u42", "attributes": {}}
    with writing(empty) as connection:
        connection.execute(
            insert(tickets), old | {"outcome_attributes": {}, "first_seen_at": opened_at, "updated_at": opened_at}
        )

    upgrade(empty)

    with writing(empty) as connection:
        (before,) = contacts_of(connection, "u42", opened_at - YEAR, opened_at)
        again = WorkedTicket(filed=NewTicket(id="INC1", body=body, customer_id="u42"))
        count = import_worked(connection, [again], opened_at)
        (after,) = contacts_of(connection, "u42", opened_at - YEAR, opened_at)
    assert (before.writing_precision, before.asks_how, before.is_automatic) == (None, False, False)
    assert count == ImportCount(n_changed=1)
    assert (after.writing_precision, after.asks_how) == (0.2, True)


def _upgrade_to(engine: Engine, version: str) -> None:
    """Brings the tables to an earlier version."""
    with migrating(engine) as connection:
        schema._migrate(connection, version)


def test_versions_are_those_of_the_migrations() -> None:
    """They are read off the names of files, so that a service starts without what only migrating needs."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)

    assert schema._versions() == sorted(script.revision for script in scripts.walk_revisions())
    assert schema._versions()[-1] == scripts.get_current_head()
