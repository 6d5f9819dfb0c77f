"""The journal of promotions, and going back by it."""

import getpass
from collections.abc import Sequence
from pathlib import Path

import pytest

from models.journal import Entry, former_champion, read_journal, roll_back, write_entry
from models.registry import ServedModel, champion_version, serve_version
from tests.builders import MONDAY
from triage.errors import BundleAltered, BundleFileMissing, NoModel, NotFound


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """An installation's folder, empty at first."""
    return tmp_path / "models"


def let_serve(bundles: Path, bundle: Path, version: str) -> None:
    """Promote, as `training.promotion` does."""
    before = champion_version(bundles)
    serve_version(bundles, version, bundle)
    write_entry(bundles, "promoted", version, before=before)


def entries(happened: Sequence[str]) -> list[Entry]:
    """Entries from words such as `1>2` (promoted), `3<2` (rolled back to 2) and `2!3` (3 was refused)."""
    found = []
    for word in happened:
        (sign,) = set(word) & set("><!")
        before, _, version = word.partition(sign)
        event = {">": "promoted", "<": "rolled back", "!": "refused"}[sign]
        found.append(Entry(at=MONDAY, who="ann", event=event, before=before or None, version=version))  # type: ignore[arg-type] # one of three
    return found


@pytest.mark.parametrize(
    ("happened", "champion", "former"),
    [
        ((), "1", None),
        ((">1",), "1", None),
        ((">1", "1>2"), "2", "1"),
        ((">1", "1>2", "2>3"), "3", "2"),
        ((">1", "1>2", "2>3", "3<2"), "2", "1"),
        ((">1", "1>2", "2>3", "3<2", "2<1"), "1", None),
        ((">1", "1>2", "2>3", "3<2", "2>4"), "4", "2"),
        ((">1", "1>2", "2>3", "3<2", "2>4", "4<2"), "2", "1"),
        ((">1", "1>2", "2>3", "3<2", "2>4", "4<2", "2<1"), "1", None),
        ((">1", "1>2", "2>1"), "1", "2"),  # 1 was promoted once more
        ((">1", "1>2", "2>1", "1<2"), "2", "1"),
        ((">1", "1>2", "2!3"), "2", "1"),  # a refusal changes nothing
        (("5>6",), "6", "5"),  # 5 was promoted before there was a journal
        ((">1", "1>2"), "3", "2"),  # the promotion of 3 broke off before it was written down
        ((">1", "1>2", "2>3"), "2", "1"),  # somebody pointed back by hand
    ],
)
def test_one_goes_back_the_way_one_came(happened: Sequence[str], champion: str, former: str | None) -> None:
    """Two rollbacks are two steps back, not one step forth again."""
    assert former_champion(entries(happened), champion) == former


def test_rollback_lets_the_former_champion_answer(bundles: Path, bundle: Path) -> None:
    """1, 2, 3, and step by step back until there is nothing to go back to."""
    for version in ("1", "2", "3"):
        let_serve(bundles, bundle, version)
    served = ServedModel(bundles)
    answering = [served.current().version]

    for _ in range(2):
        roll_back(bundles)
        answering.append(served.current().version)

    assert answering == ["3", "2", "1"]
    with pytest.raises(NotFound, match="There is nothing to go back to"):
        roll_back(bundles)
    assert served.current().version == "1"


def test_before_a_promotion_there_is_nothing_to_go_back_from(bundles: Path) -> None:
    """A sentence, and no file where there was none."""
    with pytest.raises(NoModel, match="No model was promoted yet"):
        roll_back(bundles)

    assert not bundles.exists()


def test_a_spoilt_former_champion_is_not_gone_back_to(bundles: Path, bundle: Path) -> None:
    """A bad model that answers is better than one that may not."""
    for version in ("1", "2"):
        let_serve(bundles, bundle, version)
    (bundles / "1" / "card.md").write_text("something else")

    with pytest.raises(BundleAltered):
        roll_back(bundles)

    assert champion_version(bundles) == "2"
    assert [entry.event for entry in read_journal(bundles)] == ["promoted", "promoted"]


def test_a_former_champion_that_was_deleted_is_a_sentence(bundles: Path, bundle: Path) -> None:
    """Somebody made room on the disk."""
    for version in ("1", "2"):
        let_serve(bundles, bundle, version)
    (bundles / "1").rename(bundles.parent / "elsewhere")

    with pytest.raises(BundleFileMissing):
        roll_back(bundles)


def test_the_journal_says_who_did_what_and_why(bundles: Path) -> None:
    """It is read when somebody asks how that model came to answer."""
    write_entry(bundles, "refused", "2", before="1", objections=["macro_f1_fell"])
    write_entry(bundles, "promoted", "2", before="1", objections=["macro_f1_fell"], reason="the groups were renamed, é")

    refused, forced = read_journal(bundles)
    assert refused.who == forced.who == getpass.getuser()
    assert forced.reason == "the groups were renamed, é"
    assert str(refused).endswith(f"refused to {refused.who} in place of 1 (macro_f1_fell)")
    assert str(forced).endswith(
        f"promoted by {refused.who} in place of 1, forced against macro_f1_fell: the groups were renamed, é"
    )


def test_a_line_that_broke_off_takes_no_other_with_it(bundles: Path) -> None:
    """A full disk cuts lines; what is written later must be read."""
    write_entry(bundles, "promoted", "1", before=None)
    with (bundles / "promotions.jsonl").open("a") as file:
        file.write('{"at": "2026-11-22T00:18:51+00:00", "who"')
    write_entry(bundles, "promoted", "2", before="1")

    assert [entry.version for entry in read_journal(bundles)] == ["1", "2"]


@pytest.mark.parametrize("line", ["", "[]", "{}", "not json", '{"at": "yesterday", "objections": []}'])
def test_what_is_no_entry_is_passed_over(bundles: Path, line: str) -> None:
    """Going back must not depend on every line of a file that people can edit."""
    write_entry(bundles, "promoted", "1", before=None)
    with (bundles / "promotions.jsonl").open("a") as file:
        file.write(f"{line}\n")

    assert [entry.version for entry in read_journal(bundles)] == ["1"]


def test_a_user_without_a_name_has_a_number(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers run as users that no file lists."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 1234)

    assert write_entry(bundles, "promoted", "1", before=None).who == "1234"
