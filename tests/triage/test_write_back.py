"""What is written to a ticket, and when nothing is."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import MONDAY, make_ticket
from triage.events import TicketState
from triage.policy import DECISIONS
from triage.prediction import LabelConfidence, Prediction, TermWeight
from triage.sources import Rules, Source
from triage.write_back import (
    CurrentTicket,
    DropReason,
    Proposal,
    Skipped,
    SkipReason,
    before_write,
    fields_for_people,
    hindrance,
    is_in_blind_sample,
    mark_of,
    propose,
)

NOW = MONDAY + timedelta(hours=1)


def make_source(mode: str = "auto", **rules: Any) -> Source:  # noqa: ANN401 - any rule
    """A source that writes everything, of which no ticket is in the blind sample."""
    return Source(
        name="desk",
        system="zendesk",
        url="https://desk.example.org",
        accounts=("8447",),
        credentials={},
        webhook_secrets=(),
        mode=mode,  # type: ignore[arg-type]
        writable=frozenset({"assignment_group", "priority", "ticket_type"}),
        blind_share=0.0,
        rules=Rules(**rules),
    )


def make_current(
    now: dict[str, str] | None = None,
    filed: dict[str, str] | None = None,
    **changes: Any,  # noqa: ANN401
) -> CurrentTicket:
    """A ticket with these fields now, and with those when it was filed; the same if not given."""
    actor = changes.pop("actor", None)
    state = {name: changes.pop(name) for name in ("status", "is_closed", "assignee", "tags") if name in changes}
    fields = now or {}
    return CurrentTicket(
        ticket=make_ticket(**changes),
        state=TicketState(fields=fields, **state),
        baseline=TicketState(fields=fields if filed is None else filed),
        actor=actor,
    )


def answer(
    target: str = "assignment_group", value: str = "Network", decision: str = "auto", confidence: float = 0.97
) -> Prediction:
    """A sure answer."""
    top = (LabelConfidence(value, confidence), LabelConfidence("Mail", 0.02))
    terms = (TermWeight("vpn", 1.0),)
    reason = "above_threshold" if decision == "auto" else "below_threshold"
    return Prediction(target, value, confidence, 0.8, decision, reason, top, terms)  # type: ignore[arg-type]


def proposed(current: CurrentTicket, source: Source, *predictions: Prediction) -> Proposal:
    """What is written."""
    found = propose(current, predictions or (answer(),), source, model_version="7", now=NOW)
    assert isinstance(found, Proposal)
    return found


# --- why nothing is written

SKIPS = [
    ("own_change", {}, {"actor": "8447"}),
    (None, {}, {"actor": "9000"}),
    ("closed", {}, {"is_closed": True}),
    (None, {"skip_closed": False}, {"is_closed": True}),
    ("assigned", {}, {"assignee": "Ann"}),
    (None, {}, {"assignee": "8447"}),
    (None, {"skip_assigned": False}, {"assignee": "Ann"}),
    ("too_old", {"skip_older_than_days": 7}, {"opened_at": NOW - timedelta(days=7, seconds=1)}),
    (None, {"skip_older_than_days": 7}, {"opened_at": NOW - timedelta(days=7)}),
    (None, {"skip_older_than_days": 7}, {"opened_at": None}),
    (None, {}, {"opened_at": NOW - timedelta(days=900)}),
    ("robot", {"skip_robots": True}, {"body": "This mail was automatically generated, do not reply."}),
    (None, {}, {"body": "This mail was automatically generated, do not reply."}),
    (None, {"skip_robots": True}, {}),
    ("not_allowed", {"allow": {"channel": ("portal", "chat*")}}, {}),
    ("not_allowed", {"allow": {"channel": ("email",), "assignment_group": ("*",)}}, {}),
    (None, {"allow": {"channel": ("EM*L",)}}, {}),
    (None, {"allow": {"assignment_group": ("service desk",)}}, {"now": {"assignment_group": "Service Desk"}}),
    ("blocked", {"block": {"assignment_group": ("hr*",)}}, {"now": {"assignment_group": "HR Payroll"}}),
    ("blocked", {"block": {"tags": ("vip",)}}, {"tags": ("new", "VIP")}),
    ("blocked", {"block": {"status": ("on hold",)}}, {"status": "On  Hold"}),
    ("blocked", {"block": {"customer_id": ("*@board.example.org",)}}, {"customer_id": "ceo@board.example.org"}),
    ("blocked", {"block": {"location": ("lyon",)}}, {"attributes": {"location": "Lyon"}}),
    (None, {"block": {"location": ("lyon",), "language": ("de",)}}, {}),
    ("bypassed", {"bypass_words": ("payroll", "hr case")}, {"subject": "Payroll: wrong again"}),
    ("bypassed", {"bypass_words": ("hr case",)}, {"body": "This is an HR\ncase."}),
    ("bypassed", {"bypass_words": ("#notriage",)}, {"body": "please wait #notriage"}),
    (None, {"bypass_words": ("pay",)}, {"body": "payroll, repay"}),
]


@pytest.mark.parametrize(("reason", "rules", "changes"), SKIPS)
def test_a_rule_leaves_a_ticket_alone(reason: str | None, rules: dict[str, Any], changes: dict[str, Any]) -> None:
    """Each rule at its edge: what it stops, and what it lets through."""
    current, source = make_current(**changes), make_source(**rules)

    expected = None if reason is None else Skipped(reason)  # type: ignore[arg-type]
    assert hindrance(current, source, NOW) == expected
    if expected is not None:
        assert propose(current, [answer()], source, model_version="7", now=NOW) == expected


def test_the_blind_sample_is_scored_and_told_nothing() -> None:
    """It is no hindrance: the answers are kept, and measured against what people decide unaided."""
    current, source = make_current(), replace(make_source(), blind_share=0.999_999)

    assert hindrance(current, source, NOW) is None
    assert propose(current, [answer()], source, model_version="7", now=NOW) == Skipped("blind_sample")


def test_a_system_that_is_only_watched_is_told_nothing() -> None:
    """Neither by a model nor in the name of a person; the answers are kept all the same."""
    current, source = make_current(), make_source("watch")

    assert hindrance(current, source, NOW) is None
    assert propose(current, [answer()], source, model_version="7", now=NOW) == Skipped("watched")
    assert fields_for_people(current, {"assignment_group": "Network"}, source, {}, NOW) == Skipped("watched")


@pytest.mark.parametrize("decision", ["abstain", "skipped", "error"])
def test_an_answer_that_nobody_may_see_is_nothing_to_say(decision: str) -> None:
    """A note that says that nothing is known is noise."""
    found = propose(make_current(), [answer(decision=decision)], make_source(), model_version="7", now=NOW)

    assert found == Skipped("nothing_to_say")


def test_every_reason_is_tested() -> None:
    """A new one without a row would never have been seen to hold."""
    elsewhere = {"blind_sample", "nothing_to_say", "watched"}
    assert {*get_args(SkipReason)} == {reason for reason, _, _ in SKIPS if reason} | elsewhere


def test_the_blind_sample_is_as_large_as_asked_and_differs_by_source() -> None:
    """Two desks that count from 1 must not blind the same tickets."""
    one = replace(make_source(), blind_share=0.1)
    other = replace(one, name="other")

    in_one, in_other = ({n for n in range(10_000) if is_in_blind_sample(source, str(n))} for source in (one, other))

    assert 900 < len(in_one) < 1_100
    assert len(in_one & in_other) < 150
    assert in_one == {n for n in range(10_000) if is_in_blind_sample(one, str(n))}


def test_a_larger_blind_sample_holds_the_smaller_one() -> None:
    """Who raises the share keeps what was measured."""
    small, large = (replace(make_source(), blind_share=share) for share in (0.02, 0.05))

    assert all(is_in_blind_sample(large, str(n)) for n in range(5_000) if is_in_blind_sample(small, str(n)))


# --- what is written


def test_a_sure_answer_is_written_in_mode_auto() -> None:
    """Field, tag and note."""
    found = proposed(make_current(), make_source())

    assert found.fields == {"assignment_group": "Network"}
    assert found.tags == ("triage_group_network",)
    assert found.note.startswith("Set group to Network because of 'vpn' (97 % sure")


def test_mode_suggest_writes_note_and_tags_only() -> None:
    """A desk looks on before it lets go."""
    found = proposed(make_current(), make_source("suggest"))

    assert found.fields == {}
    assert found.tags == ("triage_group_network",)
    assert found.note.startswith("Suggested group Network")


def test_an_unsure_answer_is_suggested_in_mode_auto() -> None:
    """Not sure enough to be applied is sure enough to be shown."""
    found = proposed(make_current(), make_source(), answer(decision="suggest", confidence=0.6))

    assert (found.fields, found.dropped) == ({}, {})
    assert "Suggested group Network" in found.note


@pytest.mark.parametrize(
    ("now", "filed"),
    [
        ({"assignment_group": "Mail"}, {}),
        ({"assignment_group": "Mail"}, {"assignment_group": "Service Desk"}),
        ({}, {"assignment_group": "Service Desk"}),
        ({"assignment_group": "Network"}, {}),
    ],
)
def test_a_field_that_a_person_set_is_left_alone_and_not_spoken_of(now: dict[str, str], filed: dict[str, str]) -> None:
    """People win, also where they took a value out."""
    found = propose(make_current(now, filed), [answer()], make_source(), model_version="7", now=NOW)

    assert found == Skipped("nothing_to_say", {"assignment_group": "human_set"})


def test_a_value_from_the_form_is_no_decision_of_a_person() -> None:
    """Most systems put every new ticket into a group and give it a middle priority."""
    found = proposed(make_current({"assignment_group": "Service Desk"}), make_source())

    assert found.fields == {"assignment_group": "Network"}


def test_a_value_that_is_there_already_is_not_spoken_of() -> None:
    """In whatever case it is written."""
    found = propose(
        make_current({"assignment_group": " NETWORK"}), [answer()], make_source(), model_version="7", now=NOW
    )

    assert found == Skipped("nothing_to_say", {"assignment_group": "same_value"})


def test_a_label_on_the_never_auto_list_is_suggested() -> None:
    """Of its own target only."""
    source = make_source(never_auto={"priority": ("URGENT",), "ticket_type": ("Network",)})

    found = proposed(make_current(), source, answer(), answer("priority", "urgent"))

    assert found.fields == {"assignment_group": "Network"}
    assert found.dropped == {"priority": "never_auto"}
    assert "Suggested priority urgent" in found.note


def test_a_field_that_the_system_cannot_be_given_is_suggested() -> None:
    """ServiceNow cannot change a record's class."""
    found = proposed(make_current(), replace(make_source(), writable=frozenset()))

    assert (found.fields, found.dropped) == ({}, {"assignment_group": "not_writable"})


# --- the default group

UNSURE = answer(decision="suggest", confidence=0.4)


@pytest.mark.parametrize(
    ("prediction", "fields"),
    [(UNSURE, {"assignment_group": "Desk"}), (answer(decision="abstain"), {"assignment_group": "Desk"})],
)
def test_an_unsure_ticket_without_a_group_goes_to_the_default_one(
    prediction: Prediction, fields: dict[str, str]
) -> None:
    """Or it lies where nobody looks."""
    found = proposed(make_current(), make_source(default_group="Desk"), prediction)

    assert found.fields == fields
    assert "Set group to Desk, where tickets go of which no group is sure enough." in found.note
    assert ("Suggested group Network" in found.note) is (prediction is UNSURE)


@pytest.mark.parametrize(
    ("mode", "current", "prediction"),
    [
        ("suggest", make_current(), answer(decision="abstain")),
        ("auto", make_current({"assignment_group": "Mail"}), answer(decision="abstain")),
        ("auto", make_current({}, {"assignment_group": "Mail"}), answer(decision="abstain")),
        ("auto", make_current(), answer(decision="skipped")),
        ("auto", make_current(), answer("priority", "high", "abstain")),
    ],
)
def test_the_default_group_is_for_tickets_without_one(
    mode: str, current: CurrentTicket, prediction: Prediction
) -> None:
    """Not where a ticket has a group, a person took it out, or the desk does not ask for groups."""
    source = make_source(mode, default_group="Desk")

    assert propose(current, [prediction], source, model_version="7", now=NOW) == Skipped("nothing_to_say")


# --- just before writing


def test_nothing_new_changes_nothing() -> None:
    """The usual case."""
    current = make_current({"assignment_group": "Service Desk"})
    found = proposed(current, make_source())

    assert before_write(current.state, found, current.baseline, {"assignment_group": ("network", "Mail")}) == found
    assert before_write(current.state, found, current.baseline, {"assignment_group": None}) == found
    assert before_write(current.state, found, current.baseline, {}) == found


@pytest.mark.parametrize(
    ("remote", "live", "reason"),
    [
        ({"assignment_group": "Mail"}, {}, "human_set"),
        ({"assignment_group": "Network"}, {}, "human_set"),
        ({}, {"assignment_group": ("Mail",)}, "inactive_label"),
    ],
)
def test_what_is_no_longer_so_is_dropped_with_its_note_and_tag(
    remote: dict[str, str], live: dict[str, tuple[str, ...]], reason: DropReason
) -> None:
    """Somebody works while we wait in a queue."""
    current = make_current()
    found = proposed(current, make_source(), answer(), answer("ticket_type", "incident"))

    checked = before_write(TicketState(fields=remote), found, current.baseline, live)

    assert isinstance(checked, Proposal)
    assert checked.fields == {"ticket_type": "incident"}
    assert checked.tags == ("triage_type_incident",)
    assert "group" not in checked.note
    assert checked.dropped == {"assignment_group": reason}
    assert checked.mark == found.mark


def test_nothing_left_is_skipped_with_its_reasons() -> None:
    """The log says why."""
    current = make_current({"assignment_group": "Desk"})
    found = proposed(current, make_source())

    same = TicketState(fields={"assignment_group": "Network"})
    assert before_write(same, found, same, {}) == Skipped("nothing_to_say", {"assignment_group": "same_value"})


def test_a_closed_label_is_not_named_as_nearly_as_likely() -> None:
    """Agents would look for a group that is gone."""
    current = make_current()
    found = proposed(current, make_source(), answer(decision="suggest")._replace(reason="ambiguous"))

    checked = before_write(current.state, found, current.baseline, {"assignment_group": ("Network",)})

    assert "Nearly as likely: Mail" in found.note
    assert isinstance(checked, Proposal)
    assert "Mail" not in checked.note


# --- what always holds

LABELS = st.sampled_from(["Network", "network", "Mail", "Service Desk", "incident", "high", "🙂", "<b>", ""])
TARGETS = st.sampled_from(["assignment_group", "priority", "ticket_type", "affected_service"])
VALUES = st.dictionaries(TARGETS, LABELS.filter(bool), max_size=4)


@st.composite
def predictions(draw: st.DrawFn) -> list[Prediction]:
    """Answers to different questions."""
    made = []
    for target in draw(st.sets(TARGETS, max_size=4)):
        label = draw(LABELS.filter(bool))
        confidence = draw(st.floats(0, 1))
        made.append(
            Prediction(
                target,
                label,
                confidence,
                draw(st.floats(0, 1)),
                draw(st.sampled_from(DECISIONS)),
                draw(st.sampled_from(["above_threshold", "ambiguous"])),  # type: ignore[arg-type]
                (LabelConfidence(label, confidence), LabelConfidence("Mail", 0.1)),
                tuple(TermWeight(term, 1.0) for term in draw(st.lists(st.text(max_size=8), max_size=4))),
            )
        )
    return made


SOURCES = st.builds(
    lambda mode, never, default: make_source(mode, never_auto=never, default_group=default),
    st.sampled_from(["suggest", "auto"]),
    st.dictionaries(TARGETS, st.lists(LABELS.filter(bool), min_size=1, max_size=2).map(tuple), max_size=2),
    st.sampled_from([None, "Desk"]),
)


@given(VALUES, VALUES, VALUES, predictions(), SOURCES)
def test_what_always_holds(
    now: dict[str, str], filed: dict[str, str], remote: dict[str, str], given_: list[Prediction], source: Source
) -> None:
    """Whatever is answered, whatever the ticket has, whatever happens meanwhile."""
    current = make_current(now, filed)
    found = propose(current, given_, source, model_version="7", now=NOW)

    assert found == propose(current, given_, source, model_version="7", now=NOW)
    if isinstance(found, Skipped):
        return
    assert re.fullmatch("triage:[0-9a-f]{16}", found.mark)
    for proposal, state in (
        (found, current.state),
        (before_write(TicketState(fields=remote), found, current.baseline, {}), TicketState(fields=remote)),
    ):
        fields = proposal.fields if isinstance(proposal, Proposal) else {}
        assert not (fields and source.mode == "suggest")
        for target, label in fields.items():
            sure = {each.value for each in given_ if each.target == target and each.decision == "auto"}
            assert label in sure or (target == "assignment_group" and label == source.rules.default_group)
            assert label.casefold() not in [each.casefold() for each in source.rules.never_auto.get(target, ())]
            assert state.fields.get(target, "").casefold() == filed.get(target, "").casefold()
            assert state.fields.get(target, "").casefold() != label.casefold()
            assert target in source.writable


@given(predictions())
def test_the_same_answers_have_the_same_mark_in_any_order(given_: list[Prediction]) -> None:
    """A note that was written already is not written again, though a confidence has another decimal now."""
    mark = mark_of("desk", "T1", "7", given_)

    assert mark == mark_of("desk", "T1", "7", [each._replace(confidence=0.5) for each in reversed(given_)])
    others = {
        mark_of("other", "T1", "7", given_),
        mark_of("desk", "T2", "7", given_),
        mark_of("desk", "T1", "8", given_),
    }
    assert len({mark, *others}) == 4


# --- what people have decided in triage


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (("Service Desk", "Service Desk"), None),
        (("Network", "Network"), "same_value"),
        (("Printers", "Service Desk"), "human_set"),
    ],
)
def test_what_a_person_decided_is_set_unless_somebody_was_faster(fields: tuple[str, str], reason: str | None) -> None:
    """An agent who sees the ticket knows more."""
    now, filed = ({"assignment_group": value} for value in fields)

    found = fields_for_people(make_current(now, filed), {"assignment_group": "Network"}, make_source(), {}, NOW)

    if reason is None:
        assert found == {"assignment_group": "Network"}
    else:
        assert found == Skipped("nothing_to_say", {"assignment_group": reason})


def test_a_person_is_bound_by_what_the_system_takes_and_not_by_what_a_model_may() -> None:
    """Labels that no model may apply are for people to apply."""
    source = make_source("suggest", never_auto={"assignment_group": ("Network",)}, skip_robots=True)
    current = make_current({}, assignee="Ann")
    decided = {"assignment_group": "Network", "category": "VPN", "priority": "1"}

    found = fields_for_people(current, decided, source, {"priority": ("2", "3")}, NOW)

    assert found == {"assignment_group": "Network"}


@pytest.mark.parametrize(
    ("rules", "changes", "reason"),
    [
        ({}, {"is_closed": True}, "closed"),
        ({"block": {"channel": ("email",)}}, {}, "blocked"),
        ({"bypass_words": ("vpn",)}, {}, "bypassed"),
        ({"skip_assigned": True}, {"assignee": "Ann"}, None),
        ({"skip_older_than_days": 1}, {"opened_at": NOW - timedelta(days=9)}, None),
    ],
)
def test_what_a_desk_wants_left_alone_people_leave_alone(
    rules: dict[str, Any], changes: dict[str, Any], reason: str | None
) -> None:
    """Rules about the ticket hold for all; rules about doing it unasked do not."""
    found = fields_for_people(
        make_current({}, **changes), {"assignment_group": "Network"}, make_source(**rules), {}, NOW
    )

    assert found == ({"assignment_group": "Network"} if reason is None else Skipped(reason))  # type: ignore[arg-type]


def test_nobody_can_tell_beforehand_which_tickets_will_be_blind() -> None:
    """Who knew could file or pick tickets by it; so the secret decides, and another one draws another sample."""
    one, other = (replace(make_source(), blind_share=0.02, blind_secret=secret) for secret in ("a" * 16, "b" * 16))
    numbers = [f"INC{n:07}" for n in range(50_000)]

    in_one, in_other = ({n for n in numbers if is_in_blind_sample(source, n)} for source in (one, other))

    assert 0.018 < len(in_one) / len(numbers) < 0.022
    assert len(in_one & in_other) < 0.1 * len(in_one)
    assert "a" * 16 not in repr(one)


def test_the_blind_sample_follows_no_order_of_numbers() -> None:
    """A random sample: each thousand in a row has its share, and so has each last digit."""
    source = replace(make_source(), blind_share=0.1, blind_secret="a" * 16)
    blind = [n for n in range(20_000) if is_in_blind_sample(source, str(n))]

    for counts in (
        [sum(n // 2_000 == part for n in blind) for part in range(10)],
        [sum(n % 10 == digit for n in blind) for digit in range(10)],
    ):
        assert all(140 < count < 260 for count in counts)  # 200 expected, of which 13 is a standard deviation
