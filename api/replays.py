"""Replays: stored tickets answered again as a version would have, beside what people have decided.

One is under way at a time in each process, and it ends after so many tickets or seconds: requests are scored meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from api.desk import Desk
from data.database import reading
from data.decisions import DecidedTicket, decided_tickets, n_tickets
from data.reviews import is_same_value
from models.bundle import load_bundle
from models.dial import Dial
from models.policies import with_policies
from triage.batch import TargetBatch
from triage.errors import Overloaded
from triage.model import AT_ONCE, TriageModel
from triage.policy import DECISIONS
from triage.replay import Replay, Replayed, fate, is_fresh, replay_of
from triage.targets import Target

__all__ = ["MOST_SECONDS", "MOST_TICKETS", "Finished", "Replays", "ReplaysOfRequest"]

MOST_TICKETS, MOST_SECONDS = 20_000, 20.0
"""Where a replay ends, whatever is left; proxies wait longer than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a replay has found.

    Attributes:
        replay: the figures.
        n_tickets: how many stored tickets were looked at.
        n_in_span: how many there are in the time span.
        n_untouched: values among them that a model set and nobody has touched; nobody knows whether they are right.
    """

    replay: Replay
    n_tickets: int
    n_in_span: int
    n_untouched: int

    @property
    def is_whole(self) -> bool:
        """Whether all of them were looked at."""
        return self.n_tickets >= self.n_in_span


class Replays:
    """What replays in one process.

    Args:
        desk: gives the desk whose tickets they are.
        bundles: the folder that serving reads.
        clock: seconds that never go back.
    """

    def __init__(self, desk: Callable[[], Desk], bundles: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._bundles = bundles
        self._clock = clock
        self._under_way = threading.Lock()

    def replay(self, dial: Dial, asked: dict[str, Target], weeks: int, now: datetime) -> Finished:
        """What a version would have done with the tickets of the last weeks.

        Args:
            dial: of the version.
            asked: by target what is to be asked of it, instead of what is asked today.
            weeks: how far to look back.
            now: the moment.

        Raises:
            ModelUnusable: the version may not answer.
            Overloaded: another replay is under way.
            StoreUnusable: the database cannot be used.
        """
        if not self._under_way.acquire(blocking=False):
            raise Overloaded("Another replay is under way; ask again in a moment.")
        try:
            return self._replay(_Replaying.of(dial, self._model(dial, asked)), now - timedelta(weeks=weeks), now)
        finally:
            self._under_way.release()

    def _model(self, dial: Dial, asked: dict[str, Target]) -> TriageModel:
        policies = {target: dial.turned(wanted)[0] for target, wanted in asked.items()}
        model = load_bundle(self._bundles / dial.version, version=dial.version)
        return with_policies(model, {**dial.policies, **policies})

    def _replay(self, replaying: "_Replaying", since: datetime, now: datetime) -> Finished:
        replayed: list[Replayed] = []
        n_seen = n_untouched = 0
        end = self._clock() + MOST_SECONDS
        with reading(self._desk().engine) as connection:
            n_in_span = n_tickets(connection, now, since=since)
            every = decided_tickets(connection, now, since=since, has_answers=True)
            for part in _parts(every):
                replayed += replaying.replayed(part)
                n_untouched += sum(
                    decision.provenance == "automatic" and decision.target in replaying.model.targets
                    for each in part
                    for decision in each.decisions.values()
                )
                n_seen += len(part)
                if n_seen >= MOST_TICKETS or self._clock() > end:
                    break
        return Finished(replay=replay_of(replayed), n_tickets=n_seen, n_in_span=n_in_span, n_untouched=n_untouched)


def _parts(chunks: Iterable[list[DecidedTicket]]) -> Iterator[list[DecidedTicket]]:
    """As many tickets as a model answers together, so that the clock is looked at often."""
    for chunk in chunks:
        for start in range(0, len(chunk), AT_ONCE):
            yield chunk[start : start + AT_ONCE]


@dataclass(frozen=True, slots=True)
class _Replaying:
    """A model, and until when it has learned.

    Attributes:
        model: as it is asked now.
        last_day: of its history, where that was a file with dates.
    """

    model: TriageModel
    last_day: str | None

    @classmethod
    def of(cls, dial: Dial, model: TriageModel) -> "_Replaying":
        """That of a version."""
        window, is_from_store = dial.manifest.window, bool(dial.manifest.provenance)
        return cls(model, None if window is None or is_from_store else window[1])

    def replayed(self, part: Sequence[DecidedTicket]) -> Iterator[Replayed]:
        """Each target of these tickets that the model answers and people have decided."""
        decided = [each for each in part if any(self._counts(each, target) for target in each.decisions)]
        answers = self.model.answer([each.ticket.filed for each in decided]) if decided else {}
        for at, each in enumerate(decided):
            for target, batch in answers.items():
                if self._counts(each, target):
                    yield self._of_ticket(each, batch, at)

    def _counts(self, each: DecidedTicket, target: str) -> bool:
        decision = each.decisions.get(target)
        return target in self.model.targets and decision is not None and decision.is_evidence

    def _of_ticket(self, each: DecidedTicket, batch: TargetBatch, at: int) -> Replayed:
        target, filed = batch.head.target, each.ticket.filed
        decision = each.decisions[target]
        chosen, then = decision.value or "", decision.answered
        answered = batch.head.labels[int(batch.first[at])]
        return Replayed(
            ticket=filed.id_as_filed or filed.id,
            target=target,
            answered=answered,
            chosen=chosen,
            would=fate(DECISIONS[batch.decisions[at]], is_right=is_same_value(answered, chosen)),
            then=fate(
                None if then is None else then.prediction.decision,
                is_right=then is not None and is_same_value(then.prediction.value, chosen),
            ),
            is_fresh=is_fresh(
                filed.opened_at, decision.known_at, learned_at=self.model.trained_at, last_day=self.last_day
            ),
        )


async def _replays_of(request: Request) -> Replays:
    replays = request.app.state.replays
    assert isinstance(replays, Replays)  # noqa: S101  (put there by `build_app`)
    return replays


ReplaysOfRequest = Annotated[Replays, Depends(_replays_of)]
"""A route's parameter of this type replays."""
