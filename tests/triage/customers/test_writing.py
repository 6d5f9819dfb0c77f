"""How a contact is written."""

import pytest

from triage.customers.writing import read_writing

PRECISE = """The client stops while it connects, every time since the update came on Friday night.
Environment: Windows 11
Steps:
1) open the client
2) log in
Expected: a login
Observed: error 809"""


@pytest.mark.parametrize(
    ("body", "precision"),
    [
        ("help", 0.0),
        ("", 0.0),
        ("error 809 since this morning", 0.2),
        ("since v.2.1", 0.2),
        ("a 5g phone", 0.2),
        ("fails with E1", 0.2),
        ("in room 1 c, or 12", 0.0),
        ("1) open the client\n2) log in", 0.2),
        ("Environment: laptop", 0.2),
        ("Environment: laptop\nExpected: a login", 0.4),
        ("see https://intranet.example/a", 0.0),
        ("word " * 20, 0.2),
        (PRECISE, 1.0),
    ],
)
def test_precision_is_the_share_of_the_signs_of_a_precise_report(body: str, precision: float) -> None:
    """Steps, labelled facts, codes and twenty words are what a helper would have to ask for."""
    assert read_writing("VPN", body).precision == pytest.approx(precision)


@pytest.mark.parametrize(
    ("subject", "body", "asks"),
    [
        ("How do I share a folder?", "", True),
        ("folder", "please tell me where can I find it", True),
        ("Ordner", "Wie kann ich ihn freigeben?", True),
        ("dossier", "Comment faire pour le partager ?", True),
        ("carpeta", "¿Cómo puedo compartirla?", True),
        ("VPN", "it is down, no idea how that happened", False),
        ("show me the logs", "somehow to blame", False),
        ("", "", False),
    ],
)
def test_a_question_how_something_is_done_is_told_from_a_fault(subject: str, body: str, asks: bool) -> None:
    """Who asks how wants explaining, not repairing."""
    assert read_writing(subject, body).asks_how is asks


def test_a_long_text_takes_no_longer_than_a_page() -> None:
    """A pasted log is not precision, and costs no time."""
    assert read_writing("log", "key: y\n" * 1_000_000).precision == pytest.approx(0.6)
