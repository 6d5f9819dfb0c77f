"""Who is marked as a VIP."""

import ast
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from data.opt_outs import opt_out
from data.persons import Person, find, join
from data.vips import Vip, mark, marks_of, unmark

ROOT = Path(__file__).parents[3]

Moment = Callable[..., datetime]


def marked(connection: Connection, *ids: str) -> dict[str, Vip]:
    """The marks of these."""
    return dict(marks_of(connection, find(connection, ids).values()))


def test_a_mark_is_kept_with_its_reason_and_whose_it_is(connection: Connection, moment: Moment) -> None:
    """Whoever asks why somebody is marked gets an answer."""
    given = mark(connection, "u1", " Board member ", "user:7", moment(3))

    assert given == Vip("Board member", "user:7", moment(3))
    assert marked(connection, "u1", "u2") == {"u1": given}
    assert marks_of(connection, []) == {}


def test_the_same_again_changes_nothing_and_another_reason_does(connection: Connection, moment: Moment) -> None:
    """A form that is sent twice is no new mark."""
    first = mark(connection, "u1", "Board member", "user:7", moment(3))

    assert mark(connection, "u1", "Board member", "user:8", moment(4)) == first
    assert mark(connection, "u1", "Chair", "user:8", moment(5)) == Vip("Chair", "user:8", moment(5))
    assert marked(connection, "u1")["u1"].reason == "Chair"


def test_a_mark_is_taken_away_once(connection: Connection, moment: Moment) -> None:
    """And of others nothing is."""
    mark(connection, "u1", "Board member", "user:7", moment(3))
    mark(connection, "u2", "Board member", "user:7", moment(3))

    assert (unmark(connection, "u1"), unmark(connection, "u1")) == (True, False)
    assert set(marked(connection, "u1", "u2")) == {"u2"}


def test_of_two_ids_of_one_person_the_later_mark_holds_for_both(connection: Connection, moment: Moment) -> None:
    """And taking it away leaves none behind."""
    mark(connection, "u2", "Chair", "user:7", moment(5))
    mark(connection, "u1", "Board member", "user:7", moment(4))
    join(connection, "u1", "u2", moment(6))
    (person,) = set(find(connection, ["u2"]).values())

    assert {id_: vip.reason for id_, vip in marks_of(connection, [person]).items()} == {"u1": "Chair"}

    mark(connection, person.ids, "Third", "user:7", moment(3))

    assert {id_: vip.reason for id_, vip in marks_of(connection, [person]).items()} == {"u1": "Third"}
    assert unmark(connection, person.ids)
    assert marked(connection, "u1", "u2") == {}


def test_of_who_wants_no_profile_no_mark_is_told(connection: Connection, moment: Moment) -> None:
    """It is a part of what they did not want."""
    mark(connection, "u1", "Board member", "user:7", moment(3))
    opt_out(connection, "u1", moment(4))

    assert marks_of(connection, [Person(("u1",), is_out=True)]) == {}
    assert marked(connection, "u1") == {}


def test_nothing_that_scores_or_decides_asks_for_the_mark() -> None:
    """Who is served first is decided by people; a mark that crept into a rule would be found by nobody."""
    may_ask = {"customers.py", "known_customers.py"}

    asking = {
        file.relative_to(ROOT).as_posix()
        for room in ("triage", "data", "models", "training", "api", "commands")
        for file in (ROOT / room).rglob("*.py")
        if imports_vips(file)
    }

    assert asking == {f"api/{name}" for name in may_ask}


def imports_vips(file: Path) -> bool:
    """Whether a module imports the store."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    return any(
        node.module == "data.vips" or (node.module == "data" and any(alias.name == "vips" for alias in node.names))
        for node in nodes
    )
