"""The card of what a ticket belongs to, as its page shows it: what people wrote is text, one click is a form."""

from datetime import UTC, datetime

from api.beside.links import LinkAnswer, LinkedTicket, LinksAnswer
from api.pages.rendering import _ENVIRONMENT

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def answer(**changes: object) -> LinkAnswer:
    """A suggestion."""
    usual = {
        "kind": "duplicate",
        "other": "INC/7<b>",
        "name": "INC/7<b>",
        "state": "suggested",
        "confidence": 0.97,
        "reason": "It says the same as <script>.",
        "decided_by": None,
        "at": NOW,
        "ended_at": None,
        "resolution": None,
    }
    return LinkAnswer(**usual | changes)  # type: ignore[arg-type]


def card(*links: LinkAnswer, may_decide: bool = True, duplicates: tuple[LinkedTicket, ...] = ()) -> str:
    """The card of a ticket."""
    found = LinksAnswer(ticket_id="INC8", links=list(links), duplicates=list(duplicates))
    return str(_ENVIRONMENT.get_template("beside/links.html").module.links(found, "/root", may_decide))  # type: ignore[attr-defined]


def test_a_suggestion_has_its_reason_and_two_buttons() -> None:
    """They are reached by keyboard, as every form is."""
    shown = card(answer())

    assert "It says the same as &lt;script&gt;." in shown
    assert "<script>" not in shown
    assert "97 % sure" in shown
    assert 'href="/root/tickets/INC/7%3Cb%3E"' in shown
    assert shown.count('action="/root/tickets/links"') == 2
    assert 'name="act" value="link"' in shown
    assert 'name="act" value="dismiss"' in shown


def test_a_linked_one_says_who_when_and_that_the_other_has_ended() -> None:
    """The agent can answer and close this one, too."""
    shown = card(answer(state="linked", decided_by="lead@example.org", ended_at=NOW, resolution="Roller changed."))

    assert "Linked by <bdi>lead@example.org</bdi>" in shown
    assert "It was closed" in shown
    assert "Roller changed." in shown
    assert 'value="take_back"' in shown
    assert 'value="link"' not in shown


def test_a_dismissed_one_is_folded_away_and_can_be_taken_back() -> None:
    """It is not shown as a suggestion again."""
    shown = card(answer(state="dismissed", decided_by="lead@example.org"))

    assert "1 dismissed" in shown
    assert "% sure" not in shown
    assert 'value="take_back"' in shown


def test_who_may_only_read_gets_no_buttons() -> None:
    """They would be refused."""
    assert "<form" not in card(answer(), answer(state="dismissed", decided_by="lead@example.org"), may_decide=False)


def test_the_other_ticket_shows_what_is_linked_to_it() -> None:
    """Whoever closes it knows who waits."""
    assert "/root/tickets/INC9" in card(duplicates=(LinkedTicket(ticket_id="INC9", name="INC9"),))


def test_problems_and_surges_lead_to_their_pages() -> None:
    """There stands the workaround."""
    shown = card(answer(kind="problem", other="9", name="VPN"), answer(kind="surge", other="4", name="VPN"))

    assert 'href="/root/problems/9"' in shown
    assert 'href="/root/surges#surge-4"' in shown
