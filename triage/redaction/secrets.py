"""What opens something: passwords, keys, tokens, and who signs in within a link."""

import re
from collections.abc import Iterator

from triage.redaction.kinds import MARKS
from triage.redaction.spans import Span, lowered

__all__ = ["authorizations", "issued", "labelled", "options", "pins", "private_keys", "sign_ins"]

_KEY_BEGINS = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,60}-----")
_KEY_LINES = re.compile(r"(?:\s*+[A-Za-z0-9+/=]{16,}+(?!\w))*+")

_SIGN_IN = re.compile(r"(?<=://)[^\s/?#\"'<>]++")

_GAP = r"(?:[ \t]|<[^<>\n]{0,200}>){0,6}+"
_MARK = rf"(?:{'|'.join(map(re.escape, sorted(set(MARKS.values()))))})"
_VALUE = (
    rf"(?:\"(?P<in_double>(?:(?!{_MARK})(?:\\.|[^\"\\\n]))++)\"|'(?P<in_single>(?:(?!{_MARK})(?:\\.|[^'\\\n]))++)'"
    rf"|\\\"(?P<in_escaped>(?:(?!{_MARK})[^\"\\\n])++)\\\"|(?:\\?[\"'])?(?P<bare>(?:(?!{_MARK}|\\[\"'])[^\s<>\"'])++))"
)
_FORMS = ("in_double", "in_single", "in_escaped", "bare")
# A pattern here begins with letters, and looks back after them: what begins otherwise tries every letter of a text.
_ANNOUNCEMENT = (
    r"(?:pass(?:word|wort|wd|phrase|code)|kennwort|mot de passe|contrase[nñ]a|wachtwoord|api[ _-]?key"
    r"|(?:access|account|private|secret)[ _-]?key|secret|token"
    r"|pass(?<![^\W_]pass)|pwd(?<![^\W_]pwd)|pw(?<![^\W_]pw)|mdp(?<![^\W_]mdp)|senha(?<![^\W_]senha))"
)
_LABELLED = re.compile(
    rf"{_ANNOUNCEMENT}\\?[\"']?(?P<between>(?:[ \t]\(?[^\W\d_][\w-]{{0,20}}\)?){{0,3}}?)"
    rf"(?:{_GAP}(?P<sign>[:=]){_GAP}(?P<line>\r?\n[ \t]{{0,6}}+)?"
    rf"|[ \t](?:is|was|ist|war|lautet|est)[ \t]?:?[ \t]){_VALUE}"
)
_OPTION = re.compile(rf"--(?:[a-z]{{1,20}}-){{0,3}}{_ANNOUNCEMENT}[ \t]{{1,3}}{_VALUE}")
_NEXT_SETTING = re.compile(r";\s?[a-z][\w ]{0,30}=")
_AUTHORIZATION = re.compile(
    r"authorization\\?[\"']?[ \t]{0,3}[:=][ \t]{0,3}\\?[\"']?"
    r"(?P<scheme>(?:basic|bearer|digest|token|negotiate|ntlm|apikey)[ \t]{1,3})?(?P<bare>[^\s<>\"',;\[\\]++)"
    r"|bearer(?<!\wbearer)[ \t](?P<bearer>[\w.~+/=-]{16,}+)"
)
_PIN = re.compile(
    r"(?:pin|puk|tan|otp)(?<![^\W_](?:pin|puk|tan|otp))(?:[ -]?(?:code|nr|nummer|number))?\.?"
    rf"(?:{_GAP}[:=]{_GAP}|[ \t](?:is|ist|lautet|est)[ \t])(?P<digits>\d{{4,8}}+)(?!\w)"
)
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


def private_keys(text: str) -> Iterator[Span]:
    """Blocks from their first line to their last; without a last line those that look like base64."""
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


def sign_ins(text: str) -> Iterator[Span]:
    """Who signs in within a link, and with what: all up to the last `@` before the path."""
    for found in _SIGN_IN.finditer(text):
        user = found[0].rpartition("@")[0]
        if user and not any(mark in user for mark in MARKS.values()):
            yield found.start(), found.start() + len(user)


def authorizations(text: str) -> Iterator[Span]:
    """Values of a request's header, and what somebody bears."""
    small = lowered(text)
    at = 0
    while (found := _AUTHORIZATION.search(small, at)) is not None:
        name = "bearer" if found["bare"] is None else "bare"
        at = found.start(name)
        if found["scheme"] or _looks_secret(found[name]):
            at = found.end(name)
            yield found.span(name)


def labelled(text: str) -> Iterator[Span]:
    """Values of `password:` and its like; behind a longer phrase only what looks like no word."""
    small = lowered(text)
    at = 0
    while (found := _LABELLED.search(small, at)) is not None:
        start, value = _value(found, found["sign"] == "=")
        at = start
        between = found["between"].split()
        is_direct = found["sign"] and not between and not found["line"]
        is_secret = value not in _NO_SECRET if is_direct else _looks_secret(value)
        is_place = value.startswith("/") or "://" in value  # PWD is where a shell stands, too
        if value and is_secret and not is_place and _NO_SECRET.isdisjoint(between):
            at = start + len(value)
            yield start, at


def options(text: str) -> Iterator[Span]:
    """Values behind `--password` and its like on a command line."""
    for found in _OPTION.finditer(lowered(text)):
        start, value = _value(found, is_setting=False)
        if value and not value.startswith("-"):
            yield start, start + len(value)


def _value(found: re.Match[str], is_setting: bool) -> tuple[int, str]:
    """Where a value begins, and the value; what follows it belongs to the sentence, or is the next setting of many."""
    name = next(name for name in _FORMS if found[name] is not None)
    value = found[name]
    if name == "bare":
        if is_setting:
            value = value.partition("&")[0]
            if (following := _NEXT_SETTING.search(found.string, found.start(name), found.end(name) + 40)) is not None:
                value = value[: max(0, following.start() - found.start(name))]
        value = value.rstrip(_CLOSING)
    return found.start(name), value


def pins(text: str) -> Iterator[Span]:
    """Numbers that somebody types to be let in."""
    for found in _PIN.finditer(lowered(text)):
        yield found.span("digits")


def issued(text: str) -> Iterator[Span]:
    """What is known by how it begins."""
    for found in _ISSUED.finditer(text):
        yield found.span()


def _looks_secret(value: str) -> bool:
    """Whether a value is neither a number nor made of words."""
    has_letter, has_other = any(map(str.isalpha, value)), any(not c.isalpha() and c not in "-'." for c in value)
    return len(value) >= 6 and " " not in value and has_letter and has_other
