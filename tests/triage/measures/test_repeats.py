"""Whether a ticket is the same matter again."""

from datetime import UTC, datetime, timedelta

from triage.measures import RepeatWatch, trace_of

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_same_customer_and_topic_within_thirty_days_is_a_repeat() -> None:
    """Neither another's ticket nor another topic, and not what was a quarter ago."""
    watch = RepeatWatch()

    assert not watch.is_repeat("u1", "VPN", BEGIN)
    assert not watch.is_repeat("u2", "VPN", BEGIN)
    assert not watch.is_repeat("u1", "Mail", BEGIN)
    assert watch.is_repeat("u1", "VPN", BEGIN + timedelta(days=30))
    assert not watch.is_repeat("u1", "VPN", BEGIN + timedelta(days=60, seconds=1))


def test_what_is_dropped_is_what_nothing_can_repeat_any_more() -> None:
    """A history of years must not be kept in memory."""
    watch = RepeatWatch()
    watch.is_repeat("u1", "VPN", BEGIN)
    watch.is_repeat("u2", "VPN", BEGIN + timedelta(days=1))

    watch.forget_before(BEGIN + timedelta(days=31))

    assert not watch.is_repeat("u1", "VPN", BEGIN + timedelta(days=30))
    assert watch.is_repeat("u2", "VPN", BEGIN + timedelta(days=31))


def test_a_trace_tells_tickets_apart_and_is_the_same_in_every_process() -> None:
    """Were it another in each process, every start would count a month again."""
    assert trace_of("u1", "VPN", BEGIN) == 4194600451
    assert trace_of("u1", "VPN", BEGIN) != trace_of("u1V", "PN", BEGIN)
