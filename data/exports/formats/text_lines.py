"""Lines of a text export in whatever encoding a desk's tool wrote, plain or gzip."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from charset_normalizer import from_bytes

from triage.errors import UnusableFile

__all__ = ["TextLines"]

_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = {  # code page -> the accents of its languages, the commonest page first
    "cp1252": frozenset("äöüßéèêëàâáãåæçîïíñóòôõøùúûœ"),
    "cp1250": frozenset("ąćęłńóśźżáčďéěíňřšťúůýžöőüűĺľŕôäăâîđ"),
    "cp1254": frozenset("ışğçöüâîû\u0307"),  # an İ in lower case is an i and a dot
}
_OTHERS = ("cp1251", "cp1253", "cp1255", "cp1256", "cp1257", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949")
_BROKEN_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)


class TextLines:
    """The lines of a file, with their ends, decoded once; a context manager that closes the file.

    The whole file is looked at for its encoding, because one umlaut in the last megabyte decides. What cannot be
    decoded becomes the replacement character and is counted in `n_damaged_lines`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = max(path.stat().st_size, 1)
        self.encoding = _encoding(path)
        self.n_damaged_lines = 0
        self._file = path.open("rb")
        self._text = self._opened()

    def _opened(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(_unpacked(self._path, self._file), encoding=self.encoding, errors="replace", newline="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._text.close()
        self._file.close()  # a gzip stream leaves open what it did not open

    def __iter__(self) -> Iterator[str]:
        """The lines as they stand there, from the first one on.

        Raises:
            UnusableFile: The gzip stream breaks off or is none.
        """
        if self._file.tell():
            self._text.detach()
            self._file.seek(0)
            self._text = self._opened()
        self.n_damaged_lines = 0
        try:
            for line in self._text:
                if "\ufffd" in line:
                    self.n_damaged_lines += 1
                yield line
        except _BROKEN_GZIP as error:
            raise _broken(self._path, error) from error

    @property
    def progress_ratio(self) -> float:
        """Bytes of the file consumed so far, 0 to 1."""
        return 1.0 if self._file.closed else min(1.0, self._file.tell() / self._size)

    @property
    def notes(self) -> tuple[str, ...]:
        """The encoding where it is not UTF-8, and how many lines it could not explain."""
        notes = []
        if not self.encoding.startswith("utf-8"):
            notes.append(f"The file was read as {self.encoding}.")
        if self.n_damaged_lines:
            notes.append(
                f"{self.n_damaged_lines:,} lines hold characters that could not be read as {self.encoding} "
                "and stand there as \ufffd."
            )
        return tuple(notes)


def _unpacked(path: Path, file: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=file)) if path.name.lower().endswith(".gz") else file


def _broken(path: Path, error: Exception) -> UnusableFile:
    return UnusableFile(f"{path.name} is not a complete gzip file: {error}.")


def _encoding(path: Path) -> str:
    """The file's encoding: its byte order mark, UTF-8 if all of it is, else what a sample looks like."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        stream = _unpacked(path, file)
        try:
            block = stream.read(_BLOCK)
            for mark, encoding in _BOMS:
                if block.startswith(mark):
                    return encoding
            if (wide := _wide(block)) is not None:
                return wide
            while block:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    return _guessed(block)
                block = stream.read(_BLOCK)
        except _BROKEN_GZIP as error:
            raise _broken(path, error) from error
    return "utf-8"


def _wide(block: bytes) -> str | None:
    """UTF-16 without a byte order mark: in Western text every second byte is zero."""
    head = block[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < 0.2 * len(head) or min(even, odd) > 0.05 * len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _guessed(block: bytes) -> str:
    """The encoding of a block that is not valid UTF-8.

    UTF-8 with a few broken bytes stays UTF-8. Where the words read well in one of the Latin code pages it is that one,
    for a few umlauts would fit most; only other scripts are left to a statistical guess.
    """
    text = block.decode("utf-8", errors="replace")
    n_broken = text.count("\ufffd")
    if sum(not character.isascii() for character in text) > 2 * n_broken:
        return "utf-8"
    telling = b"\n".join(line for line in block.splitlines() if not line.isascii())[: 1 << 16]
    for page, accents in _LATIN.items():
        with suppress(UnicodeDecodeError):
            if _reads_well(telling.decode(page).lower(), accents):
                return page
    best = from_bytes(telling, cp_isolation=list(_OTHERS)).best()
    return "cp1252" if best is None else best.encoding


def _reads_well(text: str, accents: frozenset[str]) -> bool:
    """Four of five words that are not plain have usual accents only, and hardly more of them than plain letters."""
    words = [
        (word, [letter for letter in word if not letter.isascii()])
        for word in _WORD.findall(text)
        if not word.isascii()
    ]
    n_usual = sum(len(found) <= max(2, len(word) // 2) and accents.issuperset(found) for word, found in words)
    return n_usual >= 0.8 * len(words)
