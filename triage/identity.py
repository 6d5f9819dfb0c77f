"""One key for every spelling of a ticket's number and of a person's id.

Files, HTTP, opt-outs, forgetting, plans and pseudonyms ask here, so that a ticket is one and a person is one wherever
they are named. A key is for finding; the spelling as it came is for showing. A key's key is itself. A new rule is a
step of `person_key` or `ticket_key`, and a line in `MAY_JOIN` where it can join what is not the same. A new word for
nobody is a line in `NOBODY`. What is stored has to be joined by a migration when a rule changes.

Rules for both, each with its reason:

- compatible characters are one (NFKC): full-width letters, ligatures, composed and decomposed accents look alike;
- what cannot be seen goes (zero width, soft hyphen, byte order mark, control characters): nobody typed it;
- any blanks, also no-break ones and line breaks, are one blank, and none at the ends: tools pad and wrap cells;
- a number with thousands separators or with `.0` behind it is the number: spreadsheets and interfaces add both.

Rules for persons:

- upper and lower case are one, `ß` is `ss`, and the Turkish letters i are one: upper case cannot tell them apart;
- an address with a display name (`Ann Lee <ann.lee@example.org>`), in quotes or behind `mailto:` is the address: names
  change with the program that writes them;
- of several people in one value, each on a line, each with an address or with semicolons between them, the first is
  meant: it is who asked;
- a word for nobody, or no letter and no digit at all, is nobody.

Rules for tickets: upper and lower case stay apart, as some systems count with both.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

__all__ = ["KEPT_APART", "MAY_JOIN", "NOBODY", "nobody_with", "person_key", "ticket_key"]

NOBODY = frozenset(
    (
        # English
        *("anonymous", "anonymous user", "guest", "guest user", "no caller", "no name", "no requester", "no user"),
        *("nobody", "no one", "not applicable", "not assigned", "not available", "not known", "not set"),
        *("not specified", "undefined", "unknown", "unknown caller", "unknown customer", "unknown requester"),
        *("unknown user", "unspecified"),
        # what programs write
        *("(blank)", "(empty)", "(none)", "(null)", "<blank>", "<empty>", "<none>", "<null>", "[null]", "n.a.", "n/a"),
        *("nan", "nil", "none", "null"),
        # German, French, Spanish, Portuguese, Italian, Dutch
        *("anonym", "gast", "k.a.", "keine angabe", "nicht angegeben", "niemand", "unbekannt", "unbekannter benutzer"),
        *("anonyme", "inconnu", "invité", "non renseigné", "non spécifié", "utilisateur inconnu"),
        *("anónimo", "desconocido", "invitado", "no especificado", "usuario desconocido"),
        *("anônimo", "convidado", "desconhecido", "não especificado", "não informado", "usuário desconhecido"),
        *("anonimo", "non specificato", "ospite", "sconosciuto", "utente sconosciuto"),
        *("anoniem", "niet opgegeven", "onbekend"),
    )
)
"""Words that stand in a person's place where there is none, as keys. A desk adds its own by `nobody_with`."""

MAY_JOIN: Mapping[str, str] = MappingProxyType(
    {
        "ann.lee@example.org and Ann.Lee@example.org": "the standard lets a mail server tell them apart; none does",
        "Yılmaz and Yilmaz": "YILMAZ is both, and desks write surnames in upper case",
        "Weiß and Weiss": "WEISS is both",
        "2.553 and 2553": "a number in groups of three; no desk counts tickets in thousandths",
        "12.0 and 12": "a spreadsheet took the id for a number; 12.5 stays as it is",
        "A² and A2": "compatible characters; a person who reads an id aloud says the same",
    }
)
"""Where a rule joins spellings that could be two: what, and why it is done."""

KEPT_APART: Mapping[str, str] = MappingProxyType(
    {
        "Lee, Ann and Ann Lee": "which of two words is the surname cannot be known",
        "ann.lee@example.org and ann.lee+desk@example.org": "what stands behind a plus may be a mailbox of its own",
        "ann.lee@a.example and ann.lee@b.example": "another house, another person",
        "Núñez and Nunez": "accents tell names apart",
        "7 and 007": "leading zeros belong to an id",
        "INC001 and inc001": "some systems count with both cases",
        "Ann <noreply@example.org> and Bo <noreply@example.org>": "the address is the program's, the name the person's",
        "Ann via Desk <desk@example.org> and Bo via Desk <desk@example.org>": "the address is the list's",
    }
)
"""What no rule joins although it may be one, and why; `triage customers same` joins persons by hand."""

_CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), 0x7F])
_INVISIBLE = _CONTROLS | dict.fromkeys(
    (
        *(0xAD, 0x34F, 0x61C, 0xFEFF),
        *(*range(0x80, 0x85), *range(0x86, 0xA0), *range(0x180B, 0x1810), *range(0x200B, 0x2010)),
        *(*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10)),
    )
)

_NUMBER = re.compile(
    # 2 553, 1,234,567, and 1,234.0 where what stands before the zero is no thousands separator
    r"(?P<grouped>[1-9]\d{0,2}(?P<separator>[ .,'\u2019])\d{3}(?:(?P=separator)\d{3})*)(?:(?!(?P=separator))[.,]00?)?"
    r"|(?P<whole>0|[1-9]\d*)[.,]00?",
    re.ASCII,
)
_DOTTED_I = re.compile("i\u0307+")
_NO_DIGIT = re.compile(r"\D+", re.ASCII)

_MARKS = frozenset("<([\"':")
"""Without one of them an address stands alone."""
_ONE_ADDRESS = r"(?:mailto:|smtp:)?(?P<address>[^\s<>()\[\]\",;:@]+@[^\s<>()\[\]\",;:@]+)"
_ADDRESSED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<name>[^<>]*)<\s?{_ONE_ADDRESS}\s?>",
        rf"(?P<name>[^()]*)\(\s?{_ONE_ADDRESS}\s?\)",
        rf"(?P<name>[^\[\]]*)\[\s?{_ONE_ADDRESS}\s?\]",
        rf"{_ONE_ADDRESS}\s?\((?P<name>[^()]*)\)",
        rf"(?P<name>)(?P<quote>[\"']?){_ONE_ADDRESS}(?P=quote)",
    )
)
_LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_BETWEEN_ADDRESSES = re.compile(r"[,;]")
_OF_A_PROGRAM = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply\b", re.IGNORECASE)
_OF_A_LIST = re.compile(r"\bvia\b", re.IGNORECASE)


def person_key(spelling: str, nobody: frozenset[str] = NOBODY) -> str | None:
    """The key of a person, the same for every spelling of an id, a name or an address; None for nobody.

    Args:
        spelling: as it came.
        nobody: keys that stand for no person; see `nobody_with`.
    """
    key = _first(_plain(_first_line(spelling)))
    if "@" in key:
        key = _address(key)
    key = _number(_folded(key))
    if key in nobody or not any(map(str.isalnum, key)):
        return None
    return key


def ticket_key(spelling: str) -> str:
    """The key of a ticket, the same for every spelling of its number; empty for one that says nothing."""
    if spelling.isascii() and spelling.isalnum():
        return spelling
    return _number(_plain(spelling))


def nobody_with(words: Iterable[str]) -> frozenset[str]:
    """The words for nobody, and a desk's own in whatever spelling."""
    return NOBODY | {key for word in words if (key := person_key(word, frozenset())) is not None}


def _plain(text: str) -> str:
    """The text in one form, without what cannot be seen, with single blanks."""
    if text.isascii():
        return " ".join((text if text.isprintable() else text.translate(_CONTROLS)).split())
    text = text.encode("utf-8", "replace").decode().translate(_INVISIBLE)  # half a surrogate pair cannot be kept
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _first_line(text: str) -> str:
    if text.isprintable():
        return text
    return next((line for line in text.splitlines() if line.strip()), "")


def _first(text: str) -> str:
    """The first of several people, where it is sure that they are several."""
    if "<" in text:
        text = next((part for each in _LINE_BREAK.split(text) if (part := each.strip())), "")
    if ";" in text and '"' not in text:
        text = next((part for each in text.split(";") if (part := each.strip())), "")
    if text.count("@") > 1:
        parts = _BETWEEN_ADDRESSES.split(text)
        if all("@" in part for part in parts):
            return parts[0].strip()
    return text


def _folded(text: str) -> str:
    """The text without upper case."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold().replace("\u0131", "i")
    folded = _DOTTED_I.sub("i", folded)
    return unicodedata.normalize("NFKC", folded)


def _number(text: str) -> str:
    """The digits of a number that a program wrote for people or as a fraction; anything else as it is."""
    if not text.endswith(("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")) or text.isdigit():
        return text
    if (found := _NUMBER.fullmatch(text)) is None:
        return text
    return found["whole"] or _NO_DIGIT.sub("", found["grouped"])


def _address(text: str) -> str:
    """The one address in the text if the rest is only its name; else the text."""
    if _MARKS.isdisjoint(text):
        return text
    for form in _ADDRESSED:
        if found := form.fullmatch(text):
            address, name = found["address"].strip("'"), found["name"].strip(" \"'")
            return address if _is_name_of(name, address) else text
    return text


def _is_name_of(name: str, address: str) -> bool:
    if not name or name.casefold() == address.casefold():
        return True
    if "@" in name or ";" in name:
        return False  # two people
    return not (_OF_A_PROGRAM.match(address) or _OF_A_LIST.search(name))
