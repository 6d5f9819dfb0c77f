"""Numbers of bank accounts and of cards, each with the check that tells them from other numbers."""

import re
from collections.abc import Iterator

from triage.redaction.spans import Span, bounded, goes_on

__all__ = ["cards", "ibans"]

_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,29}")
_CARD = re.compile(
    r"(?<!\w)(?<!\d[.,])"  # what follows a point is the rest of a measured value
    r"(?:\d{13,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3}(?!\w))?|\d{4}([ .-])\d{6}\2\d{4,5})(?!\w)"
)
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[0-8]|6\d)\d{11,17}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14,17}|2[2-7]\d{14}"
)
"""Card numbers by their first digits and their lengths; fifteen digits from 35 on are a telephone's IMEI."""
_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit twice, as the sum of its digits."""
_ALPHANUMERIC = re.compile(r"[0-9A-Za-z]")
_LETTERS_AS_NUMBERS = {ord("A") + i: str(10 + i) for i in range(26)}
_IBAN_LENGTHS = {
    country: n
    for n, countries in {
        15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Letters and digits of an account's number in each country that has them."""


def ibans(text: str) -> Iterator[Span]:
    """Accounts that pass the check of their kind."""
    return bounded(_IBAN, text, _iban_end)


def _iban_end(found: re.Match[str]) -> int | None:
    """Where the account's number ends, which its country says; words may follow that look like a part of it."""
    n = _IBAN_LENGTHS.get(found[0][:2].upper())
    number = found[0].replace(" ", "").replace("-", "").upper()[:n]
    if n is None or len(number) < n or int((number[4:] + number[:4]).translate(_LETTERS_AS_NUMBERS)) % 97 != 1:
        return None
    places = [place.end() for place in _ALPHANUMERIC.finditer(found[0])]
    end = found.start() + places[n - 1]
    return None if goes_on(found.string, end) else end


def cards(text: str) -> Iterator[Span]:
    """Cards that begin as an issuer's do and pass the check of their kind."""
    return bounded(_CARD, text, _card_end)


def _card_end(found: re.Match[str]) -> int | None:
    """Where the card's number ends: with the groups that pass the check, as another number may follow."""
    ends = [found.end()]
    separator = found[1] or found[2] or " "
    if found[1] and found[0].count(separator) == 4:
        ends.append(found.start() + found[0].rindex(separator))
    for end in ends:
        digits = found.string[found.start() : end].replace(separator, "")
        if _ISSUERS.fullmatch(digits) and _passes_luhn(digits):
            return end
    return None


def _passes_luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0
