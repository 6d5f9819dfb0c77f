"""What an incident counts for, and which of its words."""

from datetime import UTC, datetime

import pytest

from tests.builders import make_ticket, make_worked
from triage.surges.seen import ALL, MACHINES, MOST_TERMS, Kind, Seen, seen_of_worked, terms_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_incident_counts_for_all_its_service_its_group_and_each_word() -> None:
    """An outage shows in one of them first, and nobody knows in which."""
    seen = Seen(id="T1", at=NOON, service="VPN", group="Network", terms=("tunnel", "tun-4471"))

    assert seen.kinds == [
        ALL,
        Kind("service", "VPN"),
        Kind("group", "Network"),
        Kind("topic", "tunnel"),
        Kind("topic", "tun-4471"),
    ]


def test_what_a_machine_writes_counts_as_that_and_nothing_else() -> None:
    """Monitoring that fires a hundred times at night is not a hundred people without mail."""
    alert = seen_of_worked(make_worked(filed=make_ticket(channel="monitoring"), category="VPN"))

    assert alert is not None
    assert alert.kinds == [MACHINES]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("VPN tunnel drops", ("vpn", "tunnel", "drops")),
        ("Error TUN-4471 and 0x80042108", ("error", "tun-4471", "and", "0x80042108")),
        ("on 28.11.2026 at 14:30, 809", ()),
        ("Montag, December, yesterday", ()),
        ("Größe, größe GRÖSSE", ("größe", "grösse")),
        ("mail me at ann@example.org", ("mail",)),
        ("", ()),
    ],
)
def test_words_and_codes_are_terms_and_dates_are_not(text: str, terms: tuple[str, ...]) -> None:
    """Every first of December brings 'December' into a hundred tickets, and nothing has failed."""
    assert terms_of("", text) == terms


def test_a_long_text_has_a_bounded_number_of_terms() -> None:
    """A pasted log must not make a ticket count for a thousand words."""
    assert len(terms_of("", " ".join(f"word{chr(97 + n % 26)}{n}" for n in range(500)))) == MOST_TERMS


def test_requests_and_tickets_without_a_date_do_not_count() -> None:
    """Wishes do not fail, and what has no moment lies in no window."""
    assert seen_of_worked(make_worked(ticket_type="request")) is None
    assert seen_of_worked(make_worked(filed=make_ticket(opened_at=None))) is None
    assert seen_of_worked(make_worked(ticket_type=None)) is not None


def test_whoever_is_unknown_is_somebody_of_their_own() -> None:
    """A desk that exports no customers would never be told anything."""
    first, second = (Seen(id=id_, at=NOON) for id_ in ("T1", "T2"))

    assert first.caller != second.caller
    assert Seen(id="T3", at=NOON, customer_id="u1").caller == Seen(id="T4", at=NOON, customer_id="u1").caller
