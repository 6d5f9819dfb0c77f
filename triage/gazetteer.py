"""Finds the names of a list in a text: services, devices, applications and sites as people really write them.

A text and a name are cut into words at everything that is no letter and no digit, and where a small letter meets a
capital. Case, accents and a plural make no difference, and neither do blanks, hyphens or their absence within a name:
words are held against names joined. Names are walked word by word from each word of the text, so a text costs what its
own length costs, however long the list is.

A slip of the keyboard (one letter wrong, missing, too many, or two swapped) is known in words of six letters and more.
It leaves one half of the word intact, so words that share a half are all that has to be compared.

Short names, and names that are ordinary words, count only where they are written as listed and with a capital that the
place does not explain. Where two names may be meant, neither is.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from triage.ordinary_words import ORDINARY_WORDS
from triage.redaction import MARKS
from triage.text import MAX_CHARACTERS

__all__ = ["Gazetteer", "ListedName", "Mention", "Spelling", "fold"]

Spelling = Literal["exact", "compound", "capitals", "typo"]
"""How a name stands in a text: as listed but for case, plural and hyphens; within a longer word; as listed to the
letter, for a name that is short or an ordinary word; mistyped."""

LONGEST_NAME = 8
"""Words of a name; a longer one is a sentence."""

SHORTEST_TYPO = 6
"""Letters of a word in which one slip is known: of shorter ones too many are one letter from another word."""

_SHORTEST_PART = 5
"""The same where further words of the name stand beside it."""

MOST_SLIPS = 600
"""Different words of one text that are held against names for slips; the longest ones, as they tell most."""

SHORT = 2
"""Letters of a name that is looked for only as listed."""

_SHORTEST_COMPOUND, _SHORTEST_REST = 6, 4
"""Letters of a name that is found within a word, and of what the word has beside it."""

_LONGEST_COMPOUND = 60
"""Letters of a word that is taken apart; a longer one is a token or a picture, pasted."""

_WORD = re.compile(r"[^\W_]+")
_DECOMPOSED = re.compile("[\u0300-\u036f]")
_DECOMPOSED_WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")
_HUMP = re.compile(r"(?<=[a-zäöüß]{2})(?=[A-ZÄÖÜ])")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n>*•])[\s\"'(\[„“»-]*$")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SHORTEST_STEMMED = 6
_MARK = re.compile("|".join(map(re.escape, sorted(set(MARKS.values())))))


@dataclass(frozen=True, slots=True)
class ListedName:
    """Something that a desk lists.

    Attributes:
        name: as it is shown.
        kind: what it is, in the desk's word: `service`, `configuration_item`, `application`, `site`.
        aliases: what else people call it.
        owner: the group that looks after it; None where nobody said.
    """

    name: str
    kind: str = "service"
    aliases: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names something.

    Attributes:
        listed: what is named.
        start, end: where, in characters of the text.
        spelling: how it is written there.
    """

    listed: ListedName
    start: int
    end: int
    spelling: Spelling


_Token = tuple[str, int, int]
"""A word of a text, folded, and where it begins and ends."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A way to write a listed name, and whether it must stand exactly so."""

    listed: ListedName
    written: str
    is_strict: bool


class Gazetteer:
    """The names of a list, ready to be found.

    Args:
        names: the list; one that has neither letter nor digit, or more than eight words, is left out.
    """

    def __init__(self, names: Iterable[ListedName] = ()) -> None:
        entries: defaultdict[str, list[_Entry]] = defaultdict(list)
        beginnings: set[str] = set()
        name_words: set[str] = set()
        self.n_names = 0
        for listed in names:
            self.n_names += 1
            for written in dict.fromkeys((listed.name, *listed.aliases)):
                keys = [key for key, _, _ in _tokens(written)]
                if not 1 <= len(keys) <= LONGEST_NAME:
                    continue
                joined = "".join(keys)
                entries[joined].append(_Entry(listed, written.strip(), _is_strict(written, keys)))
                beginnings.update("".join(keys[:n]) for n in range(1, len(keys) + 1))
                name_words.update(keys if len(_WORD.findall(written)) == len(keys) else (*keys, joined))
        self._entries = dict(entries)
        self._beginnings = frozenset(beginnings)
        self._words = frozenset(name_words)
        self._halves = _halves(name_words)

    def __bool__(self) -> bool:
        """Whether anything is listed."""
        return bool(self._entries)

    def find(self, text: str, real_words: Set[str] = frozenset()) -> list[Mention]:
        """Where the text names something, in order; of names that overlap the longest.

        Args:
            text: as it was written or redacted; beyond `MAX_CHARACTERS` it is not looked at.
            real_words: as `fold` gives them, that are right as they are, and so no slips.
        """
        text = _without_marks(text[:MAX_CHARACTERS])
        if not self._entries or not text:
            return []
        tokens = _tokens(text)
        meant = self._corrected(tokens, real_words)
        found: list[Mention] = []
        for at, key in enumerate(meant):
            if key in self._beginnings:
                found += self._mentions_from(at, tokens, meant, text)
            elif _SHORTEST_COMPOUND + _SHORTEST_REST <= len(key) <= _LONGEST_COMPOUND:
                found += self._within(*tokens[at])
        return _longest(found)

    def _mentions_from(self, at: int, tokens: Sequence[_Token], meant: Sequence[str], text: str) -> Iterator[Mention]:
        """What is named by the words from one on; every length, as the caller takes the longest."""
        key, start, is_typo = "", tokens[at][1], False
        for last in range(at, min(at + LONGEST_NAME, len(tokens))):
            key += meant[last]
            if key not in self._beginnings:
                return
            is_typo = is_typo or meant[last] != tokens[last][0]
            if is_typo and len(key) < SHORTEST_TYPO:
                continue
            if entries := self._entries.get(key):
                yield from _mention(entries, start, tokens[last][2], text, is_typo=is_typo)

    def _within(self, key: str, start: int, end: int) -> Iterator[Mention]:
        """The name that a compound begins or ends with, as German ones do: `Intranetseite`."""
        for length in range(len(key) - _SHORTEST_REST, _SHORTEST_COMPOUND - 1, -1):
            for part in (key[:length], key[-length:]):
                entries = [entry for entry in self._entries.get(part, ()) if not entry.is_strict]
                if (listed := _one_of(entries)) is not None:
                    yield Mention(listed, start, end, "compound")
                    return

    def _corrected(self, tokens: Sequence[_Token], real_words: Set[str]) -> list[str]:
        """The words as they were meant: one that no name has, but a slip makes one of a name, is that one."""
        words = {key for key, _, _ in tokens} - self._words - ORDINARY_WORDS - real_words
        slips = [key for key in sorted(words, key=len) if len(key) >= _SHORTEST_PART - 1 and key.isalpha()]
        known = {key: self._nearest(key) for key in slips[-MOST_SLIPS:]}
        return [known.get(key, key) for key, _, _ in tokens]

    def _nearest(self, key: str) -> str:
        """The one word of a name that is a slip away; the word itself where there is none, or more than one."""
        n, halves = len(key), self._halves
        near: set[str] = set()
        for length in (n - 1, n, n + 1):
            half = length // 2
            for part in ((length, key[:half]), (-length, key[half - length :])):
                if words := halves.get(part):
                    near.update(
                        word for word, _, _ in extract(key, words, scorer=OSA.distance, score_cutoff=1, limit=2)
                    )
        swapped = key[: n // 2 - 1] + key[n // 2] + key[n // 2 - 1] + key[n // 2 + 1 :]
        if swapped in self._words:  # two letters swapped across the middle leave no half as it was
            near.add(swapped)
        return near.pop() if len(near) == 1 else key


def fold(word: str) -> str:
    """A word as it is compared: lower case, without accents, umlauts in two letters, without a plural's ending."""
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word).casefold().translate(_GERMAN)
        word = "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
    else:
        word = word.lower()
    if len(word) >= _SHORTEST_STEMMED - 1 and word[-1] == "s" and word[-2] != "s":
        word = word[:-1]
    if len(word) >= _SHORTEST_STEMMED and word[-1] in "en":
        return word[:-2] if word[-2:] == "en" else word[:-1]
    return word


def _tokens(text: str) -> list[_Token]:
    """The words of a text in order; `SharePoint` is two."""
    tokens: list[_Token] = []
    folded: dict[str, str] = {}
    pattern = _DECOMPOSED_WORD if not text.isascii() and _DECOMPOSED.search(text) else _WORD
    for word in pattern.finditer(text):
        written, (start, end) = word[0], word.span()
        if (key := folded.get(written)) is None:
            if _HUMP.search(written):
                for piece in _HUMP.split(written):
                    tokens.append((fold(piece), start, start + len(piece)))
                    start += len(piece)
                continue
            key = folded[written] = fold(written)
        tokens.append((key, start, end))
    return tokens


def _without_marks(text: str) -> str:
    """The text with blanks where something was redacted, so that every place stays what it is."""
    if "[" not in text:
        return text
    return _MARK.sub(lambda mark: " " * len(mark[0]), text)


def _is_strict(written: str, keys: Sequence[str]) -> bool:
    """Whether a name is so short, or so ordinary, that only its exact spelling says that it is meant."""
    if len(keys) > 1:
        return False
    return len(keys[0]) <= SHORT or _is_ordinary(written)


def _is_ordinary(written: str) -> bool:
    lowered = unicodedata.normalize("NFKC", written.strip()).casefold().translate(_GERMAN)
    return lowered in ORDINARY_WORDS or fold(written.strip()) in ORDINARY_WORDS


def _halves(name_words: Iterable[str]) -> dict[tuple[int, str], tuple[str, ...]]:
    """Words in which a slip is known, by length and first half, and by negative length and second half."""
    halves: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for word in name_words:
        if len(word) >= _SHORTEST_PART and word.isalpha():
            length, half = len(word), len(word) // 2
            halves[length, word[:half]].append(word)
            halves[-length, word[half:]].append(word)
    return {part: tuple(words) for part, words in halves.items()}


def _mention(entries: Sequence[_Entry], start: int, end: int, text: str, *, is_typo: bool) -> Iterator[Mention]:
    """The place as a mention of what it names; nothing where that is two things, or only looks like it."""
    lenient = [entry for entry in entries if not entry.is_strict]
    if lenient:
        if (listed := _one_of(lenient)) is not None:
            yield Mention(listed, start, end, "typo" if is_typo else "exact")
        return
    if not _has_telling_capital(text, start, end):
        return
    if (listed := _one_of([entry for entry in entries if entry.written == text[start:end]])) is not None:
        yield Mention(listed, start, end, "capitals")


def _one_of(entries: Sequence[_Entry]) -> ListedName | None:
    """What is meant, where it is one name alone; of two kinds of thing with one name the one that is listed first."""
    if not entries:
        return None
    first = entries[0].listed
    if len(entries) > 1 and any(entry.listed.name.casefold() != first.name.casefold() for entry in entries):
        return None
    return first


def _has_telling_capital(text: str, start: int, end: int) -> bool:
    """Whether a word has a capital that neither the beginning of a sentence nor a text all in capitals explains."""
    word = text[start:end]
    if word == word.lower() or text[start - 1 : start] == "-":  # the rest of another word: `Scan-to-Mail`
        return False
    around = text[max(start - 60, 0) : start] + text[end : end + 60]
    is_shouted = around == around.upper() and around != around.lower()
    begins = _SENTENCE_END.search(text[max(start - 20, 0) : start]) is not None
    return not is_shouted and (not begins or word[1:] != word[1:].lower())


def _longest(found: Sequence[Mention]) -> list[Mention]:
    """The mentions in their order, none within or across another: the longer one stays, of equals the surer one."""
    kept: list[Mention] = []
    is_taken = bytearray(max((mention.end for mention in found), default=0))
    for mention in sorted(found, key=lambda one: (one.start - one.end, one.spelling == "typo", one.start)):
        if not any(is_taken[mention.start : mention.end]):
            is_taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            kept.append(mention)
    return sorted(kept, key=lambda one: one.start)
