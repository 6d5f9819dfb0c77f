"""What the sender of a mail wrote: without the mails it answers, without signature and legal footer.

A desk's queue is full of mails that answer others or pass them on. What is quoted speaks of what was, a signature of
who writes; both are often longer than the lines that matter. Another language is a phrase in each list of
`thread.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["own_subject", "own_words"]

MAX_CHARACTERS = 200_000
"""Text that is searched for quoted mails; a ticket is cut far below."""

MAX_MESSAGES = 50
"""Mails within a mail that are told apart."""

ENOUGH_WORDS = 5
"""Words that say something, from which a mail stands for itself; below, the one that it passes on is read too."""

MAX_SIGNATURE_LINES = 12
MAX_SIGNATURE_WIDTH = 110
"""What is longer or wider is no signature, whatever stands before it."""

MAX_HEADER_LINES = 9
MAX_HEADING = 400
"""Characters of the line over a quoted mail, which a mail program may have broken in two."""

_PHRASES = tomllib.loads((Path(__file__).parent / "thread.toml").read_text(encoding="utf-8"))
_LEAD = " \t\r\xa0>*_[(|-=~\ufeff"
_BEGINNINGS = frozenset(
    phrase[:2]
    for name in ("from", "dividers", "closings", "short_closings", "devices", "footers")
    for phrase in _PHRASES[name]
)
_IN_FRONT = r"[ \t\xa0>*_|]{0,20}"


def _any_of(*names: str) -> str:
    return f"(?:{'|'.join(phrase for name in names for phrase in _PHRASES[name])})"


def _header(name: str) -> re.Pattern[str]:
    return re.compile(rf"{_IN_FRONT}{_any_of(name)}\s?\*?\s?[:：]{{1,2}}\*?(.*)", re.IGNORECASE | re.DOTALL)


_FROM = _header("from")
_HEADERS = {name: _header(name) for name in ("sent", "to", "subject", "beside")}
_WROTE = re.compile(rf"\b{_any_of('wrote')}\b", re.IGNORECASE)
_ATTRIBUTION = re.compile(rf"{_IN_FRONT}{_any_of('attributions')}\b", re.IGNORECASE)
_DATED = re.compile(r"\d|@")
_DIVIDER = re.compile(
    rf"{_IN_FRONT}(?:[-_=~]{{2,60}}\s{{0,5}}{_any_of('dividers')}\s{{0,5}}[-_=~]{{0,60}}|{_any_of('dividers')}\s?:)\s*\Z",
    re.IGNORECASE,
)
_BAR = re.compile(r"\s*[-_=*~]{5,}\s*\Z")
_DASHES = re.compile(r"\s*--\s?\Z")
_CLOSING = re.compile(
    rf"\s*(?:{_any_of('closings')}(?:\s*[,.!:;-]*|,?\s{{1,3}}(?:[\w.'-]{{1,40}}\s{{0,3}}){{1,4}})"
    rf"|{_any_of('short_closings')}\s*(?:[,.!-]{{0,3}}|,\s{{1,3}}(?:[\w.'-]{{1,40}}\s{{0,3}}){{1,3}}))\s*\Z",
    re.IGNORECASE,
)
_DEVICE = re.compile(rf"\s*{_any_of('devices')}.{{0,60}}\Z", re.IGNORECASE)
_FOOTER = re.compile(rf"[\s*_(\[]{{0,20}}{_any_of('footers')}", re.IGNORECASE)
_AFTERWARDS = re.compile(r"\s*p\.?\s?s\.?\s?[:.]", re.IGNORECASE)
_QUOTED = re.compile(r"[ \t\xa0]{0,3}(?:>|\|\s>)(?!>> )")
_MARK = re.compile(r"[ \t\xa0]{0,3}(?:\|\s)?>[ \t\xa0]?")
_MARKS = frozenset("> \t\xa0|")
_WORD = re.compile(r"[^\W_]{2,}")
_FILLERS = frozenset(_PHRASES["fillers"].split())
_REPLY = re.compile(
    rf"\s*(?:{_any_of('replies')}\s{{0,2}}(?:\[\d{{1,3}}\])?\s{{0,2}}[:：]|\[(?:ext|external|extern)\]:?)\s*",
    re.IGNORECASE,
)


def own_subject(subject: str) -> str:
    """A subject without the `RE:` and `FW:` that mail programs put before it; the very same object without those."""
    if ":" not in subject and "：" not in subject and "[" not in subject:
        return subject
    at = 0
    while (found := _REPLY.match(subject, at)) is not None:
        at = found.end()
    return subject[at:] if at else subject


def own_words(text: str) -> str:
    """What the sender wrote, without quoted mails, signatures and disclaimers; the very same object without those.

    Where somebody only passes a mail on ("FYI", "please see below", nothing at all), what was passed on stays: mail
    after mail, until enough is said.
    """
    if "\n" not in text:
        return text
    lines = text[:MAX_CHARACTERS].split("\n")
    if not any(_may_be_around(line) and _is_around(lines, i) for i, line in enumerate(lines)):
        return text
    kept: list[str] = []
    n_said = 0
    for message in _messages(lines):
        if n_said < ENOUGH_WORDS:
            own = _without_footers(message)
            n_said += _n_telling(own)
            kept += own
    if len(kept) == len(lines):
        return text
    return "\n".join(kept) if any(map(_WORD.search, kept)) else text


def _may_be_around(line: str) -> bool:
    """Whether a line may be anything but the sender's own words; most lines are none such, and that is quickly seen."""
    bare = line.lstrip(_LEAD)
    return (
        bare[:2].lower() in _BEGINNINGS
        or (line[:1] in _MARKS and _QUOTED.match(line) is not None)
        or (line.startswith("--") and _DASHES.match(line) is not None)
        or line.rstrip().endswith((":", "："))
    )


def _is_around(lines: Sequence[str], i: int) -> bool:
    """Whether this line is quoted, announces a quoted mail, or may begin a signature or a footer."""
    line = lines[i]
    return (
        _heading(lines, i)[1] > 0
        or _QUOTED.match(line) is not None
        or _DASHES.match(line) is not None
        or _CLOSING.match(line) is not None
        or _DEVICE.match(line) is not None
        or _FOOTER.match(line) is not None
    )


def _messages(lines: Sequence[str]) -> Iterator[list[str]]:
    """The mail and those that it quotes, the newest first, each as its lines without what announced it."""
    waiting = [lines]
    for _ in range(MAX_MESSAGES):
        if not waiting:
            return
        own, marked, rest = _split(waiting.pop(0))
        if rest:
            waiting.insert(0, rest)
        if marked:
            waiting.append([_MARK.sub("", line) for line in marked])
        yield own


def _split(lines: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """A mail's own lines, those that are marked as quoted, and the lines of the mail that is quoted as a whole."""
    own: list[str] = []
    marked: list[str] = []
    i = 0
    is_announced = False
    while i < len(lines):
        if _QUOTED.match(lines[i]):
            n = _quoted_run(lines, i)
            (marked if is_announced or n > 1 else own).extend(lines[i : i + n])
            i += n
            is_announced = False
            continue
        n_before, n, subject = _heading(lines, i) if _may_be_around(lines[i]) else (0, 0, "")
        if not n or not any(map(_WORD.search, own)):  # before anything is said these are the mail's own headers
            is_announced = is_announced and not n and not lines[i].strip()
            n = max(n, 1)
            own += lines[i : i + n]
            i += n
            continue
        del own[len(own) - n_before :]
        i += n
        if not any(map(_QUOTED.match, lines[i : i + 3])):
            return own, marked, [subject, *lines[i:]] if subject else list(lines[i:])
        is_announced = True
    return own, marked, []


def _quoted_run(lines: Sequence[str], start: int) -> int:
    """How many lines from here on are marked as quoted, empty ones between them included."""
    n = 0
    for i in range(start, len(lines)):
        if _QUOTED.match(lines[i]):
            n = i - start + 1
        elif lines[i].strip():
            break
    return n


def _heading(lines: Sequence[str], i: int) -> tuple[int, int, str]:
    """Which lines announce a quoted mail, and its subject where they name one.

    Returns:
        how many lines before this one belong to them, how many from this one on (0 where nothing is announced), and the
        subject.
    """
    line = lines[i]
    if _DIVIDER.match(line):
        return 0, 1, ""
    if ":" not in line and "：" not in line:
        return 0, 0, ""
    if _FROM.match(line):
        return 0, *_header_block(lines, i)
    bare = line.rstrip(" \t\r\xa0*_")
    if not bare.endswith((":", "：")) or len(bare) > MAX_HEADING or not _WROTE.search(bare):
        return 0, 0, ""
    before = lines[i - 1] if i and not _ATTRIBUTION.match(bare) else ""
    if len(before) <= MAX_HEADING and _ATTRIBUTION.match(before) and _DATED.search(before):
        return 1, 1, ""
    return (0, 1, "") if _DATED.search(bare) else (0, 0, "")


def _header_block(lines: Sequence[str], start: int) -> tuple[int, str]:
    """The headers of a quoted mail: sender and subject, and when or to whom it was sent."""
    found: dict[str, str] = {}
    n = 1
    for i in range(start + 1, min(start + MAX_HEADER_LINES, len(lines))):
        for name, pattern in _HEADERS.items():
            if (header := pattern.match(lines[i])) is not None:
                found.setdefault(name, header[1].strip())
                n = i - start + 1
                break
        else:
            if "subject" in found or not lines[i].strip():
                break
    return (n, own_subject(found["subject"])) if "subject" in found and len(found) > 1 else (0, "")


def _without_footers(lines: list[str]) -> list[str]:
    """A mail's lines without what gateways and telephones add, and without its signature."""
    lines = _without_paragraphs(lines)
    said = [i for i, line in enumerate(lines) if line.strip()]
    for i in said[-2 * MAX_SIGNATURE_LINES :]:
        line = lines[i]
        if i == said[0] or not (_may_be_around(line) and (_DASHES.match(line) or _CLOSING.match(line))):
            continue
        after = next((j for j in range(i, len(lines)) if _AFTERWARDS.match(lines[j])), len(lines))
        signature = [line for line in lines[i:after] if line.strip()]
        if len(signature) <= MAX_SIGNATURE_LINES + 1 and max(map(len, signature)) <= MAX_SIGNATURE_WIDTH:
            return lines[:i] + lines[after:]
    while said and _BAR.match(lines[said[-1]]):
        lines = lines[: said.pop()]
    return lines


def _without_paragraphs(lines: list[str]) -> list[str]:
    kept = []
    is_footer = False
    for line in lines:
        may_be = _may_be_around(line)
        is_footer = bool(line.strip()) and (is_footer or (may_be and _FOOTER.match(line) is not None))
        if not is_footer and not (may_be and _DEVICE.match(line)):
            kept.append(line)
    return kept


def _n_telling(lines: Sequence[str]) -> int:
    """How many words say something; not counted on once they are enough."""
    n = 0
    for line in lines:
        n += sum(word not in _FILLERS for word in _WORD.findall(line.lower()))
        if n >= ENOUGH_WORDS:
            break
    return n
