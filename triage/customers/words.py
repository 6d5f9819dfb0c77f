"""How segments and kinds are called where people read them: plain and neutral, never a nickname for a person.

Their names stay in code, settings and answers; whoever shows one to people takes its words from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["WORDS", "Words"]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of customers of whom a segment or kind holds.

    Attributes:
        title: a few words that go on from "customer:".
        meaning: one sentence.
    """

    title: str
    meaning: str


WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "frequent_flyer": Words(
            "contacts the desk often", "They contact the desk far more often than other customers do."
        ),
        "troubled": Words(
            "is being let down", "Their tickets are closed too early, handed on or left waiting, far more than others'."
        ),
        "walking_emp": Words(
            "many things break around them", "They report incidents in many services, and hardly ever ask for anything."
        ),
        "one_unsolved_problem": Words(
            "the same problem again and again", "Many of their contacts are about one thing, whose cause remains."
        ),
        "fragile_setup": Words(
            "their set-up breaks often", "They report incidents in one service after the other, more than is usual."
        ),
        "needs_training": Words(
            "asks how things are done", "They mostly ask for things, or for how something is done."
        ),
        "tech_savvy": Words("reports precisely", "Their reports can be worked on at once."),
        "newcomer": Words("new to the desk", "They first contacted the desk within thirty days."),
        "gone_quiet": Words("has stopped contacting the desk", "They used to contact the desk, and no longer do."),
        "quiet": Words("hardly ever contacts the desk", "They contacted the desk once or twice within a year."),
        "on_behalf_of_many": Words(
            "writes for many people", "This is a machine or a mailbox that many write from, and not one person."
        ),
    }
)
"""For every segment and kind, in the order in which people choose from them."""
