"""`triage customers profile`, as somebody types it."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from data.exports.ticket_columns import TicketColumns
from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run

HEADER = "id,subject,customer_id,opened_at\n"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a small generated desk."""
    path = tmp_path_factory.mktemp("desk") / "history.csv"
    write_desk(generate_desk(n_tickets=500, n_customers=40, seed=2), path)
    return path


def test_the_document_agrees_with_the_file(run: Run, history: Path, tmp_path: Path) -> None:
    """A dashboard shows one, a lead reads the other."""
    document = run("customers", "profile", "--tickets", history, "--out", tmp_path / "p.parquet", "--json").json

    rows = pq.read_table(tmp_path / "p.parquet").to_pylist()
    assert set(document) == {"as_of", "customers", "frequent_flyers", "segments", "share_of_top_5_percent", "out"}
    assert document["customers"] == len(rows)
    assert document["frequent_flyers"] == document["segments"]["frequent_flyer"] > 0
    for name, n in document["segments"].items():
        assert sum(f"| {name}: " in f"| {row['segments']}" for row in rows) == n, name
    assert {row["as_of"].isoformat() for row in rows} == {document["as_of"]}
    people = sorted((r["contacts_365d"] for r in rows if "on_behalf_of_many" not in r["segments"]), reverse=True)
    assert document["share_of_top_5_percent"] == pytest.approx(sum(people[:2]) / sum(people))


def test_both_kinds_of_file_say_the_same(run: Run, history: Path, tmp_path: Path) -> None:
    """One is for programs, the other for a spreadsheet."""
    for name in ("p.parquet", "p.csv"):
        run("customers", "profile", "--tickets", history, "--as-of", "2026-03-31", "--out", tmp_path / name)

    table, sheet = pq.read_table(tmp_path / "p.parquet"), pc.read_csv(tmp_path / "p.csv")

    assert sheet.column_names == table.column_names
    for name in ("customer_id", "contacts_90d", "incident_share", "trend", "channels"):
        assert sheet[name].to_pylist() == pytest.approx(table[name].to_pylist()), name


def test_profiles_need_no_ticket(run: Run, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million of them would take as long to make as all the rest."""
    monkeypatch.setattr(TicketColumns, "tickets", None)

    profiled = run("customers", "profile", "--tickets", history, "--out", tmp_path / "p.parquet", "--json")

    assert profiled.json["customers"] > 0


def test_who_reads_the_answer_gets_two_sentences(run: Run, history: Path, tmp_path: Path) -> None:
    """How many, where, and how much a few of them matter."""
    shown = run("customers", "profile", "--tickets", history, "--out", tmp_path / "p.csv", "--plots", tmp_path / "p")

    assert shown.out.count("\n") == 1
    assert " are frequent flyers. 5 % of the people among them made " in shown.out
    assert f"Plot: {tmp_path / 'p' / 'contacts-per-customer.png'}\n" in shown.err


@pytest.mark.parametrize("key", [None, "a key for tests alone"])
def test_who_opted_out_has_no_profile(
    run: Run, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    """Whether ids are stored as they are or not; all others have the profiles they had."""
    if key is not None:
        monkeypatch.setenv("TRIAGE_CUSTOMER_KEY", key)
    asked = ("customers", "profile", "--tickets", history, "--out", tmp_path / "p.parquet")
    run(*asked)
    before = pq.read_table(tmp_path / "p.parquet").to_pylist()
    out = before[3]["customer_id"]
    run("customers", "opt-out", out)
    run("customers", "opt-out", "somebody who never called")

    told = run(*asked)

    after = pq.read_table(tmp_path / "p.parquet").to_pylist()
    assert "\nLeft out: 1 who opted out.\n" in told.err
    assert [row["customer_id"] for row in after] == [r["customer_id"] for r in before if r["customer_id"] != out]
    assert [row["contacts_365d"] for row in after] == [r["contacts_365d"] for r in before if r["customer_id"] != out]


def test_where_everybody_opted_out_nobody_is_profiled(run: Run, tmp_path: Path) -> None:
    """A refusal, and no empty file."""
    (tmp_path / "one.csv").write_text(f"{HEADER}1,VPN,u1,2026-03-02T09:00:00Z\n")
    run("customers", "opt-out", "u1")

    refused = run("customers", "profile", "--tickets", tmp_path / "one.csv", "--out", tmp_path / "p.csv")

    assert refused.code == 1
    assert "All customers of this history opted out: there is nobody to profile." in refused.err
    assert not (tmp_path / "p.csv").exists()


def write_calls(path: Path, *more: str) -> None:
    """Forty days on which thirty people call in turn, six a day, and further rows."""
    rows = [
        f"T{i},VPN down,u{i * 7 % 30},2024-{4 + i // 180:02}-{1 + i // 6 % 30:02} {9 + i % 6:02}:00:00"
        for i in range(240)
    ]
    path.write_text("\n".join([HEADER.strip(), *rows, *more]) + "\n")


STRAY = "T9999,Test ticket,u5,2026-05-10 09:00:00"


def test_one_stray_date_does_not_decide_the_day(run: Run) -> None:
    """A test ticket dated two years after all others left one customer of thirty."""
    write_calls(Path("clean.csv"))
    write_calls(Path("stray.csv"), STRAY)

    clean, stray = (
        run("customers", "profile", "--tickets", f"{name}.csv", "--out", f"{name}.parquet")
        for name in ("clean", "stray")
    )

    assert pq.read_table("stray.parquet") == pq.read_table("clean.parquet")
    assert stray.out.replace("stray", "clean") == clean.out
    assert "Note" not in clean.err
    assert (
        "Note: Tickets that lie apart: 1, dated 2026-05-10, 730 days from all others; they do not decide where the "
        "history ends, on 2024-05-10 (T9999). --as-of names another day.\n"
    ) in stray.err


def test_as_of_wins_over_what_is_stray(run: Run) -> None:
    """Whoever names a day means it."""
    write_calls(Path("stray.csv"), STRAY)

    asked = ("customers", "profile", "--tickets", "stray.csv", "--out", "p.csv")
    told = run(*asked, "--as-of", "2026-05-10", "--json")

    assert (told.json["as_of"][:10], told.json["customers"]) == ("2026-05-10", 1)
    assert "Note" not in told.err


def test_dates_to_come_are_named_and_not_looked_at(run: Run) -> None:
    """A year typed wrongly, or a visit that is planned."""
    write_calls(Path("calls.csv"), "T7,Visit,u5,2199-01-10 09:00:00", "T8,Visit,,2199-01-10 09:00:00")

    told = run("customers", "profile", "--tickets", "calls.csv", "--out", "p.csv", "--json")

    assert told.json["as_of"][:10] == "2024-05-10"
    assert "Note: 1 ticket is dated after 20" in told.err
    assert " and not looked at (T7). --as-of names another day.\n" in told.err


def test_where_everybody_calls_alike_nobody_is_a_frequent_flyer(run: Run) -> None:
    """Forty people with four contacts each were forty frequent flyers, where "a typical customer has 4"."""
    rows = [
        f"{who}-{week},VPN drops,u{who:02},2024-03-{1 + 7 * week:02} 09:00:00" for who in range(40) for week in range(4)
    ]
    Path("alike.csv").write_text("\n".join([HEADER.strip(), *rows]) + "\n")

    told = run("customers", "profile", "--tickets", "alike.csv", "--out", "p.csv", "--json").json

    assert (told["customers"], told["frequent_flyers"]) == (40, 0)


def write_nothing(_path: Path) -> None:
    """No file at all."""


def write_unnamed(path: Path) -> None:
    """Nobody wrote these."""
    path.write_text(f"{HEADER}1,VPN,,2026-01-10\n")


def write_undated(path: Path) -> None:
    """Nobody knows when."""
    path.write_text("id,subject,customer_id\n1,VPN,u1\n")


def write_old(path: Path) -> None:
    """Years ago."""
    path.write_text(f"{HEADER}1,VPN,u1,2020-01-10\n")


@pytest.mark.parametrize(
    ("write", "words", "said"),
    [
        (write_nothing, (), "desk.csv"),
        (write_unnamed, (), "No ticket of this history names both its customer and when"),
        (write_undated, (), "No ticket of this history names both its customer and when"),
        (write_old, ("--as-of", "2019-12-31"), "No ticket of this history names both its customer and when"),
        (write_old, ("--as-of", "2026-01-10"), "up to 2026-01-10; the last contact before was on 2020-01-10."),
        (write_old, ("--plots", "desk.csv"), "desk.csv is a file; name a folder for the plots."),
        (write_old, ("--plots", "no/plots"), "There is no folder no to make plots in."),
    ],
)
def test_a_history_without_customers_is_refused(
    run: Run, write: Callable[[Path], None], words: tuple[str, ...], said: str
) -> None:
    """In one sentence, and no file is written."""
    write(Path("desk.csv"))

    refused = run("customers", "profile", "--tickets", "desk.csv", "--out", "p.parquet", *words)

    assert (refused.code, refused.out) == (1, "")
    assert said in refused.err
    assert "Traceback" not in refused.err
    assert not list(Path().glob("*p.parquet*"))
