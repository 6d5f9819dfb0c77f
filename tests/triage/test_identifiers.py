"""Codes and numbers in texts."""

import pytest

from triage.errors import InvalidInput
from triage.identifiers import MOST_IDENTIFIERS, find_identifiers, read_formats

OWN = read_formats({"asset_tag": ["LT-#####"], "host": ["srv-@@@-##", "WS*"]})


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("error 809 since today", "error_code", "error 809"),
        ("Fehlercode: 1603", "error_code", "Fehlercode: 1603"),
        ("it says 0x80070057", "error_code", "0x80070057"),
        ("printer error 49.199 again", "error_code", "error 49.199"),
        ("error 404.", "error_code", "error 404"),
        ("error 0x80070058", "error_code", "0x80070058"),
        ("ORA-00942 again", "error_code", "ORA-00942"),
        ("we get HTTP 503", "error_code", "HTTP 503"),
        ("DNS_PROBE_FINISHED_NXDOMAIN", "error_code", "DNS_PROBE_FINISHED_NXDOMAIN"),
        ("AADSTS50076", "error_code", "AADSTS50076"),
        ("as in INC0012345", "ticket_number", "INC0012345"),
        ("order number 4500012345", "order_number", "4500012345"),
        ("Bestellnummer: 4500-12", "order_number", "4500-12"),
        ("AUTH-12 is shown", "code", "AUTH-12"),
        ("lt-12345 is hot", "asset_tag", "lt-12345"),
        ("srv-abc-01 is down", "host", "srv-abc-01"),
        ("WS0417x is down", "host", "WS0417x"),
    ],
)
def test_identifiers_are_found(text: str, kind: str, written: str) -> None:
    """They are what an agent copies into the search first."""
    assert [(one.kind, one.text, text[one.start : one.end] in one.text) for one in find_identifiers(text, OWN)] == [
        (kind, written, True)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "an error in 2024?",
        "error in the code",
        "version 12.3.4",
        "UTF-16 and USB-3 and COVID-19",
        "error: [ipaddress]",
        "error [longnumber]",
        "a4 paper",
        "SID_34 and HR_NEW_FORM",  # systems and fields of forms
        "9LT-12345",
        "xLT-12345",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    """A date or a mark of redaction in the place of a code misleads."""
    assert find_identifiers(text, OWN) == []


def test_each_is_told_once_and_in_order() -> None:
    """A log repeats its code in every line."""
    found = find_identifiers("error 809, LT-12345, ERROR 809, HTTP 503", OWN)

    assert [one.text for one in found] == ["error 809", "LT-12345", "HTTP 503"]


def test_so_many_are_told() -> None:
    """A pasted log has hundreds."""
    text = " ".join(f"ERR-{i:05}" for i in range(100))

    assert [one.text for one in find_identifiers(text)] == [f"ERR-{i:05}" for i in range(MOST_IDENTIFIERS)]


@pytest.mark.parametrize("written", ["##", "@@@@", "x" * 61, "@#", "***"])
def test_a_format_that_fits_too_much_is_refused(written: str) -> None:
    """Every word would be somebody's device."""
    with pytest.raises(InvalidInput, match="asset_tag"):
        read_formats({"asset_tag": [written]})


def test_signs_of_patterns_are_themselves() -> None:
    """Whoever writes a format knows no regular expressions, and a dot is a dot."""
    own = read_formats({"host": ["srv.##"]})

    assert [one.text for one in find_identifiers("srv.01 srvx02", own)] == ["srv.01"]
