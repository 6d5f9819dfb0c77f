"""What a desk does for its customers."""

from datetime import date

import pytest

from triage.customers.playbook import Advice, Playbook, Suggestion, parse_playbook
from triage.errors import UnusablePlaybook

DAY = date(2026, 11, 21)
BOOK = Playbook(
    (Advice("troubled", "Apologise.", "Call back.", 14), Advice("newcomer", "Explain."), Advice("quiet", "Say hello."))
)


@pytest.mark.parametrize(
    ("holding", "expected"),
    [
        ((), None),
        (("tech_savvy",), None),
        (("quiet", "newcomer"), Suggestion("newcomer", "Explain.", None, None)),
        (("newcomer", "troubled"), Suggestion("troubled", "Apologise.", "Call back.", date(2026, 12, 5))),
    ],
)
def test_the_first_entry_that_holds_is_suggested(holding: tuple[str, ...], expected: Suggestion | None) -> None:
    """Whoever answers a call has seconds to read; one piece of advice is followed, five are not."""
    assert BOOK.suggest(holding, DAY) == expected


def test_an_entry_takes_the_place_of_the_default_one() -> None:
    """And the order stays, as long as some are missing."""
    own = Playbook((Advice("quiet", "Wave."), Advice("newcomer", "Welcome them.")))

    found = own.over(BOOK)

    assert [entry.name for entry in found.entries] == ["troubled", "newcomer", "quiet"]
    assert [entry.next_call for entry in found.entries] == ["Apologise.", "Welcome them.", "Wave."]


def test_a_playbook_is_read_in_its_order() -> None:
    """The order decides what is suggested."""
    text = '[quiet]\nnext_call = "a"\n[newcomer]\nnext_call = "b"\nnext_step = "c"\nreview_after_days = 3'

    assert parse_playbook(text, "f").entries == (Advice("quiet", "a"), Advice("newcomer", "b", "c", 3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[quiet", "f is no TOML"),
        ('[grumpy]\nnext_call = "a"', "no segment or kind named 'grumpy'. Known: on_behalf_of_many, frequent_flyer"),
        ('[quiet]\nnextcall = "a"', "has 'nextcall'. Known: next_call, next_step, review_after_days"),
        ("quiet = 3", "needs next_call"),
        ('[quiet]\nnext_call = " "', "needs next_call"),
        ("[quiet]\nnext_call = 3", "needs next_call"),
        ('[quiet]\nnext_call = "a"\nnext_step = "b"', "review_after_days from 1 to 3650; or neither"),
        ('[quiet]\nnext_call = "a"\nreview_after_days = 3', "needs a sentence as next_step"),
        ('[quiet]\nnext_call = "a"\nnext_step = "b"\nreview_after_days = 0', "from 1 to 3650"),
        ('[quiet]\nnext_call = "a"\nnext_step = "b"\nreview_after_days = 3651', "from 1 to 3650"),
        ('[quiet]\nnext_call = "a"\nnext_step = "b"\nreview_after_days = true', "from 1 to 3650"),
    ],
)
def test_what_does_not_fit_is_named(text: str, said: str) -> None:
    """A desk edits it by hand."""
    with pytest.raises(UnusablePlaybook) as refused:
        parse_playbook(text, "f")

    assert said in str(refused.value)
