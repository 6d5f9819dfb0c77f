"""What was written when the work was done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_ticket, make_worked
from training.audit.agent_notes import cut_notes, find_agent_notes
from training.audit.excerpt import read_excerpt
from triage.text import normalise

LOG = """cannot log in since this morning
-verified user details.(employee# & manager name)
-checked the user name in ad and reset the password.
-caller confirmed that he was able to login.
-issue resolved."""


@pytest.mark.parametrize(
    "note",
    [
        "Issue resolved.",
        "The problem has been fixed!",
        "- ticket closed",
        "Closing the ticket.",
        "caller confirmed that she can work",
        "Resolution: replaced the cable",
        "Close notes: user was trained",
        "Das Problem wurde behoben.",
        "Lösung: Kabel getauscht",
        "Ticket wird geschlossen.",
        "El problema ha sido resuelto.",
        "Se cierra el ticket por falta de respuesta",
        "Le problème est résolu.",
        "L'utilisateur confirme que tout fonctionne",
        "O problema foi resolvido.",
        "o usuário confirmou o acesso",
    ],
)
def test_notes_are_cut_in_five_languages(note: str) -> None:
    """Agents write in the desk's language."""
    assert cut_notes(normalise(f"the printer is broken.\n{note}\nthanks")).split("\n") == [
        "the printer is broken.",
        "",
        "thanks",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "please tell me when the issue is resolved",
        "the issue is not resolved, please reopen the ticket",
        "screen resolution: 1920x1080",
        "resolution: 1920 by 1080",
        "please close the ticket of last week",
        "the user confirmation mail never came",
        "when closing a call the agent keeps on the status",
        "my list:\n- mouse\n- keyboard",
        "hello -- world - all",
        "",
    ],
)
def test_what_callers_write_stays(text: str) -> None:
    """Taken for a note, it would be lost to the model."""
    assert cut_notes(text) == text


def test_a_work_log_goes_as_a_whole() -> None:
    """Its other lines are as much hindsight as the one that is known."""
    assert cut_notes(normalise(LOG)).strip() == "cannot log in since this morning"


def test_a_work_log_on_one_line_goes_as_a_whole() -> None:
    """Many exports lose the line ends."""
    assert cut_notes(normalise(LOG.replace("\n", " "))).strip() == "cannot log in since this morning"


def test_a_sentence_goes_and_its_neighbours_stay() -> None:
    """Half a ticket is better than none."""
    assert cut_notes("vpn is down. caller confirmed it works. thank you") == "vpn is down. \nthank you"


@given(
    st.lists(st.sampled_from(["-issue resolved.", "- a", "b. ", "ticket closed", "\n", " ", "1 2", "-"]), max_size=9)
)
def test_cutting_twice_is_cutting_once(parts: list[str]) -> None:
    """Whatever lies between the notes."""
    once = cut_notes("".join(parts))

    assert cut_notes(once) == once


def test_a_long_blank_costs_no_time() -> None:
    """Somebody sends twenty thousand blanks; a pattern that tries all of their halves would take minutes."""
    assert cut_notes(" " * 20_000 + "-x" + "\t" * 20_000).strip() == "-x"


def test_the_finding_names_rows_notes_and_labels() -> None:
    """So that somebody can look."""
    noted = [make_worked(filed=make_ticket(id=f"N{i}", body=LOG), assignment_group="Desk") for i in range(8)]
    others = [make_worked(filed=make_ticket(id=f"T{i}", body="no wifi")) for i in range(32)]
    excerpt = read_excerpt(noted + others, seed=0, on_progress=lambda _: None)

    (found,) = find_agent_notes(excerpt, ["assignment_group", "no such column"])

    assert found.severity == "warning"
    assert found.is_cleaned
    assert (found.n_rows, found.examples[0]) == (8, "N0")
    assert set(found.terms) == {"issue resolved", "caller confirmed", "verified user details"}
    assert found.effects["assignment_group_share_of_Desk_with_notes"] == 1.0
    assert found.effects["assignment_group_share_of_Desk_overall"] == 0.2


def test_a_turn_of_phrase_here_and_there_is_not_reported() -> None:
    """Four tickets in a history are somebody's, not the desk's."""
    noted = [make_worked(filed=make_ticket(id=f"N{i}", body=LOG)) for i in range(4)]

    assert not list(find_agent_notes(read_excerpt(noted, seed=0, on_progress=lambda _: None), []))
