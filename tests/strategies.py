"""Tickets and contacts as nobody would think of them, for hypothesis."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.builders import MONDAY
from triage.customers.contact import Contact
from triage.ticket import NewTicket

__all__ = ["EDGES", "MOMENTS", "TICKETS", "contacts_around"]

_WORD = st.sampled_from(
    ["vpn", "tunnel", "drops", "mailbox", "mailbxo", "full", "docking", "please", "laptop", "7", "ünïcode", "🙂"]
)
_TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(_WORD, max_size=60).map(" ".join),
    st.just("vpn tunnel drops " * 5_000),
)
TICKETS = st.builds(
    NewTicket,
    id=st.just("T"),
    subject=_TEXTS,
    body=_TEXTS,
    channel=st.sampled_from([None, "email", "phone", ""]),
    attributes=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
"""Any language, empty, emoji, known words with typos, very long."""

_MICROSECOND = timedelta(microseconds=1)

EDGES = tuple(timedelta(days=days) + nudge * _MICROSECOND for days in (0, 7, 14, 30, 90, 365) for nudge in (-1, 0, 1))
"""How long ago a window begins or ends, and a microsecond before and after."""

MOMENTS = st.one_of(
    st.just(MONDAY),
    st.datetimes(datetime(1971, 6, 1), datetime(2199, 1, 1)).map(lambda moment: moment.replace(tzinfo=MONDAY.tzinfo)),  # noqa: DTZ001
)
"""In UTC, to the microsecond."""


def contacts_around(moment: datetime) -> st.SearchStrategy[list[Contact]]:
    """Contacts of one customer on the edges of every window, and between them; few names, so that many are equal."""
    ago = st.one_of(
        st.sampled_from(EDGES),
        st.timedeltas(timedelta(days=-2), timedelta(days=400)),
        st.timedeltas(timedelta(), timedelta(days=90)),
    )
    times = ago.map(lambda ago: moment - ago)
    names = st.sampled_from([None, "VPN", "vpn", "Mail", "Émail", "", "🙂", "\uffff"])
    small = st.none() | st.integers(0, 4)
    flags = st.none() | st.booleans()
    contacts = st.builds(
        Contact,
        opened_at=times,
        ticket_type=st.sampled_from([None, "incident", "incident", "request", "Störung"]),
        settled_at=st.none() | times,
        service=names,
        topic=names,
        device=names,
        channel=st.sampled_from([None, "email", "portal", "Portal", "SELF-SERVICE", "virtual agent", "vİrtual agent"]),
        writing_precision=st.none() | st.floats(0, 1),
        asks_how=st.booleans(),
        is_automatic=st.booleans(),
        resolved_at=st.none() | times,
        reopens=small,
        reassignments=small,
        first_contact_resolution=flags,
        satisfaction=st.none() | st.floats(1, 5) | st.integers(0, 100).map(float),
        used_knowledge=flags,
    )
    return st.lists(contacts, max_size=30)
