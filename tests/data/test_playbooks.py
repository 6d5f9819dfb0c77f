"""Playbooks from files."""

from datetime import date
from pathlib import Path

import pytest

from data.playbooks import read_playbook
from triage.customers.playbook import NAMES
from triage.customers.segments import KINDS, SEGMENTS
from triage.errors import UnusablePlaybook

DAY = date(2026, 11, 21)


def test_every_segment_and_kind_has_an_entry() -> None:
    """A segment that nobody knows what to do about is a label on a person."""
    held = {entry.name for entry in read_playbook().entries}

    assert held == set(NAMES) == {rule.__name__ for rule in (*SEGMENTS, *KINDS)}


def test_nothing_in_the_playbook_blames_or_punishes() -> None:
    """Whoever calls often has a problem; they are not one."""
    said = " ".join(f"{entry.next_call} {entry.next_step}" for entry in read_playbook().entries).lower()

    harsh = (
        "annoy",
        "abuse",
        "blame",
        "fault of",
        "lower priority",
        "deprioriti",
        "difficult",
        "nuisance",
        "stop call",
    )
    assert not [word for word in harsh if word in said]


def test_a_desk_words_single_entries_and_keeps_the_rest(tmp_path: Path) -> None:
    """Rewording one must not change which of two is suggested."""
    own = tmp_path / "playbook.toml"
    own.write_text('\ufeff[quiet]\nnext_call = "Say hello."\n', encoding="utf-8")
    default = read_playbook()

    found = read_playbook(own)

    assert [entry.name for entry in found.entries] == [entry.name for entry in default.entries]
    assert found.suggest({"quiet"}, DAY) != default.suggest({"quiet"}, DAY)
    assert found.suggest({"newcomer"}, DAY) == default.suggest({"newcomer"}, DAY)


def test_a_desk_that_words_all_of_them_sets_the_order(tmp_path: Path) -> None:
    """What comes first is a desk's own choice."""
    own = tmp_path / "playbook.toml"
    own.write_text("".join(f'[{name}]\nnext_call = "Help."\n' for name in sorted(NAMES)), encoding="utf-8")

    assert [entry.name for entry in read_playbook(own).entries] == sorted(NAMES)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """The service does not start with half a playbook, and says why."""
    own = tmp_path / "own.toml"
    if content is not None:
        own.write_bytes(content)

    with pytest.raises(UnusablePlaybook, match=r"own\.toml cannot be read"):
        read_playbook(own)
