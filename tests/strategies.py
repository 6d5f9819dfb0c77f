"""Tickets as nobody would think of them, for hypothesis."""

from hypothesis import strategies as st

from triage.ticket import NewTicket

__all__ = ["TICKETS"]

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
