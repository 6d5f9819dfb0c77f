"""Words that give a label away."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.builders import make_wordy_history
from training.audit.excerpt import read_excerpt
from training.audit.finding import Finding
from training.audit.wording import find_label_names, find_telling_words
from triage.ticket import WorkedTicket


def found_in(tickets: Sequence[WorkedTicket], target: str = "assignment_group") -> dict[str, Finding]:
    """What is found about the wording, by kind."""
    excerpt = read_excerpt(tickets, seed=0, on_progress=lambda _: None)
    return {f.kind: f for f in (*find_telling_words(excerpt, target), *find_label_names(excerpt, target))}


def cleaned_differently(_: int, chance: np.random.Generator) -> dict[str, Any]:
    """Half of the tickets kept words that the other half has lost: the label follows from how, not from what."""
    is_request = bool(chance.random() < 0.4)
    words = ["could", "have", "would", "but"] if is_request else ["sent", "pm", "tuesday", "october"]
    return {
        "ticket_type": "request" if is_request else "incident",
        "text": " ".join(chance.choice(words, 2, replace=False)),
    }


def test_a_sound_desk_is_left_in_peace() -> None:
    """An audit that cries wolf is switched off."""
    history = make_wordy_history()

    assert found_in(history) == {}
    assert found_in(history, "ticket_type") == {}


def test_neutral_words_that_tell_the_label_are_a_warning() -> None:
    """A published data set of 34,271 e-mails has exactly this, and reports of 98 % on it."""
    found = found_in(make_wordy_history(change=cleaned_differently), "ticket_type")

    leak = found["neutral_words_tell_label"]
    assert leak.severity == "warning"
    assert leak.is_cleaned
    assert leak.effects["neutral_words_accuracy"] > 0.95 > leak.effects["majority_accuracy"] + 0.2
    assert {"could", "tuesday", "the"} <= set(leak.terms)
    assert not any(term.startswith("thing") for term in leak.terms)


def test_the_words_of_one_class_are_named() -> None:
    """A person sees at once that 'tuesday' does not make an incident."""
    words = found_in(make_wordy_history(change=cleaned_differently), "ticket_type")["extreme_words"]

    assert set(words.terms) == {"could", "have", "would", "but", "sent", "pm", "tuesday", "october"}
    assert words.effects["largest_share_of_a_label"] == 1.0
    assert words.n_rows == 600


def test_a_rare_word_is_not_convicted_by_chance() -> None:
    """Two dozen tickets of one class hold it and none of the other: sixty times as frequent, and not surely twenty."""

    def change(i: int, chance: np.random.Generator) -> dict[str, Any]:
        changes = cleaned_differently(i, chance)
        is_rare = changes["ticket_type"] == "request" and i < 60
        return changes | {"text": f"{changes['text']} {'teapot' if is_rare else ''}"}

    assert "teapot" not in found_in(make_wordy_history(change=change), "ticket_type")["extreme_words"].terms


def test_a_target_beside_one_that_leaks_is_left_in_peace() -> None:
    """Of the same tickets, the group is as learnable as before."""
    assert found_in(make_wordy_history(change=cleaned_differently)) == {}


def test_content_words_of_one_group_are_what_routing_learns() -> None:
    """'sap' stands in the tickets of the SAP team, and should."""

    def change(i: int, chance: np.random.Generator) -> dict[str, Any]:
        return {"text": "sap transaction" if i % 4 == 0 and chance.random() < 0.8 else ""}

    assert found_in(make_wordy_history(change=change)) == {}


@pytest.mark.parametrize(("share", "kinds"), [(0.9, {"extreme_words"}), (0.2, set())])
def test_a_placeholder_in_most_tickets_of_one_label_is_suspicious(share: float, kinds: set[str]) -> None:
    """One team's exports were anonymised by another script; a word here and there is nothing."""

    def change(i: int, chance: np.random.Generator) -> dict[str, Any]:
        return {"text": "redacted" if i % 4 == 0 and chance.random() < share else ""}

    assert set(found_in(make_wordy_history(change=change))) == kinds


def test_a_word_in_all_tickets_of_one_group_is_a_note() -> None:
    """A form, or a rule that writes the group's sign into the subject after routing."""

    def change(i: int, _: np.random.Generator) -> dict[str, Any]:
        return {"text": "prefixsap" if i % 4 == 0 else ""}

    found = found_in(make_wordy_history(change=change))

    assert {kind: finding.severity for kind, finding in found.items()} == {"word_of_one_label": "note"}
    assert found["word_of_one_label"].terms == ("prefixsap",)


def test_few_tickets_are_not_judged() -> None:
    """Of a hundred, chance alone would convict some."""
    assert "neutral_words_tell_label" not in found_in(
        make_wordy_history(150, change=cleaned_differently), "ticket_type"
    )


@pytest.mark.parametrize(("share", "severity"), [(0.9, "warning"), (0.2, "note")])
def test_the_labels_own_name_in_the_text_is_found(share: float, severity: str) -> None:
    """Somebody who sorts tickets writes the group into them."""

    def change(i: int, chance: np.random.Generator) -> dict[str, Any]:
        group = ("Network", "Mail Services", "Printing", "Telephony")[i % 4]
        return {"assignment_group": group, "text": f"for {group}" if chance.random() < share else ""}

    found = found_in(make_wordy_history(change=change))["label_in_text"]

    assert found.severity == severity
    assert abs(found.effects["share_with_own_name"] - share) < 0.05
    assert found.effects["right_where_a_name_stands"] == 1.0


def test_a_labels_name_that_stands_in_all_tickets_alike_is_no_sign() -> None:
    """`hardware` is a word before it is a group."""

    def change(i: int, chance: np.random.Generator) -> dict[str, Any]:
        group = ("Network", "Hardware", "Printing", "Telephony")[i % 4]
        return {"assignment_group": group, "text": "hardware" if chance.random() < 0.5 else ""}

    assert found_in(make_wordy_history(change=change)) == {}


def test_a_language_that_is_not_listed_is_judged_by_its_short_words() -> None:
    """A desk that writes Polish deserves the same audit."""
    short = ["się", "nie", "to", "że", "na", "do", "jest", "tak", "jak", "ale", "po", "co", "czy", "już", "za", "od"]

    def change(_: int, chance: np.random.Generator) -> dict[str, Any]:
        is_request = bool(chance.random() < 0.4)
        marks = short[:8] if is_request else short[8:]
        things = " ".join(f"słowo{chance.integers(3000)}" for _ in range(8))
        return {
            "ticket_type": "request" if is_request else "incident",
            "filed": {"body": f"{' '.join(chance.choice(marks, 3))} {things}"},
        }

    leak = found_in(make_wordy_history(800, change=change), "ticket_type")["neutral_words_tell_label"]

    assert {"się", "ale"} <= set(leak.terms)
