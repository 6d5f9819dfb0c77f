r"""Personal data and secrets out of a ticket, each replaced by a mark that says its kind.

A mark is the word by which `triage/text.py` would replace the same thing before a model sees it, in square brackets.
So a model takes a redacted ticket for the original one, nearly always. A new kind is a name and a mark in `kinds.py`,
a finder, and its line and its sign in `screen.py`.

What is ambiguous, and how it is decided:

- four numbers with dots, each at most 255, are an IP address, unless a word such as `version` stands before them;
- a number is a phone number where it begins with `+` or `00` and a country, with `0` and an area, or is written as
  North American ones are, or where a word such as `Tel.` says so; never with fewer than seven digits;
- a number behind a word such as `serial`, `order` or `room` is none, nor is a date, a time or a version;
- hardware addresses stay: they name a device, as a serial number does;
- loopback addresses and network masks stay: everybody has the same;
- what follows `password:` goes, unless it only says what is wrong with it, such as `expired`.

A text is searched as people see it: full-width and other scripts' digits are digits, entities are characters, and what
cannot be seen is not there. The text around the marks stays as it was. The time is linear in the text: each pattern is
bounded, or takes what it can get, never gives back (++) and starts at a boundary.

What was redacted holds nothing to redact. For this, no match ends before a letter, a digit or an underscore, so that a
mark in its place opens no boundary for another match.
"""

from triage.redaction.documents import redact_document
from triage.redaction.kinds import KINDS, MARKS, Kind
from triage.redaction.replacement import Redacted, redact
from triage.redaction.rules import EVERYTHING, RedactionRules, read_exceptions
from triage.redaction.tickets import RedactedTicket, RedactedWork, redact_ticket, redact_worked

__all__ = [
    "EVERYTHING",
    "KINDS",
    "MARKS",
    "Kind",
    "Redacted",
    "RedactedTicket",
    "RedactedWork",
    "RedactionRules",
    "read_exceptions",
    "redact",
    "redact_document",
    "redact_ticket",
    "redact_worked",
]
