"""Reads the file of sources, table by table and key by key; what does not fit is one sentence that names both.

What a value holds is repeated only where it cannot be a secret.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from triage.errors import UnusableSources
from triage.redaction import redact
from triage.sources import USUAL_FILE

__all__ = ["SourceTable", "read_file", "require_name", "tables_named"]

_KINDS = ("sources", "subscribers")
"""The tables that the file may have: whom tickets come from, and who is told of events."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""A variable's name; without an underscore it could be a key that somebody was given."""

_LONGEST_NAME = 80


def read_file(path: Path = USUAL_FILE) -> str:
    """The text of the file of sources; an empty one where the usual file is not there.

    Raises:
        UnusableSources: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if path == USUAL_FILE:
            return ""
        raise UnusableSources(f"{path} cannot be read: there is no such file.") from None
    except OSError as error:
        raise UnusableSources(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusableSources(f"{path} cannot be read: it is not UTF-8.") from error


def tables_named(text: str, file: str, kind: str) -> Mapping[str, object]:
    """The tables of one kind, by their names.

    Args:
        text: of the file.
        file: its name, for what is said of it.
        kind: `sources` or `subscribers`.

    Raises:
        UnusableSources: no TOML, or another kind of table.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusableSources(f"{file} is no TOML: {error}.") from None
    if unknown := [key for key in tables if key not in _KINDS]:
        known = " and ".join(f"[{each}.NAME]" for each in _KINDS)
        raise UnusableSources(f"{file} has {unknown[0]!r}. Known: tables named {known}.")
    found = tables.get(kind, {})
    if not isinstance(found, dict):
        raise UnusableSources(f"{file}: {kind} must be tables named [{kind}.NAME].")
    return found


def require_name(name: str, kind: str, file: str) -> None:
    """Makes sure that a source or a subscriber is named as it can be.

    Raises:
        UnusableSources: it is not.
    """
    if _NAME.fullmatch(name) is None:
        raise UnusableSources(f"{file}: a {kind} is named with a-z, 0-9, - and _, 40 at most; {name[:60]!r} is not.")


class SourceTable:
    """One table of the file.

    Args:
        file: its name, for what is said of it.
        path: of the table, as in its heading.
        table: as TOML has it.
        known: the keys that it may have; None for any.

    Raises:
        UnusableSources: it is no table, or has another key. A method raises it where a value does not fit.
    """

    def __init__(self, file: str, path: str, table: object, known: Collection[str] | None = None) -> None:
        self._file, self._path = file, path
        if not isinstance(table, Mapping):
            raise UnusableSources(f"{file}: [{path}] must be a table.")
        for key in table:
            if known is not None and key not in known:
                raise UnusableSources(f"{file}: [{path}] has {str(key)[:_LONGEST_NAME]!r}. Known: {', '.join(known)}.")
        self._table = table

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that it has."""
        return tuple(self._table)

    def refusal(self, key: str, must: str) -> UnusableSources:
        """What to raise where the value of a key does not fit: the key must … ."""
        return UnusableSources(f"{self._file}: [{self._path}] {key} must {must}.")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._table

    def below(self, key: str, known: Collection[str] | None = None) -> "SourceTable":
        """The table below a key; an empty one where there is none."""
        return SourceTable(self._file, f"{self._path}.{key}", self._table.get(key, {}), known)

    def text(self, key: str, must: str = "be a text") -> str:
        """A text that says something, and must be there."""
        value = self._table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(key, must)
        return self._no_secret(key, value.strip())

    def optional_text(self, key: str) -> str | None:
        """A text, or None where there is none."""
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, known: Collection[str], usual: str | None = None) -> str:
        """One of the known words, which must be there unless there is a usual one."""
        must = f"be one of {', '.join(known)}"
        if usual is not None and not self.has(key):
            return usual
        if (value := self.text(key, must)) not in known:
            raise self.refusal(key, must)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts in a list, or one alone; none where there is no such key."""
        value = self._table.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(each, str) and each.strip() for each in listed):
            raise self.refusal(key, "be a list of texts")
        return tuple(self._no_secret(key, each.strip()) for each in listed)

    def texts_by_name(self, key: str) -> dict[str, tuple[str, ...]]:
        """By name the texts in its list; none where there is no such key."""
        lists = self.below(key)
        found = {name: lists.texts(name) for name in lists.names}
        for name, listed in found.items():
            if not listed:
                raise lists.refusal(name, "list something, or not be there")
        return found

    def text_by_name(self, key: str) -> dict[str, str]:
        """By name one text; none where there is no such key."""
        values = self.below(key)
        return {name: values.text(name) for name in values.names}

    def variable(self, key: str) -> str:
        """The name of an environment variable, which must be there; the value itself is refused and not repeated."""
        return self._variable(key, self._table.get(key))

    def variables(self, key: str, most: int) -> tuple[str, ...]:
        """Names of one to so many environment variables, in a list or alone."""
        value = self._table.get(key)
        listed = value if isinstance(value, list) else [value]
        if not 1 <= len(listed) <= most:
            raise self.refusal(key, f"name one to {most} environment variables")
        return tuple(self._variable(key, each) for each in listed)

    def flag(self, key: str, usual: bool) -> bool:
        """Yes or no."""
        value = self._table.get(key, usual)
        if not isinstance(value, bool):
            raise self.refusal(key, "be true or false")
        return value

    def whole_number(self, key: str, least: int, most: int) -> int | None:
        """A whole number within bounds, or None where there is none."""
        value = self._table.get(key)
        if value is None:
            return None
        if type(value) is not int or not least <= value <= most:
            raise self.refusal(key, f"be a whole number from {least} to {most:,}")
        return value

    def whole_numbers(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """Whole numbers within bounds, in a list; none where there is no such key."""
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(type(each) is int and least <= each <= most for each in value):
            raise self.refusal(key, f"be a list of whole numbers from {least} to {most:,}")
        return tuple(value)

    def share(self, key: str, usual: float) -> float:
        """A share of a whole that is less than it."""
        value = self._table.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            raise self.refusal(key, "be a share from 0 to less than 1: 0.02 is 2 of 100")
        return float(value)

    def _variable(self, key: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > _LONGEST_NAME or _VARIABLE.fullmatch(value) is None:
            raise self.refusal(
                key, "be the name of an environment variable, written like DESK_TOKEN, and never the secret itself"
            )
        return value

    def _no_secret(self, key: str, value: str) -> str:
        if redact(value, frozenset({"secret", "url_user"})).counts:
            raise self.refusal(key, "not hold a secret: put it into an environment variable, and its name here")
        return value
