"""The models of a desk: which serves, how good each is, the dial, and replays; `model_forms.py` changes them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from api.callers import Caller
from api.desk import DeskOfRequest
from api.known_models import model_list
from api.model_changes import Changes, ChangesOfRequest
from api.model_schemas import ModelList
from api.pages.dials import MODES, asked_of, preset_effects, read_number, turn
from api.pages.model_pairs import GateVerdict, PairRow, pair_rows, verdict_of
from api.pages.model_plots import plots_of
from api.pages.rendering import page
from api.replays import MOST_TICKETS, ReplaysOfRequest
from api.security import requires
from data.database import reading
from data.learned_since import news
from data.volume import Volume, volume
from models.bundle import read_manifest
from models.dial import Dial
from models.journal import Entry, former_champion, read_journal
from models.registry import champion_version, served_version, served_versions
from triage.automation import preset_in_force
from triage.errors import InvalidInput, ModelUnusable, NotFound, Overloaded, TriageError
from triage.sources import Source
from triage.targets import Target

__all__ = ["MOST_WEEKS", "known_dial", "refused_page", "router"]

router = APIRouter(include_in_schema=False)

MOST_WEEKS = 26
"""As far as a replay looks back; before that a desk was another one."""

_USUAL_WEEKS = 4

Reader = Annotated[Caller, Depends(requires("read"))]
Reviewer = Annotated[Caller, Depends(requires("review"))]
Target_ = Annotated[str | None, Query(alias="target", max_length=200)]
Said = Annotated[str | None, Query(alias="said", max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What a version's page shows of others.

    Attributes:
        champion: the version that serves.
        others: every other version.
        other: the one that is shown; None where there is none.
        pairs: each measure of both.
        verdict: what the gate said of the two; None where it was never asked.
        fault: why the other one cannot be read.
    """

    champion: str | None
    others: list[str]
    other: str | None
    pairs: list[PairRow] = field(default_factory=list)
    verdict: GateVerdict | None = None
    fault: str | None = None


@router.get("/models")
def show_models(
    request: Request, _reader: Reader, desk: DeskOfRequest, changes: ChangesOfRequest, said: Said = None
) -> HTMLResponse:
    """Every version, what may be done with each, and how much is done without a person."""
    try:
        known, journal = model_list(desk, changes.bundles), read_journal(changes.bundles)
    except ModelUnusable as refused:
        return refused_page(request, refused)
    dial, fault = _champions_dial(changes, known.champion)
    with reading(desk.engine) as connection:
        lately = volume(connection, datetime.now(UTC))
    return page(
        request,
        "models/index.html",
        known=known,
        windows=_windows(changes, known),
        former=None if known.champion is None else former_champion(journal, known.champion),
        said=_last(journal, said),
        fault=fault,
        dial=dial,
        presets=() if dial is None else preset_effects(dial, lately),
        sources=_sources_in_force(request, dial),
        history=journal[::-1][:20],
    )


@router.get("/models/learned")
def show_learned(request: Request, _reader: Reader, desk: DeskOfRequest, changes: ChangesOfRequest) -> HTMLResponse:
    """What people have said since the champion was learned; a part of the page, as counting takes a moment."""
    try:
        champion = served_version(changes.bundles)
        manifest = read_manifest(changes.bundles / champion)
    except ModelUnusable as refused:
        return refused_page(request, refused)
    with reading(desk.engine) as connection:
        found = news(connection, manifest.trained_at, tuple(manifest.metrics), datetime.now(UTC))
    template = "models/learned.html" if "hx-request" in request.headers else "models/learned_page.html"
    return page(request, template, news=found, champion=champion, trained_at=manifest.trained_at)


@router.get("/models/{version}")
def show_model(  # noqa: PLR0913, PLR0917  (each is a part of the address, or of the application)
    version: str,
    request: Request,
    reader: Reader,
    desk: DeskOfRequest,
    changes: ChangesOfRequest,
    target: Target_ = None,
    beside: Annotated[str | None, Query(alias="with", max_length=80)] = None,
    said: Said = None,
) -> HTMLResponse:
    """One version: the dial of a target, its plots, and beside it another version."""
    try:
        dial = known_dial(changes, version)
        asked = target if target in dial.asked else next(iter(dial.asked))
        turned = turn(dial, asked, request.query_params, _volume(desk))
        return page(
            request,
            "models/version.html",
            dial=dial,
            target=asked,
            turn=turned,
            typed=request.query_params,
            modes=MODES,
            plots=plots_of(dial, asked),
            said=_last(read_journal(changes.bundles), said, version),
            may_try="review" in reader.scopes,
            weeks=_USUAL_WEEKS,
            most_weeks=MOST_WEEKS,
            beside=_beside(changes, dial, beside),
        )
    except (ModelUnusable, NotFound) as refused:
        return refused_page(request, refused)


@router.get("/models/{version}/dial")
def show_dial(
    version: str, request: Request, _reviewer: Reviewer, desk: DeskOfRequest, changes: ChangesOfRequest, target: str
) -> HTMLResponse:
    """What the dial would do as somebody holds it: a part of the page."""
    turned = turn(known_dial(changes, version), target, request.query_params, _volume(desk))
    return page(request, "models/dial.html", turn=turned)


@router.get("/models/{version}/replay")
def show_replay(
    version: str, request: Request, _reviewer: Reviewer, changes: ChangesOfRequest, replays: ReplaysOfRequest
) -> HTMLResponse:
    """What the version would have done with the tickets of the last weeks, beside what people did."""
    given = request.query_params
    is_part = "hx-request" in request.headers
    found, fault, weeks, asked = None, None, _USUAL_WEEKS, {}
    try:
        dial = known_dial(changes, version)
        weeks = _weeks(given.get("weeks", str(_USUAL_WEEKS)))
        asked = {name: asked_of(each, given) for name, each in dial.asked.items()}
        found = replays.replay(dial, asked, weeks, datetime.now(UTC))
    except (InvalidInput, ModelUnusable, NotFound, Overloaded) as refused:
        if not is_part:
            return refused_page(request, refused)
        fault = str(refused)
    return page(
        request,
        "models/replay.html" if is_part else "models/replay_page.html",
        found=found,
        fault=fault,
        version=version,
        weeks=weeks,
        asked=asked,
        most_tickets=MOST_TICKETS,
    )


def known_dial(changes: Changes, version: str) -> Dial:
    """The dial of a version that lies where the service reads it.

    Raises:
        ModelUnusable: its bundle cannot be read.
        NotFound: there is no such version.
    """
    known = served_versions(changes.bundles)
    if version not in known:
        raise NotFound(f"There is no such version here. Known: {', '.join(known) or 'none'}.")
    return Dial.of(changes.bundles, version)


def refused_page(request: Request, refused: TriageError) -> HTMLResponse:
    """One sentence on what went wrong, and the way back."""
    statuses: tuple[tuple[type[TriageError], int], ...] = (
        (NotFound, 404),
        (InvalidInput, 422),
        (ModelUnusable, 503),
        (Overloaded, 503),
    )
    status = next((status for kind, status in statuses if isinstance(refused, kind)), 409)
    return page(request, "models/refused.html", status=status, refusal=str(refused))


def _weeks(typed: str) -> int:
    weeks = read_number(typed, "how many weeks")
    if not 1 <= weeks <= MOST_WEEKS or weeks != int(weeks):
        raise InvalidInput(f"A replay looks back 1 to {MOST_WEEKS} whole weeks.")
    return int(weeks)


def _volume(desk: DeskOfRequest) -> Volume | None:
    with reading(desk.engine) as connection:
        return volume(connection, datetime.now(UTC))


def _champions_dial(changes: Changes, champion: str | None) -> tuple[Dial | None, str | None]:
    """The dial of what serves, or why there is none."""
    if champion is None:
        return None, None
    try:
        return known_dial(changes, champion), None
    except (ModelUnusable, NotFound) as unusable:
        return None, str(unusable)


def _windows(changes: Changes, known: ModelList) -> dict[str, tuple[int, tuple[str, str] | None]]:
    """For each version that can be read, from how many tickets it was learned, and from which days."""
    manifests = {
        one.version: read_manifest(changes.bundles / one.version) for one in known.versions if one.fault is None
    }
    return {version: (manifest.n_tickets, manifest.window) for version, manifest in manifests.items()}


def _sources_in_force(request: Request, dial: Dial | None) -> list[tuple[Source, str, list[str]]]:
    """Each connected system, the preset that holds for it, and targets that it cannot be given."""
    asked: dict[str, Target] = {} if dial is None else dial.asked
    return [
        (source, preset_in_force(asked.values(), source.mode).name, sorted(asked.keys() - source.writable))
        for source in request.app.state.sources.values()
    ]


def _last(journal: list[Entry], said: str | None, version: str | None = None) -> list[Entry]:
    """The lines of the journal that a change has just written, so that its result is a sentence; none for no change."""
    events = {"set": "set", "promoted": "promoted", "back": "rolled back"}
    if said not in events or not journal or journal[-1].event != events[said]:
        return []
    last = journal[-1]
    return [
        entry
        for entry in journal[-20:]
        if (entry.event, entry.version, entry.who) == (last.event, last.version, last.who)
        and (last.at - entry.at).total_seconds() < 1
        and version in (None, entry.version)
    ]


def _beside(changes: Changes, dial: Dial, wanted: str | None) -> _Beside:
    """Another version beside this one: as asked for, else the champion, else the newest other one."""
    champion = champion_version(changes.bundles)
    others = [version for version in served_versions(changes.bundles) if version != dial.version]
    other = next((version for version in (wanted, champion, *others) if version in others), None)
    found = _Beside(champion=champion, others=others, other=other)
    if other is None:
        return found
    try:
        pairs = pair_rows(dial.manifest, read_manifest(changes.bundles / other))
    except ModelUnusable as unusable:
        return replace(found, fault=str(unusable))
    return replace(found, pairs=pairs, verdict=verdict_of(read_journal(changes.bundles), dial.version, other))
