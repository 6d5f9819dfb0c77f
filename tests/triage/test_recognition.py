"""What went notably well in a week, and whose names are told with it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from triage.recognition import Finished, comment_of, is_stubborn, recognise, without_names
from triage.strain import TeamDay


def finished(**changes: Any) -> Finished:  # noqa: ANN401  (any field)
    """A ticket whose customer was pleased and said so."""
    given: dict[str, Any] = {
        "id": "INC1",
        "team": "Network",
        "ended_at": datetime(2026, 6, 3, tzinfo=UTC),
        "satisfaction": 5.0,
        "words": "Thank you, that was quick",
    }
    return Finished(**given | changes)


def weeks(*at_once: int) -> list[TeamDay]:
    """Weeks of a hundred tickets, so many of them solved at once."""
    return [TeamDay(n=100, judged=100, at_once=n) for n in at_once]


def test_the_best_answer_with_words_is_told() -> None:
    """Those who did it seldom hear of it."""
    (praise,) = recognise([finished()], 5.0, {})

    assert (praise.occasion, praise.team, praise.person) == ("words", "Network", None)
    assert praise.words == "Thank you, that was quick"


@pytest.mark.parametrize("changes", [{"satisfaction": 4.0}, {"words": None}, {"satisfaction": None}])
def test_other_answers_are_not(changes: dict[str, Any]) -> None:
    """A number alone is no praise, and four of five is no best."""
    assert recognise([finished(**changes)], 5.0, {}) == []


def test_without_a_scale_no_answer_is_the_best() -> None:
    """Where everybody answers the same, it is the form that answers."""
    assert recognise([finished()], None, {}) == []


def test_a_person_is_named_only_where_they_are_given() -> None:
    """They are given where single persons are switched on."""
    (praise,) = recognise([finished(person="anna@example.org")], 5.0, {})

    assert praise.person == "anna@example.org"
    assert "anna@example.org (Network)" in praise.sentence


def test_a_stubborn_ticket_is_told_by_who_ended_it() -> None:
    """Ping-pong is remembered, its end is not."""
    ticket = finished(words=None, reassignments=4, reopens=2, days=12.4)

    (praise,) = recognise([ticket], 5.0, {})

    assert praise.occasion == "stubborn"
    assert praise.sentence == (
        "Network ended a ticket that had been handed on 4 times, and had been reopened twice, "
        "and had been open for 12 days."
    )


@pytest.mark.parametrize(
    ("reassignments", "reopens", "expected"), [(2, 1, False), (3, 0, True), (0, 2, True), (None, None, False)]
)
def test_what_is_stubborn(reassignments: int | None, reopens: int | None, expected: bool) -> None:
    """Every second ticket is handed on; that is nothing to praise."""
    assert is_stubborn(reassignments, reopens) is expected


def test_a_team_that_beat_its_own_usual_is_told() -> None:
    """Its own: another team has other tickets."""
    found = recognise([], None, {"Network": weeks(*[60] * 12, 85), "Desk": weeks(*[90] * 13)})

    assert [(praise.occasion, praise.team) for praise in found] == [("at_once", "Network")]
    assert found[0].sentence == "Network solved 85 % of its tickets at once, more than it usually does (60 %)."


def test_three_of_a_kind_at_most_and_other_teams_first() -> None:
    """One team's good week must not hide the others."""
    tickets = [finished(id=f"A{n}", words="A long and very friendly word of thanks " * 3) for n in range(5)]
    tickets += [finished(id="B1", team="Desk"), finished(id="C1", team="Apps")]

    found = recognise(tickets, 5.0, {})

    assert sorted(praise.team for praise in found) == ["Apps", "Desk", "Network"]


def test_long_words_are_cut_at_a_word() -> None:
    """A mail of two pages is no digest."""
    (praise,) = recognise([finished(words="wonderful " * 100)], 5.0, {})

    assert praise.words is not None
    assert len(praise.words) <= 202
    assert praise.words.endswith("wonderful …")


@pytest.mark.parametrize(
    "column",
    ["satisfaction_comment", "Satisfaction Comment", "satisfaction_rating.comment", "Satisfaction survey - Comments"],
)
def test_words_are_found_by_the_names_that_exports_have(column: str) -> None:
    """Each system calls them otherwise."""
    assert comment_of({"location": "x", column: "thank you  so much"}) == "thank you so much"


@pytest.mark.parametrize("attributes", [{}, {"comments": "please call me back"}, {"survey_comment": "n/a"}])
def test_other_columns_and_empty_words_are_none(attributes: dict[str, str]) -> None:
    """A work note that is read out as a customer's thanks is worse than silence."""
    assert comment_of(attributes) is None


def test_names_of_those_involved_are_taken_out_of_the_words() -> None:
    """Customers thank by name, and where single persons are off nobody is named; nor is the customer."""
    text = without_names("Anna was great! ANNA rocks. Regards, Bernd", ["Anna Beispiel", "bernd.muster@example.org"])

    assert text == "[name] was great! [name] rocks. Regards, [name]"


def test_short_parts_of_names_are_no_names() -> None:
    """An initial would blacken every `a`."""
    assert without_names("a good day to you", ["A. Meier"]) == "a good day to you"
