"""The words that are written to a ticket: a note for agents, and tags.

Of the ticket's own text a note repeats nothing but terms of the explanation. What a ticketing system could take for
markup, a mention or one of our marks is written so that none does (`as_plain`), whatever the system.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from types import MappingProxyType

from triage.policy import NEVER
from triage.prediction import Prediction

__all__ = ["N_TERMS", "Statement", "as_plain", "note_of", "note_of_decision", "tags_of"]

N_TERMS = 3
"""How many terms stand for a suggestion; more of them are no reason but a list."""

_LONGEST_TERM = 60
_LONGEST_LABEL = 100
_LONGEST_TAG = 60

_WORDS: Mapping[str, str] = MappingProxyType({"ticket_type": "type", "assignment_group": "group"})
"""What people call a target; any other is called by its name."""

_MARKUP = str.maketrans("<>[]{}|\\*`~^@!", "‹›()()//∗'- ＠ǃ")
"""Signs of HTML, Markdown, Jira's wiki markup, ServiceNow's `[code]` and Zendesk's `{{…}}`, and what looks like them.
Within a word an underscore stays, as it means nothing there."""
_EDGE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])|://")
_OWN_MARK = re.compile(r"(triage):", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that is said of a ticket.

    Attributes:
        target: the question.
        label: the answer, or the desk's default group.
        is_applied: whether the field is set, and not only suggested.
        prediction: where the answer comes from; None for the default group.
    """

    target: str
    label: str
    is_applied: bool
    prediction: Prediction | None


def note_of(statements: Sequence[Statement]) -> str:
    """The note: for each answer its reason first and its number second; empty where there is nothing to say."""
    if not statements:
        return ""
    sentences = [_sentence(each) for each in statements]
    if len(sentences) == 1:
        return f"{sentences[0]} Correct it if it is wrong."
    return "\n".join([*sentences, "Correct what is wrong."])


def note_of_decision(fields: Mapping[str, str], decided_by: str) -> str:
    """The note on what a person has decided in triage: which fields are set to what, and by whom."""
    said = " and ".join(
        f"{as_plain(_WORDS.get(target, target).replace('_', ' '))} to {as_plain(label[:_LONGEST_LABEL])}"
        for target, label in fields.items()
    )
    return f"Set {said}, as decided in triage by {as_plain(decided_by[:_LONGEST_LABEL])}."


def tags_of(statements: Sequence[Statement]) -> tuple[str, ...]:
    """A tag for each answer, such as `triage_type_incident`; none for the default group, which is no answer."""
    tags = []
    for each in statements:
        word = _words_of(each.label)
        if each.prediction is not None and word:
            tags.append(f"triage_{_words_of(_WORDS.get(each.target, each.target))}_{word[:_LONGEST_TAG].rstrip('_')}")
    return tuple(dict.fromkeys(tags))


def as_plain(text: str) -> str:
    """A text in one line that no system takes for markup, a mention or a mark of ours."""
    visible = "".join(c for c in text if c in "\n\t\r" or unicodedata.category(c)[0] != "C")
    return _OWN_MARK.sub(r"\1 -", " ".join(_EDGE.sub(" ", visible.translate(_MARKUP)).split()))


def _sentence(statement: Statement) -> str:
    word = as_plain(_WORDS.get(statement.target, statement.target).replace("_", " "))
    label = as_plain(statement.label[:_LONGEST_LABEL])
    prediction = statement.prediction
    if prediction is None:
        return f"Set {word} to {label}, where tickets go of which no {word} is sure enough."
    said = f"Set {word} to {label}" if statement.is_applied else f"Suggested {word} {label}"
    return f"{said} {_reason(prediction)} ({_numbers(prediction)}).{_runner_up(prediction)}"


def _reason(prediction: Prediction) -> str:
    speaking = sorted((each for each in prediction.explanation if each.weight > 0), key=lambda each: -each.weight)
    terms = [f"'{term}'" for each in speaking[:N_TERMS] if (term := as_plain(each.term[:_LONGEST_TERM]))]
    return f"because of {', '.join(terms) or 'the text as a whole'}"


def _numbers(prediction: Prediction) -> str:
    if prediction.threshold >= NEVER:
        return f"{_percent(prediction.confidence, 0)} % sure, never applied by itself"
    sure, needed = _apart(prediction.confidence, prediction.threshold)
    return f"{sure} % sure, applied from {needed} %"


def _runner_up(prediction: Prediction) -> str:
    if prediction.reason != "ambiguous" or len(prediction.top) < 2:
        return ""
    second = prediction.top[1]
    return f" Nearly as likely: {as_plain(second.value[:_LONGEST_LABEL])} ({_percent(second.confidence, 0)} %)."


def _apart(confidence: float, threshold: float) -> tuple[str, str]:
    """Both in percent, with as many decimals as it takes to see that the confidence does not reach the threshold."""
    for n_decimals in (0, 1, 2):
        both = _percent(confidence, n_decimals), _percent(threshold, n_decimals)
        if confidence >= threshold or both[0] != both[1]:
            break
    return both


def _percent(ratio: float, n_decimals: int) -> str:
    """Rounded down, so that nothing looks surer than it is; the inner rounding undoes what binary fractions add."""
    scale = 10**n_decimals
    return f"{floor(round(ratio * 100 * scale, 6)) / scale:.{n_decimals}f}"


def _words_of(text: str) -> str:
    """A text as tags are written: letters and digits in lower case, with one underscore for all between them."""
    return _NO_WORD.sub("_", unicodedata.normalize("NFKC", text).casefold()).strip("_")
