"""Which article is suggested with which record, and which topics have none."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY
from triage.knowledge import (
    FEWEST_INCIDENTS,
    LATELY,
    Gap,
    SolvedNeighbour,
    SuggestedArticle,
    TopicUse,
    articles_in,
    gaps,
    suggested_articles,
)

HOUR = timedelta(hours=1)


def used(article: str | None, n: int, n_good: int | None = None, **changes: object) -> list[SolvedNeighbour]:
    """Similar tickets that used an article; the others were reopened."""
    usual = {"similarity": 0.8, "settled_at": MONDAY - HOUR, "reassignments": 0}
    return [
        SolvedNeighbour(
            **{
                "ticket_id": f"{article}-{i}",
                "article": article,
                "reopens": int(i >= (n if n_good is None else n_good)),
            }
            | usual
            | changes  # type: ignore[arg-type]
        )
        for i in range(n)
    ]


def suggested(*neighbours: SolvedNeighbour) -> list[SuggestedArticle]:
    """What is suggested beside a ticket of now."""
    return suggested_articles(neighbours, MONDAY)


def test_an_article_comes_with_its_record() -> None:
    """A number without its base is believed too much."""
    (found,) = suggested(*used("KB0012", 16, 14))

    assert (found.record.article, found.record.n_used, found.record.n_closed) == ("KB0012", 16, 14)
    assert found.reason == "It closed 14 of 16 similar tickets; the last was an hour ago."
    assert 0.75 < found.ratio < 14 / 16
    assert len(found.tickets) == 5


def test_one_success_of_one_does_not_win() -> None:
    """Lists that sort by the bare share put what was used once above all else."""
    found = suggested(*used("KB0012", 16, 14), *used("KB0099", 1), *used("KB0007", 2))

    assert [each.record.article for each in found] == ["KB0012", "KB0007"]
    assert found[1].ratio < 1


def test_an_article_that_does_not_help_is_not_suggested() -> None:
    """Nine of ten came back."""
    assert suggested(*used("KB0012", 10, 1)) == []


def test_a_ticket_that_was_handed_on_was_not_closed_by_the_article() -> None:
    """Whoever read it passed the ticket to another group."""
    (found,) = suggested(*used("KB0012", 6), *used("KB0012", 2, reassignments=2))

    assert (found.record.n_used, found.record.n_closed) == (8, 6)


def test_open_tickets_say_nothing_yet() -> None:
    """They may still come back."""
    assert suggested(*used("KB0012", 9, settled_at=None)) == []
    assert suggested(*used("KB0012", 9, settled_at=MONDAY + HOUR)) == []


def test_an_article_that_nobody_has_used_lately_is_left_out() -> None:
    """It is about what was replaced since."""
    assert suggested(*used("KB0012", 9, settled_at=MONDAY - LATELY - HOUR)) == []
    assert suggested(*used("KB0012", 9, settled_at=MONDAY - LATELY)) != []


def test_the_article_of_the_more_similar_tickets_comes_first() -> None:
    """One that is used everywhere is near everything, and not because of this ticket."""
    found = suggested(*used("KB0001", 5, similarity=0.3), *used("KB0012", 4, similarity=0.9))

    assert [each.record.article for each in found] == ["KB0012", "KB0001"]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("KB0012", ("KB0012",)),
        (" KB0012 ; KB0013 ", ("KB0012", "KB0013")),
        ("KB0012, KB0012", ("KB0012",)),
        ("KB1;KB2", ("KB1", "KB2")),
        ("How to reset, step by step", ("How to reset, step by step",)),
        *(
            (mark, ())
            for mark in ("true", "TRUE", "false", "used", "Not used", "1", "0", "Ja", "nein", "-", "n/a", "", " ", "?")
        ),
        (None, ()),
    ],
)
def test_a_mark_that_names_no_article_is_none(value: str | None, named: tuple[str, ...]) -> None:
    """Many desks record only whether an article was used; `true` has the best record of all and helps nobody."""
    assert articles_in(value) == named


def topic(name: str, n: int, **changes: object) -> TopicUse:
    """A topic without an article; an incident of it costs two hours."""
    usual = {"kind": "service", "n_closed": n, "n_with_article": 0, "n_reopened": 0, "hours_lost": 2.0 * n}
    return TopicUse(**{"topic": name, "n_incidents": n} | usual | changes)  # type: ignore[arg-type]


def found_gaps(*uses: TopicUse) -> list[Gap]:
    """The gaps among topics."""
    return gaps(uses)


def test_the_article_that_spares_most_comes_first() -> None:
    """There is time to write one."""
    found = found_gaps(topic("Mail", 30), topic("VPN", 20, hours_lost=200.0), topic("Print", 40, hours_lost=20.0))

    assert [(gap.use.topic, gap.benefit) for gap in found] == [("VPN", 200.0), ("Mail", 60.0), ("Print", 20.0)]


def test_where_no_hours_are_known_what_comes_back_most_is_first() -> None:
    """Desks that do not write down when something was resolved still have gaps."""
    no_hours = {"hours_lost": 0.0, "n_closed": 20}
    found = found_gaps(topic("Mail", 20, **no_hours, n_reopened=1), topic("VPN", 20, **no_hours, n_reopened=5))

    assert [(gap.use.topic, gap.reopen_ratio) for gap in found] == [("VPN", 0.25), ("Mail", 0.05)]


@pytest.mark.parametrize(
    ("use", "is_gap"),
    [
        (topic("a", FEWEST_INCIDENTS), True),
        (topic("a", FEWEST_INCIDENTS - 1), False),
        (topic("a", 100, n_with_article=4), True),
        (topic("a", 100, n_with_article=5), False),
        (topic("a", 12, n_with_article=1), False),
    ],
)
def test_a_gap_is_many_incidents_and_hardly_an_article(use: TopicUse, is_gap: bool) -> None:
    """Nobody writes an article for three tickets, nor a second one."""
    assert bool(found_gaps(use)) is is_gap


def test_topics_of_two_windows_add_up() -> None:
    """They are counted month by month."""
    both = topic("VPN", 10, examples=("1",)).joined_with(topic("VPN", 5, n_reopened=None, examples=("2",)))

    assert both.examples == ("2", "1")
    assert (both.n_incidents, both.n_closed, both.n_reopened, both.hours_lost) == (15, 15, 0, 30.0)
