"""The journal: who let which version serve, or set what of it, and when; lines are only ever added.

    models/promotions.jsonl    one JSON object a line, beside the bundles that serving reads

What to go back to is read from it, so that a rollback needs nothing but this folder.
"""

import getpass
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from models.registry import champion_version, return_to_version
from triage.errors import NoModel, NotFound

__all__ = [
    "Entry",
    "former_champion",
    "has_served",
    "journal_stamp",
    "read_journal",
    "roll_back",
    "serve_again",
    "write_entry",
]

_JOURNAL = "promotions.jsonl"

Event = Literal["promoted", "refused", "rolled back", "set"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, or was refused.

    Attributes:
        at: when, aware.
        who: who asked: the user of the operating system, or whoever a program asks for.
        event: what came of it.
        before: the champion until then; None where there was none.
        version: the version that was asked for, or gone back to.
        objections: the rules of the gate that spoke against it; a promotion that has some was forced.
        reason: why it was forced, in that person's words.
        change: what was set, before and after; None for other events.
        evidence: what those rules say, a sentence each, with numbers.
    """

    at: datetime
    who: str
    event: Event
    before: str | None
    version: str
    objections: tuple[str, ...] = ()
    reason: str | None = None
    change: str | None = None
    evidence: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON wants it."""
        return asdict(self) | {"at": self.at.isoformat()}

    def __str__(self) -> str:
        """In words, for people."""
        moment = f"{self.at:%Y-%m-%d %H:%M} UTC"
        rules = ", ".join(self.objections)
        if self.event == "refused":
            return f"{moment}: refused to {self.who} in place of {self.before} ({rules})"
        if self.event == "set":
            return f"{moment}: set by {self.who}: {self.change}"
        forced = f", forced against {rules}: {self.reason}" if rules else ""
        place = f" in place of {self.before}" if self.before else ""
        return f"{moment}: {self.event} by {self.who}{place}{forced}"


def write_entry(  # noqa: PLR0913  (what is named is a field of the line)
    bundles: Path,
    event: Event,
    version: str,
    *,
    before: str | None,
    objections: Iterable[str] = (),
    reason: str | None = None,
    change: str | None = None,
    evidence: Iterable[str] = (),
    who: str | None = None,
) -> Entry:
    """Add a line to the journal, seen onto the disk.

    Whatever lets a version serve comes through here, by command line or over HTTP.
    """
    entry = Entry(
        at=datetime.now(UTC),
        who=who or _user(),
        event=event,
        before=before,
        version=version,
        objections=tuple(objections),
        reason=reason,
        change=change,
        evidence=tuple(evidence),
    )
    bundles.mkdir(parents=True, exist_ok=True)
    line = json.dumps(entry.as_dict(), ensure_ascii=False)
    with (bundles / _JOURNAL).open("ab+") as file:
        if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
            line = f"\n{line}"  # the line before broke off; this one must not go down with it
        file.write(f"{line}\n".encode("utf-8", "surrogateescape"))
        file.flush()
        os.fsync(file.fileno())
    return entry


def read_journal(bundles: Path) -> list[Entry]:
    """What happened, oldest first; a line that broke off, as when a disk is full, is passed over."""
    try:
        lines = (bundles / _JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [entry for line in lines if (entry := _entry(line)) is not None]


def journal_stamp(bundles: Path) -> tuple[int, int] | None:
    """What is another one when the journal was added to; None where there is none yet."""
    try:
        found = (bundles / _JOURNAL).stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def former_champion(entries: Iterable[Entry], champion: str) -> str | None:
    """What served before the champion did, as somebody who goes back step by step counts it; None at the beginning.

    Promotions pile up, a rollback takes the top away: after 1, 2, 3 and a rollback the former champion is 1.
    """
    pile: list[str] = []
    for entry in entries:
        if entry.event == "promoted":
            if entry.before is not None and entry.before not in pile[-1:]:
                pile.append(entry.before)  # it was promoted before there was a journal
            pile.append(entry.version)
        elif entry.event == "rolled back":
            while pile and pile[-1] != entry.version:
                pile.pop()
    while pile and pile[-1] != champion and champion in pile:
        pile.pop()
    # A champion that the pile does not know was pointed to by a promotion that broke off before it was written down.
    below = pile[:-1] if pile and pile[-1] == champion else pile
    return below[-1] if below else None


def roll_back(bundles: Path, *, who: str | None = None) -> Entry:
    """Let the former champion serve again: verify the copy that was kept, then point to it.

    Args:
        bundles: the folder that serving reads.
        who: asks for it; the user of the operating system where nobody is named.

    Raises:
        NoModel: nothing was promoted yet.
        NotFound: there is nothing to go back to.
        ModelUnusable: the former champion's copy may not serve; the champion stays as it is.
    """
    champion = champion_version(bundles)
    if champion is None:
        raise NoModel("No model was promoted yet, so there is nothing to go back to.")
    former = former_champion(read_journal(bundles), champion)
    if former is None:
        raise NotFound(f"There is nothing to go back to: no champion before model {champion} is known.")
    return_to_version(bundles, former)
    return write_entry(bundles, "rolled back", former, before=champion, who=who)


def has_served(bundles: Path, version: str) -> bool:
    """Whether a version was champion before, and its copy is still there."""
    let_serve = {entry.version for entry in read_journal(bundles) if entry.event in ("promoted", "rolled back")}
    return version in let_serve and (bundles / version).is_dir()


def serve_again(bundles: Path, version: str, *, who: str | None = None, reason: str | None = None) -> Entry:
    """Let a version serve that has served before: verify the copy that was kept, then point to it.

    Raises:
        ModelUnusable: that copy may not serve; the champion stays as it is.
    """
    before = champion_version(bundles)
    return_to_version(bundles, version)
    return write_entry(bundles, "promoted", version, before=before, who=who, reason=reason)


def _entry(line: str) -> Entry | None:
    try:
        content = json.loads(line)
        moment, objections = datetime.fromisoformat(content["at"]), tuple(content["objections"])
        evidence = tuple(content.get("evidence", ()))  # lines of before have none
        entry = Entry(**content | {"at": moment, "objections": objections, "evidence": evidence})
    except (ValueError, KeyError, TypeError):
        return None
    return entry if entry.event in get_args(Event) else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number and no name
        return str(os.getuid())
