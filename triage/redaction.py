r"""Personal data and secrets out of a ticket, each replaced by a mark that says its kind.

A mark is the word by which `triage/text.py` would replace the same thing before a model sees it, in square brackets.
So a model takes a redacted ticket for the original one, nearly always. A new kind is a name in `Kind`, a mark in
`MARKS` and a finder in `_FINDERS`.

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

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from html import unescape
from ipaddress import AddressValueError, IPv6Address
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["KINDS", "MARKS", "Kind", "Redacted", "RedactedTicket", "redact", "redact_ticket"]

Kind = Literal["secret", "url_user", "email", "iban", "card", "ip", "phone"]
"""What is looked for; `url_user` is who signs in within a link, `secret` is what opens something."""

KINDS: frozenset[Kind] = frozenset(get_args(Kind))
"""All of them."""

MARKS: Mapping[Kind, str] = MappingProxyType(
    {
        "secret": "[secret]",
        "url_user": "[secret]",
        "email": "[emailaddress]",
        "iban": "[bankaccount]",
        "card": "[longnumber]",
        "ip": "[ipaddress]",
        "phone": "[longnumber]",
    }
)
"""What stands in the place of each."""

MAX_UNWRAPPED = 8
"""Wrappers within wrappers that are redacted one after the other; nobody writes more."""


class Redacted(NamedTuple):
    """A text without personal data, and how often each kind was replaced; kinds that were not are missing."""

    text: str
    counts: Mapping[Kind, int]


class RedactedTicket(NamedTuple):
    """A ticket without personal data in what somebody wrote, and how often each kind was replaced in all of it."""

    ticket: NewTicket
    counts: Mapping[Kind, int]


def redact(text: str, kinds: Set[Kind] = KINDS) -> Redacted:
    """A text with a mark in the place of everything personal or secret; the very same text where there is none.

    Args:
        text: plain, or HTML as it was sent.
        kinds: what is replaced.
    """
    counts: Counter[Kind] = Counter()
    seen, starts = _as_seen(text)
    for kind, find in _FINDERS:
        if kind not in kinds:
            continue
        spans = list(find(seen))
        if spans:
            counts[kind] += len(spans)
            text = _with_marks(
                text, MARKS[kind], spans if starts is None else [(starts[a], starts[b]) for a, b in spans]
            )
            seen, starts = _as_seen(text)
    return Redacted(text, counts)


def redact_ticket(ticket: NewTicket, kinds: Set[Kind] = KINDS) -> RedactedTicket:
    """A ticket whose subject, body and attributes hold nothing personal or secret; ids and names stay as they are.

    A text that hides something by what wraps it (base64, quoted-printable, tags within a number) is replaced by what
    people read in it.

    Args:
        ticket: as filed.
        kinds: what is replaced.
    """
    counts: Counter[Kind] = Counter()
    subject, found = _redacted_within(ticket.subject, kinds)
    counts += found
    body, found = _redacted_within(ticket.body, kinds)
    counts += found
    attributes = {}
    for name, value in ticket.attributes.items():
        attributes[name], found = _redacted_value(name, value, kinds)
        counts += found
    return RedactedTicket(replace(ticket, subject=subject, body=body, attributes=attributes), counts)


def _redacted_within(text: str, kinds: Set[Kind]) -> tuple[str, Counter[Kind]]:
    """A text without what is personal in it as it was sent, and as people read it."""
    text, counts = redact(text, kinds)
    total = Counter(counts)
    for _ in range(MAX_UNWRAPPED):
        inside = plain_text(text)
        if inside is text:
            break
        read = redact(inside, kinds)
        if not read.counts:
            break
        text = read.text
        total += Counter(read.counts)
    return text, total


def _redacted_value(name: str, value: str, kinds: Set[Kind]) -> tuple[str, Counter[Kind]]:
    """An attribute's value; its name may say what it is, as a word before a number does in a text."""
    heading = f"{name}: "
    told = redact(heading + value, kinds)
    if not told.text.startswith(heading):
        told = redact(value, kinds)
        heading = ""
    return told.text[len(heading) :], Counter(told.counts)


def _with_marks(text: str, mark: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], mark]
        at = end
    return "".join([*pieces, text[at:]])


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_UNIT = re.compile(rf"{_ENTITY.pattern}|.", re.DOTALL)
_UNSEEN = frozenset({"Cf", "Mn", "Me"})
"""Unicode's categories of what has no width: format characters, and the signs that are put on a letter."""


def _as_seen(text: str) -> tuple[str, list[int] | None]:
    """The text with one plain character for each that is seen, and where each begins in the text.

    The places are None where they are the same in both. There is one more than characters: the text's end.
    """
    has_entities = "&" in text and _ENTITY.search(text) is not None
    if text.isascii() and not has_entities:
        return text, None
    plain = {ord(c): as_seen for c in set(text) if not c.isascii() and (as_seen := _plain(c)) != c}
    if not has_entities and all(plain.values()):
        return text.translate(plain), None
    seen: list[str] = []
    starts: list[int] = []
    for found in _UNIT.finditer(text):
        unit = found[0]
        character = unescape(unit) if len(unit) > 1 else unit
        character = plain.get(ord(character), character) if len(unit) == 1 else _plain(character[:1])
        if character:
            seen.append(character)
            starts.append(found.start())
    return "".join(seen), [*starts, len(text)]


def _plain(character: str) -> str:
    """A character as the patterns know it; empty for one that cannot be seen."""
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return ""
    if category == "Zs":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    unified = unicodedata.normalize("NFKC", character)
    return unified if len(unified) == 1 else character


_KEY_BEGINS = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,60}-----")
_KEY_LINES = re.compile(r"(?:\s*+[A-Za-z0-9+/=]{16,}+(?!\w))*+")

_SIGN_IN = re.compile(r"(?<=://)[^\s/?#\"'<>]++")

_GAP = r"(?:[ \t]|<[^<>\n]{0,200}>){0,6}+"
_MARK = rf"(?:{'|'.join(map(re.escape, sorted(set(MARKS.values()))))})"
_VALUE = (
    rf"(?:\"(?P<in_double>(?:(?!{_MARK})[^\"\n])++)\"|'(?P<in_single>(?:(?!{_MARK})[^'\n])++)'"
    rf"|[\"']?(?P<bare>(?:(?!{_MARK})[^\s<>\"'])++))"
)
_ANNOUNCEMENT = (
    r"(?:pass(?:word|wort|wd|phrase|code)|kennwort|mot de passe|contrase[nñ]a|wachtwoord|api[ _-]?key"
    r"|(?:access|account|private|secret)[ _-]?key|(?<![^\W_])(?:pass|pwd?|mdp|senha)|secret|token)"
)
_LABELLED = re.compile(
    rf"{_ANNOUNCEMENT}[\"']?(?P<between>(?:[ \t]\(?[^\W\d_][\w-]{{0,20}}\)?){{0,3}}?)"
    rf"(?:{_GAP}(?P<sign>[:=]){_GAP}|[ \t](?:is|was|ist|war|lautet|est)[ \t]?:?[ \t]){_VALUE}",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(
    r"authorization[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?"
    r"(?P<scheme>(?:basic|bearer|digest|token|negotiate|ntlm|apikey)[ \t]{1,3})?(?P<bare>[^\s<>\"',;\[]++)"
    r"|(?<!\w)bearer[ \t](?P<bearer>[\w.~+/=-]{16,}+)",
    re.IGNORECASE,
)
_PIN = re.compile(
    r"(?<![^\W_])(?:pin|puk|tan|otp)(?:[ -]?(?:code|nr|nummer|number))?\.?"
    rf"(?:{_GAP}[:=]{_GAP}|[ \t](?:is|ist|lautet|est)[ \t])(?P<digits>\d{{4,8}}+)(?!\w)",
    re.IGNORECASE,
)
_SECRET_HINTS = ("pass", "kennwort", "contrase", "wachtwoord", "key", "pw", "mdp", "senha", "secret", "token")
_NO_SECRET = frozenset(
    (
        *("-", "abgelaufen", "aendern", "ändern", "cannot", "change", "changed", "correct", "denied", "does"),
        *("doesn't", "empty", "est", "expired", "expiré", "failed", "false", "falsch", "forgot", "forgotten"),
        *("funktioniert", "geht", "geändert", "gesperrt", "has", "illegal", "incorrect", "invalid", "ist"),
        *("is", "ja", "kann", "kein", "keine", "leer", "locked", "lost", "missing", "must", "n/a", "ne"),
        *("needed", "nein", "neu", "new", "nicht", "no", "none", "not", "null", "oublié", "perdu", "please"),
        *("bitte", "required", "reset", "se", "true", "unbekannt", "ungültig", "unknown", "vergessen"),
        *("verloren", "wrong", "was", "wird", "yes", "zurücksetzen"),
    )
)
"""What people write behind `password:` when they say what is wrong with it."""
_CLOSING = ".,;:)]}"

_ISSUED = re.compile(
    r"(?<![\w-])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)"
    r"|(?:gh[opsur]_|github_pat_|glpat-|npm_|hf_|pypi-|whsec_|sk-|[rs]k_(?:live|test)_|SG\.)[\w.-]{20,}+"
    r"|xox[a-z]-[\w-]{10,}+|xapp-[\w-]{10,}+|AIza[\w-]{35,}+"
    r"|eyJ[\w-]{5,}+\.[\w-]{5,}+\.[\w-]*+"
    r"|triage_[0-9a-f]{12}_[\w-]{8,}+"
    r"|\d{6}(?:-\d{6}){7}(?![\w-])"  # what BitLocker asks for when a disk was locked
    r")"
)
_ISSUED_HINTS = (
    *(
        "AKIA",
        "ASIA",
        "gho_",
        "ghp_",
        "ghr_",
        "ghs_",
        "ghu_",
        "github_pat_",
        "glpat-",
        "npm_",
        "hf_",
        "pypi-",
        "whsec_",
    ),
    *("sk-", "k_live_", "k_test_", "SG.", "xox", "xapp-", "AIza", "eyJ", "triage_"),
)


def _private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Blocks from their first line to their last; without a last line those that look like base64."""
    if "-----BEGIN " not in text:
        return
    ends = [end.span() for end in _KEY_ENDS.finditer(text)][::-1]  # the next one last
    at = 0
    for begin in _KEY_BEGINS.finditer(text):
        if begin.start() < at:
            continue
        while ends and ends[-1][0] < begin.end():
            ends.pop()
        if ends:
            at = ends[-1][1]
        elif (lines := _KEY_LINES.match(text, begin.end())) is not None:
            at = lines.end()
        yield begin.start(), at


def _sign_ins(text: str) -> Iterator[tuple[int, int]]:
    """Who signs in within a link, and with what: all up to the last `@` before the path."""
    if "://" not in text or "@" not in text:
        return
    for found in _SIGN_IN.finditer(text):
        user = found[0].rpartition("@")[0]
        if user and not _holds(MARKS.values(), user):
            yield found.start(), found.start() + len(user)


def _authorizations(text: str) -> Iterator[tuple[int, int]]:
    """Values of a request's header, and what somebody bears."""
    if not _holds(("authorization", "bearer"), text.lower()):
        return
    at = 0
    while (found := _AUTHORIZATION.search(text, at)) is not None:
        name = "bearer" if found["bare"] is None else "bare"
        at = found.start(name)
        if found["scheme"] or _looks_secret(found[name]):
            at = found.end(name)
            yield found.span(name)


def _labelled(text: str) -> Iterator[tuple[int, int]]:
    """Values of `password:` and its like; behind a longer phrase only what looks like no word."""
    if not _holds(_SECRET_HINTS, text.lower()):
        return
    at = 0
    while (found := _LABELLED.search(text, at)) is not None:
        name = next(name for name in ("in_double", "in_single", "bare") if found[name] is not None)
        start, value = found.start(name), found[name]
        at = start
        if name == "bare":
            if found["sign"] == "=":
                value = value.partition("&")[0]
            value = value.rstrip(_CLOSING)
        between = found["between"].lower().split()
        is_direct = found["sign"] and not between
        is_secret = value.lower() not in _NO_SECRET if is_direct else _looks_secret(value)
        is_path = value.startswith("/")  # PWD is where a shell stands, too
        if value and is_secret and not is_path and _NO_SECRET.isdisjoint(between):
            at = start + len(value)
            yield start, at


def _pins(text: str) -> Iterator[tuple[int, int]]:
    if _holds(("pin", "puk", "tan", "otp"), text.lower()):
        for found in _PIN.finditer(text):
            yield found.span("digits")


def _issued(text: str) -> Iterator[tuple[int, int]]:
    """What is known by how it begins."""
    if _holds(_ISSUED_HINTS, text) or text.count("-") > 6:
        for found in _ISSUED.finditer(text):
            yield found.span()


def _holds(hints: Iterable[str], text: str) -> bool:
    """Whether any of them is in the text; most texts hold none, and a pattern takes twenty times as long to say so."""
    return any(hint in text for hint in hints)


def _looks_secret(value: str) -> bool:
    """Whether a value is neither a number nor made of words."""
    has_letter, has_other = any(map(str.isalpha, value)), any(not c.isalpha() and c not in "-'." for c in value)
    return len(value) >= 6 and " " not in value and has_letter and has_other


_EMAIL = re.compile(r"(?<![\w.+@-])@*+[\w.+-]++(?:@++[\w.+-]++)++")
_IPV6 = re.compile(r"(?<![\w:.\]])[0-9a-fA-F:][0-9a-fA-F:.]++(?![\w\[])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d|-[A-Za-z])")
_NOBODYS = ("0.", "127.", "255.")
_VERSION = re.compile(
    r"(?:(?:version|release|build|firmware|bios|driver|treiber|ver|rev|stand|ausgabe)s?[ .:=]{0,3}|==)\Z", re.IGNORECASE
)
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,29}")
_CARD = re.compile(
    r"(?<!\w)(?:\d{13,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3}(?!\w))?|\d{4}([ .-])\d{6}\2\d{4,5})(?!\w)"
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


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" not in text:
        return
    for found in _EMAIL.finditer(text):
        names = found[0].lstrip("@").split("@")
        if any(any(map(str.isalpha, name)) for name in names[1:]):  # else a package and its version
            yield found.start(), found.start() + len(found[0].rstrip(".+-"))


def _ipv6_addresses(text: str) -> Iterator[tuple[int, int]]:
    if text.count(":") < 2:
        return
    for found in _IPV6.finditer(text):
        address = found[0].rstrip(".")
        if address.endswith(":") and not address.endswith("::"):
            address = address[:-1]
        if address.count(":") > 1 and len(address) <= 45 and any(map(str.isdigit, address)) and _is_ipv6(address):
            yield found.start(), found.start() + len(address)


def _is_ipv6(address: str) -> bool:
    try:
        return IPv6Address(address).packed not in (b"\0" * 16, b"\0" * 15 + b"\1")
    except AddressValueError:
        return False


def _ipv4_addresses(text: str) -> Iterator[tuple[int, int]]:
    if text.count(".") < 3:
        return
    for found in _IPV4.finditer(text):
        is_version = _VERSION.search(text, max(0, found.start() - 16), found.start()) is not None
        is_address = max(map(int, found[0].split("."))) <= 255 and not found[0].startswith(_NOBODYS)
        if is_address and not is_version:
            yield found.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    return _bounded(_IBAN, text, _iban_end) if _n_digits(text) > 6 else iter(())


def _iban_end(found: re.Match[str]) -> int | None:
    """Where the account's number ends, which its country says; words may follow that look like a part of it."""
    n = _IBAN_LENGTHS.get(found[0][:2].upper())
    number = found[0].replace(" ", "").replace("-", "").upper()[:n]
    if n is None or len(number) < n or int((number[4:] + number[:4]).translate(_LETTERS_AS_NUMBERS)) % 97 != 1:
        return None
    places = [place.end() for place in _ALPHANUMERIC.finditer(found[0])]
    end = found.start() + places[n - 1]
    return None if _goes_on(found.string, end) else end


def _cards(text: str) -> Iterator[tuple[int, int]]:
    return _bounded(_CARD, text, _card_end) if _n_digits(text) > 12 else iter(())


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


def _n_digits(text: str) -> int:
    return sum(map(text.count, "0123456789"))


def _goes_on(text: str, at: int) -> bool:
    """Whether a word or a number goes on here."""
    return at < len(text) and (text[at].isalnum() or text[at] == "_")


def _bounded(
    pattern: re.Pattern[str], text: str, end_of: Callable[[re.Match[str]], int | None]
) -> Iterator[tuple[int, int]]:
    """What a pattern of bounded length finds and a check confirms, overlapping candidates included."""
    at = 0
    while (found := pattern.search(text, at)) is not None:
        end = end_of(found)
        if end is None:
            at = found.start() + 1
        else:
            yield found.start(), end
            at = end


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
_LABELLED_PHONE = re.compile(rf"{_LABEL}(?P<labelled>\+?\(?\d{_MORE})|{_WRITTEN_AS_PHONE}", re.IGNORECASE)
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


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Phone numbers, several in a row as one; what was found before is no context for the next."""
    if _n_digits(text) < FEWEST_PHONE:
        return
    pattern = _LABELLED_PHONE if _holds(_LABEL_HINTS, text.lower()) else _PHONE
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
    if not _goes_on(text, end):
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


_FINDERS: tuple[tuple[Kind, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("secret", _private_keys),
    ("url_user", _sign_ins),
    ("secret", _authorizations),
    ("secret", _labelled),
    ("secret", _pins),
    ("secret", _issued),
    ("email", _emails),
    ("iban", _ibans),
    ("card", _cards),
    ("ip", _ipv6_addresses),
    ("ip", _ipv4_addresses),
    ("phone", _phones),
)
"""Order matters: a link may hold an address, an address may hold digits."""
