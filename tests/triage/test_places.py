"""Where in a text the terms of an explanation stand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.features import terms
from triage.places import places
from triage.text import MAX_CHARACTERS
from triage.ticket import NewTicket


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("VPN: Error 809, again an error.", {"vpn", "error 809", "error"}, ["VPN", "Error 809", "error"]),
        ("Error 809", {"error", "809", "error 809"}, ["Error 809"]),
        ("vpn vpn vpn", {"vpn vpn"}, ["vpn vpn"]),
        ("vpn vpn vpn", {"vpn", "vpn vpn"}, ["vpn vpn"]),
        ("error\n\n809", {"error 809"}, ["error\n\n809"]),
        ("error-809 (error)", {"error 809", "error"}, ["error-809", "error"]),
        ("pass\u00adword reset", {"password"}, ["pass\u00adword"]),
        ("ﬁle and ＶＰＮ", {"file", "vpn"}, ["ﬁle", "ＶＰＮ"]),
        ("STRASSE und Straße", {"straße", "strasse"}, ["STRASSE", "Straße"]),
        ("write to <ada@example.org>, please", {"emailaddress"}, ["ada@example.org"]),
        ("see http://example.org/a?b=c.", {"weblink"}, ["http://example.org/a?b=c"]),
        ("हिन्दी में लिखा", {"हिन्दी"}, ["हिन्दी"]),
        ("vpns and avpn", {"vpn"}, []),
        ("channel=email", {"channel=email"}, []),
        ("", {"vpn"}, []),
        ("vpn", set(), []),
    ],
)
def test_terms_are_found_as_they_are_written(text: str, asked: set[str], found: list[str]) -> None:
    """Whatever the model has made of them."""
    assert [text[each.start : each.end] for each in places(text, asked)] == found


def test_nothing_is_found_beyond_what_the_model_reads() -> None:
    """Else a word would be marked that nobody has read."""
    assert places("x " * (MAX_CHARACTERS // 2) + "vpn", {"vpn"}) == []


@given(st.text(alphabet=st.sampled_from("ab1é\u0301 .-@\n\u00adﬁ\u0939\u093f"), max_size=60))
def test_a_place_is_a_term_of_the_text_and_none_lies_within_another(text: str) -> None:
    """In whatever is typed; each place comes after the one before."""
    known = {term for term in terms(NewTicket(id="1", subject="", body=text)) if "=" not in term}

    found = places(text, known)

    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(0 <= each.start < each.end <= len(text) and each.term in known for each in found)
