"""What agents read, word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.notes import Statement, as_plain, note_of, tags_of
from triage.prediction import LabelConfidence, Prediction, TermWeight

USUAL = {
    "target": "assignment_group",
    "value": "Network",
    "confidence": 0.97,
    "threshold": 0.8,
    "decision": "suggest",
    "reason": "above_threshold",
    "top": (("Network", 0.97), ("Service Desk", 0.02)),
    "explanation": (("vpn", 0.9), ("tunnel", 1.3), ("please", -0.4)),
}


def make_prediction(**changes: object) -> Prediction:
    """A group, rather sure."""
    given = USUAL | changes
    given["top"] = tuple(LabelConfidence(*each) for each in given["top"])  # type: ignore[attr-defined]
    given["explanation"] = tuple(TermWeight(*each) for each in given["explanation"])  # type: ignore[attr-defined]
    return Prediction(**given)  # type: ignore[arg-type]


def said(*, is_applied: bool = False, **changes: object) -> Statement:
    """What is said of one prediction."""
    prediction = make_prediction(**changes)
    return Statement(target=prediction.target, label=prediction.value, is_applied=is_applied, prediction=prediction)


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        (
            said(),
            "Suggested group Network because of 'tunnel', 'vpn' (97 % sure, applied from 80 %).",
        ),
        (
            said(is_applied=True),
            "Set group to Network because of 'tunnel', 'vpn' (97 % sure, applied from 80 %).",
        ),
        (
            said(target="ticket_type", value="incident", explanation=()),
            "Suggested type incident because of the text as a whole (97 % sure, applied from 80 %).",
        ),
        (
            said(threshold=1.0, explanation=(("vpn", 1.0),)),
            "Suggested group Network because of 'vpn' (97 % sure, never applied by itself).",
        ),
        (
            said(confidence=0.45, reason="ambiguous", top=(("Network", 0.45), ("Mail", 0.4)), explanation=()),
            (
                "Suggested group Network because of the text as a whole (45 % sure, applied from 80 %). "
                "Nearly as likely: Mail (40 %)."
            ),
        ),
        (
            Statement(target="assignment_group", label="Service Desk", is_applied=True, prediction=None),
            "Set group to Service Desk, where tickets go of which no group is sure enough.",
        ),
        (
            said(
                target="affected_service", value="L2_VPN [EMEA]", explanation=(("a", 1), ("b", 2), ("c", 3), ("d", 4))
            ),
            "Suggested affected service L2_VPN (EMEA) because of 'd', 'c', 'b' (97 % sure, applied from 80 %).",
        ),
    ],
)
def test_a_note_says_the_reason_first_and_the_number_second(statement: Statement, note: str) -> None:
    """Who reads why can judge; who reads a number can only believe."""
    assert note_of([statement]) == f"{note} Correct it if it is wrong."


def test_several_answers_are_a_line_each() -> None:
    """One note a ticket, not three."""
    lines = note_of([said(), said(target="ticket_type", value="incident")]).splitlines()

    assert [line.split()[1] for line in lines] == ["group", "type", "what"]
    assert lines[-1] == "Correct what is wrong."


def test_nothing_to_say_is_no_note() -> None:
    """An empty note is a mail to everybody who watches the ticket."""
    assert note_of([]) == ""


@pytest.mark.parametrize(
    ("confidence", "threshold", "numbers"),
    [
        (0.8, 0.8, "80 % sure, applied from 80 %"),
        (0.796, 0.8, "79 % sure, applied from 80 %"),
        (0.802, 0.8024, "80.20 % sure, applied from 80.24 %"),
        (0.80, 0.807, "80.0 % sure, applied from 80.7 %"),
        (0.29, 0.58, "29 % sure, applied from 58 %"),
        (0.9999, 0.95, "99 % sure, applied from 95 %"),
        (1.0, 0.95, "100 % sure, applied from 95 %"),
    ],
)
def test_numbers_never_contradict_the_decision(confidence: float, threshold: float, numbers: str) -> None:
    """Not applied at 80 % sure where 80 % are needed: that looks like a fault."""
    assert f"({numbers})" in note_of([said(confidence=confidence, threshold=threshold)])


@pytest.mark.parametrize(
    ("target", "label", "tags"),
    [
        ("ticket_type", "incident", ("triage_type_incident",)),
        ("assignment_group", "Service Desk - EMEA", ("triage_group_service_desk_emea",)),
        ("priority", "1 - Critical", ("triage_priority_1_critical",)),
        ("category", "Störung", ("triage_category_störung",)),
        ("category", "🙂", ()),
        ("category", "a" * 70, ("triage_category_" + "a" * 60,)),
    ],
)
def test_tags_are_written_as_every_system_takes_them(target: str, label: str, tags: tuple[str, ...]) -> None:
    """A blank in a tag makes two of it."""
    assert tags_of([said(target=target, value=label)]) == tags


def test_the_default_group_is_no_tag() -> None:
    """Tags say what was answered."""
    assert tags_of([Statement(target="assignment_group", label="Desk", is_applied=True, prediction=None)]) == ()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>bold</b>", "‹b›bold‹/b›"),
        ("[code]<script>[/code]", "(code)‹script›(/code)"),
        ("{{ticket.requester}}", "((ticket.requester))"),
        ("_stressed_ snake_case __init__", "stressed snake_case init"),
        ("@ann [~ann]", "＠ann (-ann)"),
        ("https://evil.example", "https evil.example"),
        ("R&D, C#, C++", "R&D, C#, C++"),
        ("triage:0123456789abcdef", "triage -0123456789abcdef"),
        ("two\nlines\u202e and \x00 more", "two lines and more"),
    ],
)
def test_nothing_is_taken_for_markup(text: str, plain: str) -> None:
    """A word of a ticket must not become a link, a mention or a mark in a note that agents trust."""
    assert as_plain(text) == plain


@given(st.text(alphabet=st.characters() | st.sampled_from("<>[]{}|\\*`~^@!_:/triage0a\n"), max_size=80))
def test_no_text_gets_through_as_markup(text: str) -> None:
    """Whatever somebody writes."""
    plain = as_plain(text)

    assert not set(plain) & set("<>[]{}|\\*`~^@!\n\r\x00")
    assert "://" not in plain
    assert "triage:" not in plain.lower()
