"""Telephone numbers, by how they are written and by the words before them."""

import re
from collections.abc import Iterator

from triage.redaction.spans import Span, goes_on, lowered

__all__ = ["FEWEST_PHONE", "phones"]

_A_YEAR = r"(?:19|20)\d\d"
_MOMENT = (
    rf"(?: \d{{1,2}}:\d|[ ()./-]{{1,3}}(?:\d{{1,2}}\.\d{{1,2}}\.{_A_YEAR}|\d{{1,2}}/\d{{1,2}}/{_A_YEAR}"
    rf"|\d{{1,2}}-\d{{1,2}}-{_A_YEAR}|{_A_YEAR}-\d\d-\d\d)(?!\d))"
)
_MORE = rf"(?:(?!{_MOMENT})[ ()./-]{{0,3}}\d)*+"
_LABEL = (
    r"(?<![^\W_])(?:tel|telefon|telephone|phone|mobile?|handy|cell|fax|rufnummer|durchwahl|r[uü]ckruf|t[eé]l[eé]phone|t[eé]l"
    r"|portable|gsm|(?:call|reach|ring|phone) (?:me|us|him|her|them|back)|(?:mich|uns|erreichbar) (?:an )?unter"
    r"|(?:joignable|joindre|appeler|appelez-moi) au)(?:nummer|nr)?"
    r"(?:[ .:#/-]{0,3}(?:nr|no|number|num[eé]ro|at|on|under|unter|is|ist|est|back)(?!\w)){0,3}[ .:#/(-]{0,4}"
)
FEWEST_PHONE = 7
"""Digits; `triage/text.py` takes a shorter number for a word, and extensions tell a desk where a telephone stands."""
_WRITTEN_AS_PHONE = (
    rf"(?P<abroad>(?:\+[ (]{{0,2}}|(?<!\w)00 ?)[1-9]{_MORE})"
    rf"|(?P<area>(?:\(|(?<!\w))0(?:\)[ /-]?)?[1-9]{_MORE})"
    r"|(?P<american>(?:\(|(?<!\w))(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\w))"
)
_PHONE = re.compile(_WRITTEN_AS_PHONE)
_LABELLED_PHONE = re.compile(rf"{_LABEL}(?P<labelled>\+?\(?\d{_MORE})|{_WRITTEN_AS_PHONE}")
_LABEL_HINTS = (
    *("tel", "tél", "phone", "mobil", "handy", "cell", "fax", "rufnummer", "durchwahl", "ckruf", "portable", "gsm"),
    *("call", "reach", "ring", "unter", "joi", "appele"),
)
_DIGITS = re.compile(r"\d+")
_DATED = re.compile(r"\(?(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d\d|\d\d)(?![./-]?\d)")
_NO_PHONE_BEFORE = re.compile(r"(?:\w-?|\d[.,:/])\Z")
_NUMBERED = re.compile(
    r"(?<![^\W_])(?:serial|seri(?:al|en)nummer|s/n|sn|ticket|incident|inc|req|ritm|chg|case|order|bestell(?:ung|nummer)"
    r"|auftrag(?:snummer)?|rechnung(?:snummer)?|invoice|facture|commande|po|asset|inventar(?:nummer)?|imei|art(?:icle|ikel)"
    r"|artikelnummer|material(?:nummer)?|kunden(?:nummer)?|customer|client|version|build|kb|error|code|fehler(?:code)?"
    r"|erreur|room|raum|zimmer|salle|bureau|id|no|nr|n°|#)"
    r"(?:[ .:#-]{0,2}(?:no|nr|number|nummer|n°|id|code|tag))?[ .:#=-]{0,4}\Z",
    re.IGNORECASE,
)


def phones(text: str) -> Iterator[Span]:
    """Phone numbers, several in a row as one; what was found before is no context for the next."""
    text = lowered(text)
    pattern = _LABELLED_PHONE if any(hint in text for hint in _LABEL_HINTS) else _PHONE
    floor = at = 0
    while (found := pattern.search(text, at)) is not None:
        form = found.lastgroup or ""
        start, end = found.span(form)
        at = end
        if end - start < FEWEST_PHONE:
            continue
        if dated := _DATED.match(text, start, end):
            at = dated.end()
            continue
        end = _whole_groups(text, start, end)
        if not _is_phone(form, text[start:end]):
            continue
        if form != "labelled" and text[start] != "+":
            before = text[max(floor, start - 24) : start]
            if _NUMBERED.search(before):
                at = start + found[form].find(" ") if " " in found[form] else at  # another number may follow
                continue
            if _NO_PHONE_BEFORE.search(before):
                continue
        if text[start] == "(" and ")" not in text[start:end]:
            start += 1
        yield start, end
        floor = at = end


def _whole_groups(text: str, start: int, end: int) -> int:
    """The end of the last group of digits that no letter follows at once."""
    if not goes_on(text, end):
        return end
    groups = [group.end() for group in _DIGITS.finditer(text, start, end)]
    return groups[-2] if len(groups) > 1 else start


def _is_phone(form: str, number: str) -> bool:
    """Whether a number that is written in one of the forms has as many digits as such a number needs."""
    groups = _DIGITS.findall(number)
    n_digits, longest = sum(map(len, groups)), max(map(len, groups), default=0)
    if longest > 15 or (n_digits > 15 and longest < 3):  # a serial number, a list of small numbers
        return False
    if form == "area" and longest < 3 and n_digits not in (10, 20):  # the French write pairs, and so do dumps of memory
        return False
    fewest = {"labelled": FEWEST_PHONE, "abroad": 8, "area": 8, "american": 10}[form]
    if form == "abroad" and number[:1] == "0":
        fewest = 12 if len(groups) == 1 else 10
    elif form == "area" and len(groups) == 1:
        fewest = 10
    elif form == "area" and not any(sign in number for sign in " -/()"):
        fewest = 9
    return n_digits >= fewest
