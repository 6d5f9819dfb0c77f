"""What customers may ask for, as it is typed for them."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from commands.customers import care
from data import audit, keys, opt_outs, plans, profile_views, users
from data.database import open_database, reading, writing
from data.opt_outs import all_out
from data.pseudonyms import earlier_ids, stored_id
from data.schema import prepare
from data.tables import tickets
from data.tickets import file
from tests.conftest import Run
from triage.customers.plans import Terms
from triage.identity import person_key
from triage.settings import read_settings
from triage.ticket import NewTicket

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def store() -> Callable[..., Engine]:
    """Stores two tickets and a plan of a customer, and a ticket of somebody else."""

    def stored(customer_id: str = "u42") -> Engine:
        engine = open_database(read_settings().database)
        prepare(engine)
        with writing(engine) as connection:
            of = {"1": customer_id, "2": customer_id, "3": "other"}
            file(connection, [NewTicket(id=id_, customer_id=who) for id_, who in of.items()], NOW)
            id_ = person_key(customer_id)
            assert id_ is not None
            plans.agree(connection, id_, Terms("Ines Example", "Call back", date(2026, 12, 5)), NOW)
        return engine

    return stored


def n_tickets(engine: Engine) -> int:
    """How many there are."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(tickets)) or 0


@pytest.mark.parametrize("words", [["opt-out"], ["views"], ["forget"], ["same", "u42"]])
def test_blanks_are_nobody(run: Run, words: list[str]) -> None:
    """A shell variable that was empty must not look like a customer who was served."""
    refused = run("customers", *words, " ")

    assert (refused.code, refused.out) == (2, "")
    assert "more than blanks" in refused.err


def test_it_is_said_who_looked_at_a_profile(run: Run, store: Callable[..., Engine]) -> None:
    """A customer who asks can be told; a key that was revoked since is named as well."""
    engine = store()
    with writing(engine) as connection:
        key, _ = keys.create(connection, "desk portal", ["read"], NOW)
        profile_views.record(connection, f"key:{key.id}", ["u42"], NOW)
        profile_views.record(connection, f"key:{key.id}", ["u42", "other"], NOW + timedelta(hours=1))
        keys.revoke(connection, key.id, NOW + timedelta(hours=2))

    told, listed = run("customers", "views", "u42"), run("customers", "views", "u42", "--json")
    nobody = run("customers", "views", "u43")

    assert told.out == "2026-11-21 10:00 UTC  desk portal\n2026-11-21 09:00 UTC  desk portal\n"
    first = {"name": "desk portal", "caller": f"key:{key.id}", "at": "2026-11-21T10:00:00+00:00"}
    assert (listed.json["customer"], len(listed.json["views"]), listed.json["views"][0]) == ("u42", 2, first)
    assert (nobody.code, nobody.out) == (0, "")
    assert nobody.err == "Nobody has looked at the profile of u43 within a year.\n"


def test_people_who_looked_are_named_by_their_addresses(run: Run, store: Callable[..., Engine]) -> None:
    """Also when they have left the desk."""
    engine = store()
    with writing(engine) as connection:
        ann = users.add(connection, "ann@example.org", "lead", None, NOW)
        profile_views.record(connection, f"user:{ann.id}", ["u42"], NOW)
        users.remove(connection, ann.email, NOW)

    told, listed = run("customers", "views", "u42"), run("customers", "views", "u42", "--json")

    assert told.out == "2026-11-21 09:00 UTC  ann@example.org\n"
    assert listed.json["views"] == [
        {"name": "ann@example.org", "caller": f"user:{ann.id}", "at": "2026-11-21T09:00:00+00:00"}
    ]


def test_what_is_done_for_customers_is_on_record_and_names_none(run: Run, store: Callable[..., Engine]) -> None:
    """Entries stay, and whoever is named in one could not be forgotten; what changed nothing is no entry."""
    engine = store()

    for _ in range(2):
        run("customers", "opt-out", "u42")
        run("customers", "same", "u42", "other", "--yes")
    run("customers", "same", "u42", "other", "--undo", "--yes")
    run("customers", "opt-out", "u42", "--back")
    for _ in range(2):
        run("customers", "forget", "u42", "--yes")

    with reading(engine) as connection:
        entries = audit.entries(connection)[::-1]
        held = audit.verify(connection)
    assert [(entry.action, entry.object) for entry in entries] == [
        ("customer.opted_out", "customer"),
        ("customer.joined", "customer"),
        ("customer.parted", "customer"),
        ("customer.opted_in", "customer"),
        ("customer.forgotten", "customer"),
    ]
    assert entries[-1].details["n_tickets"] == 2
    assert "u42" not in str(entries)
    assert held.fault is None


def test_a_customer_is_forgotten_and_it_is_said_what_was(run: Run, store: Callable[..., Engine]) -> None:
    """Whoever asked for it gets this sentence as an answer."""
    engine = store()

    done = run("customers", "forget", "u42", "--yes")
    again = run("customers", "forget", "u42", "--yes")

    assert (done.code, done.out) == (0, "Removed 2 tickets and 1 plan of u42.\n")
    assert (again.code, again.out) == (0, "Nothing is known of u42, so nothing was removed.\n")
    assert n_tickets(engine) == 1


def test_what_was_forgotten_is_counted_for_programs(run: Run, store: Callable[..., Engine]) -> None:
    """Requests to be forgotten are kept with what was done on them."""
    store()

    counts = run("customers", "forget", "u42", "--yes", "--json").json
    nothing = run("customers", "forget", "u42", "--yes", "--json").json

    expected = {"tickets": 2, "predictions": 0, "plans": 1, "profile_views": 0, "opt_outs": 0, "vips": 0}
    expected |= {"deliveries": 0, "events": 0, "answers": 0}
    assert counts == {"customer": "u42"} | expected
    assert nothing == {"customer": "u42"} | dict.fromkeys(expected, 0)


def test_without_a_terminal_nothing_is_forgotten_unasked(run: Run, store: Callable[..., Engine]) -> None:
    """It is gone for good; a script has to say that it means it."""
    engine = store()

    refused = run("customers", "forget", "u42")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "What is forgotten is gone for good, and nobody can be asked here: add --yes.\n"
    assert n_tickets(engine) == 3


@pytest.mark.parametrize(("answer", "code", "left"), [(True, 0, 1), (False, 1, 3)])
def test_at_a_terminal_somebody_is_asked_and_told_how_much_it_is(
    run: Run, store: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch, answer: bool, code: int, left: int
) -> None:
    """The id is one digit away from another one."""
    engine, asked = store(), []
    monkeypatch.setattr(care, "_is_asked", lambda: True)

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        if not answer:
            raise care.typer.Abort
        return True

    monkeypatch.setattr(care.typer, "confirm", confirm)

    done = run("customers", "forget", "u42")

    assert asked == ["Remove 2 tickets and 1 plan of u42 for good?"]
    assert (done.code, n_tickets(engine)) == (code, left)


def test_nobody_is_asked_about_somebody_unknown(
    run: Run, store: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to lose."""
    store()
    monkeypatch.setattr(care, "_is_asked", lambda: True)

    done = run("customers", "forget", "nobody")

    assert (done.code, done.out) == (0, "Nothing is known of nobody, so nothing was removed.\n")


def test_opting_out_and_back(run: Run, store: Callable[..., Engine]) -> None:
    """Said in a sentence, and the second time that it was so already; blanks around an id are not part of it."""
    engine = store()

    said = [
        run("customers", "opt-out", *words).out for words in (["u42"], [" u42 "], ["u42", "--back"], ["u42", "--back"])
    ]

    assert said == [
        "u42 is profiled no more.\n",
        "u42 had opted out already.\n",
        "u42 is profiled again.\n",
        "u42 had not opted out.\n",
    ]
    assert run("customers", "opt-out", "u42", "--json").json == {"customer": "u42", "opted_out": True, "changed": True}
    with reading(engine) as connection:
        assert all_out(connection) == {"u42"}


def test_under_a_key_people_are_named_as_ever(
    run: Run, store: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer says who they are, not what they hash to."""
    monkeypatch.setenv("TRIAGE_CUSTOMER_KEY", "a key of some length")
    hashed = stored_id("u42", read_settings().customer_key)
    engine = store(hashed)

    run("customers", "opt-out", "u42")
    with reading(engine) as connection:
        out = all_out(connection)
    done = run("customers", "forget", "u42", "--yes")

    assert out == {hashed}
    assert done.out == "Removed 2 tickets, 1 plan and 1 opt-out of u42.\n"


def test_an_import_stores_hashes_where_there_is_a_key(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export is where nearly all ids come from; and the same file twice still changes nothing."""
    monkeypatch.setenv("TRIAGE_CUSTOMER_KEY", "a key of some length")
    (tmp_path / "e.csv").write_text("id,subject,customer_id\n1,VPN,u42\n2,VPN,\n", encoding="utf-8")

    first, second = (run("tickets", "import", tmp_path / "e.csv", "--json").json for _ in range(2))

    with reading(open_database(read_settings().database)) as connection:
        found = connection.scalars(select(tickets.c.customer_id).order_by(tickets.c.id)).all()
    assert (first["new"], second["unchanged"]) == (2, 2)
    assert found == [stored_id("u42", read_settings().customer_key), None]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    "words", [["forget", "u42", "--yes"], ["opt-out", "u42"], ["same", "a", "b", "--yes"], ["effect"]]
)
def test_a_machine_that_only_serves_can_do_it(words: list[str]) -> None:
    """There pandas, scikit-learn and the rest are not installed, and people ask all the same."""
    absent = ("mlflow", "sklearn", "scipy", "pandas", "pyarrow", "joblib")
    program = (
        f"import sys; sys.modules |= dict.fromkeys({absent!r}); sys.argv = ['triage', 'customers', *{words!r}]; "
        "from commands.cli import main; main()"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_two_ids_are_joined_by_hand_and_taken_apart_again(run: Run, store: Callable[..., Engine]) -> None:
    """Somebody writes from two addresses, which no rule can know; and sometimes it was somebody else after all."""
    store()

    said = [run("customers", "same", "U42", " other", *words, "--yes") for words in ([], [], ["--undo"], ["--undo"])]

    assert [done.out for done in said] == [
        "U42 and other are one person now, with 3 tickets.\n",
        "U42 and other were one person already.\n",
        "U42 and other are two persons again.\n",
        "U42 and other were two persons.\n",
    ]
    assert {done.code for done in said} == {0}
    joined = run("customers", "same", "u42", "other", "--yes", "--json").json
    assert joined == {"customer": "u42", "other": "other", "same": True, "changed": True}


def test_whoever_was_joined_opts_out_and_is_forgotten_as_one(run: Run, store: Callable[..., Engine]) -> None:
    """They mean themselves, not one of their addresses."""
    engine = store()
    run("customers", "same", "u42", "other", "--yes")

    out = run("customers", "opt-out", "other").out
    with reading(engine) as connection:
        who = all_out(connection)
    done = run("customers", "forget", "other", "--yes")

    assert (out, who) == ("other is profiled no more.\n", {"u42", "other"})
    assert done.out == "Removed 3 tickets, 1 plan and 2 opt-outs of other.\n"
    assert n_tickets(engine) == 0


def test_without_a_terminal_nobody_is_joined_unasked(run: Run, store: Callable[..., Engine]) -> None:
    """A profile of two people is worse than two of one."""
    store()

    refused = run("customers", "same", "u42", "other")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith("nobody can be asked here: add --yes.\n")
    assert run("customers", "same", "u42", "other", "--undo", "--yes").out == "u42 and other were two persons.\n"


@pytest.mark.parametrize("answer", [True, False])
def test_at_a_terminal_somebody_is_asked_who_is_joined(
    run: Run, store: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    """How much each of them wrote tells the right person from the wrong one."""
    store()
    asked: list[str] = []
    monkeypatch.setattr(care, "_is_asked", lambda: True)

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        if not answer:
            raise care.typer.Abort
        return True

    monkeypatch.setattr(care.typer, "confirm", confirm)

    codes = [run("customers", "same", "u42", "other", *words).code for words in ([], [], ["--undo"])]

    question = "Take u42 with 2 tickets and other with 1 ticket for one person?"
    if answer:  # what is known already, nobody is asked about
        assert (codes, asked) == ([0, 0, 0], [question, "Take u42 and other for two persons again?"])
    else:
        assert (codes, asked) == ([1, 1, 0], [question, question])


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        (("u42", "U42 "), "u42 and U42 are two spellings of one id, so there is nothing to join or to part.\n"),
        (("u42", "Guest"), "Guest stands for nobody, as tickets without a customer have it; name a person.\n"),
    ],
)
def test_what_cannot_be_joined_is_said(run: Run, ids: tuple[str, str], sentence: str) -> None:
    """The same id twice is a slip, and a word for nobody would join everybody who has none."""
    refused = run("customers", "same", *ids, "--yes")

    assert (refused.code, refused.err) == (1, sentence)


def test_every_spelling_opts_out_the_same_person(run: Run, store: Callable[..., Engine]) -> None:
    """Somebody opted out as `ann.lee@` and was profiled as `Ann.Lee@`."""
    engine = store("Ann Lee <Ann.Lee@example.org>")

    run("customers", "opt-out", "ann.lee@example.org")
    again = run("customers", "opt-out", "ANN.LEE@EXAMPLE.ORG").out
    done = run("customers", "forget", "'ann.lee@example.org'", "--yes").out

    assert again == "ANN.LEE@EXAMPLE.ORG had opted out already.\n"
    assert done == "Removed 2 tickets, 1 plan and 1 opt-out of 'ann.lee@example.org'.\n"
    assert n_tickets(engine) == 1


def test_under_a_key_an_opt_out_of_before_holds_for_its_spelling(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was hashed as it was spelled, and is found again when it is spelled so."""
    monkeypatch.setenv("TRIAGE_CUSTOMER_KEY", "a key of some length")
    engine, key = open_database(read_settings().database), read_settings().customer_key
    prepare(engine)
    (earlier,) = earlier_ids(["Ann.Lee@example.org"], key)
    with writing(engine) as connection:
        opt_outs.opt_out(connection, earlier, NOW)

    said = run("customers", "opt-out", "Ann.Lee@example.org").out

    assert said == "Ann.Lee@example.org had opted out already.\n"
    with reading(engine) as connection:
        assert stored_id("ann.lee@example.org", key) in all_out(connection)
