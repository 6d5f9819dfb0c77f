"""The report's section on what may go wrong."""

from dataclasses import replace

from tests.risk_desk import learned_risk
from training.reports.risk_section import risk_section


def test_each_outcome_has_its_figures_beside_plain_rates() -> None:
    """A lead decides by it whether the chances are worth showing."""
    section = risk_section(learned_risk().measures)

    sla, handed_on, reopened = section.outcomes

    assert sla.cells[0] == "600"
    assert "by the plain rates of category" in sla.sentence
    assert sum(row.n for row in sla.rows) == 600
    assert handed_on.title == "is handed on"
    assert reopened.sentence.startswith("History cannot tell whether a ticket will be reopened")


def test_the_span_of_hours_says_what_it_held() -> None:
    """Asked and measured coverage stand side by side."""
    section = risk_section(learned_risk().measures)

    assert "of 600 later tickets lay within it, 80.0\N{NO-BREAK SPACE}% were to" in section.hours


def test_a_history_that_tells_nothing_has_a_section_all_the_same() -> None:
    """Silence would look as if it had been forgotten."""
    measures = learned_risk().measures
    nothing = {
        name: replace(one, auc=None, auc_interval=None, bins=(), n=0, refusal="History cannot tell it.")
        for name, one in measures.outcomes.items()
    }

    section = risk_section(replace(measures, outcomes=nothing, hours=None))

    assert section.outcomes[0].cells == ("0", "–", "–", "–", "–", "–")
    assert section.outcomes[0].rows == ()
    assert section.hours == "The history has no dates, so the time to resolve is not told."
