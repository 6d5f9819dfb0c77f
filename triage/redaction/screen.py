"""What a text could hold, told in a few microseconds by signs: most hold nothing, and patterns take ten times as long.

A new kind is a finder in `FINDERS`, and its sign in `suspected`: something that is in every text that the finder finds
anything in. A sign looks at no boundary, so that it is in a text as well if it is in a part of it.
"""

import re

from triage.redaction.accounts import cards, ibans
from triage.redaction.addresses import emails, ipv4_addresses, ipv6_addresses
from triage.redaction.kinds import Kind
from triage.redaction.phones import phones
from triage.redaction.secrets import authorizations, issued, labelled, options, pins, private_keys, sign_ins
from triage.redaction.spans import Finder, lowered

__all__ = ["FINDERS", "suspected"]

FINDERS: tuple[tuple[Kind, Finder], ...] = (
    ("secret", private_keys),
    ("url_user", sign_ins),
    ("secret", authorizations),
    ("secret", labelled),
    ("secret", options),
    ("secret", pins),
    ("secret", issued),
    ("email", emails),
    ("iban", ibans),
    ("card", cards),
    ("ip", ipv6_addresses),
    ("ip", ipv4_addresses),
    ("phone", phones),
)
"""Order matters: a link may hold an address, an address may hold digits."""

# each begins with a digit, which few texts have many of: a search for it alone is quick
_NUMBER = re.compile(
    r"\d(?:(?:[ ()./-]{0,3}\d){6}|\.\d{1,3}\.\d{1,3}\.\d|(?<=[A-Za-z]{2}\d)\d(?:[ -]?[A-Za-z0-9]){11})"
)
_IP = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_ACCOUNT = re.compile(r"\d(?<=[A-Za-z]{2}\d)\d(?:[ -]?[A-Za-z0-9]){11}")
_LONG = re.compile(r"\d(?:[ ()./-]{0,3}\d){6}")
_COLONS_OF_AN_ADDRESS = 6
_HYPHENS_OF_A_RECOVERY_KEY = 7


def suspected(text: str) -> list[Finder]:
    """The finders that may find something in a text as it is seen; what the others would find is nothing."""
    found = _suspected_secrets(text)
    if _NUMBER.search(text) is not None:
        if _IP.search(text) is not None:
            found.append(ipv4_addresses)
        if _ACCOUNT.search(text) is not None:
            found.append(ibans)
        if _LONG.search(text) is not None:
            found += (cards, phones)
    if "::" in text or text.count(":") >= _COLONS_OF_AN_ADDRESS:
        found.append(ipv6_addresses)
    if "@" in text:
        found += (emails, sign_ins)
    return found


def _suspected_secrets(text: str) -> list[Finder]:
    small = lowered(text)
    found: list[Finder] = []
    if _may_be_announced(small):
        found += (labelled, options)
    if "authorization" in small or "bearer" in small:
        found.append(authorizations)
    if "pin" in small or "tan" in small or "puk" in small or "otp" in small:
        found.append(pins)
    if _may_be_issued(text):
        found.append(issued)
    if "-----BEGIN " in text:
        found.append(private_keys)
    return found


# A chain of `in` takes a third of what `any` takes, and a quarter of what a pattern does.


def _may_be_announced(small: str) -> bool:
    return (
        "pass" in small
        or "token" in small
        or "secret" in small
        or "key" in small
        or "pw" in small
        or "kennwort" in small
        or "contrase" in small
        or "wachtwoord" in small
        or "mdp" in small
        or "senha" in small
    )


def _may_be_issued(text: str) -> bool:
    if "_" in text and (
        "gh" in text or "pat_" in text or "npm_" in text or "hf_" in text or "whsec_" in text or "k_" in text
    ):
        return True
    if "-" in text and (
        "sk-" in text
        or "glpat-" in text
        or "pypi-" in text
        or "xox" in text
        or "xapp-" in text
        or text.count("-") >= _HYPHENS_OF_A_RECOVERY_KEY
    ):
        return True
    return "eyJ" in text or "AIza" in text or "SG." in text or "AKIA" in text or "ASIA" in text or "triage_" in text
