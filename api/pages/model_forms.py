"""What people change of models in a browser: the dial, a preset, which version serves; each is shown before."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.callers import Caller
from api.model_changes import Asked, ChangesOfRequest, named
from api.pages.dials import asked_of, preset_effects
from api.pages.forms import Fields
from api.pages.models import known_dial, refused_page
from api.pages.rendering import page
from api.redirects import see_other
from api.security import requires
from models.dial import Dial, asked_in_words
from models.journal import former_champion, has_served, read_journal
from models.registry import champion_version, served_version
from triage.automation import PRESETS, Preset, asked_under
from triage.errors import (
    GateUnavailable,
    InvalidInput,
    ModelUnusable,
    NotFound,
    Outdated,
    Overloaded,
    PromotionRefused,
)

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(requires("admin"))]
Reviewer = Annotated[Caller, Depends(requires("review"))]
Ref = Annotated[str, Query(alias="ref", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}$")]

_LONGEST_REASON = 1_000
_REFUSALS = (GateUnavailable, InvalidInput, ModelUnusable, NotFound, Outdated, Overloaded)


@router.post("/models/{version}/dial")
def set_dial(version: str, request: Request, admin: Admin, changes: ChangesOfRequest, fields: Fields) -> Response:
    """Keeps what the dial was turned to."""
    target = fields.get("target", "")
    try:
        with changes.one_at_a_time():
            dial = known_dial(changes, version)
            dial.head(target)
            before = dial.asked[target]
            _require_seen(fields, asked_in_words(before))
            after = asked_of(before, fields)
            changes.set_targets(dial, {target: after}, named(admin), admin.reference)
    except _REFUSALS as refused:
        return refused_page(request, refused)
    return see_other(request.scope, f"/models/{version}?target={target}&said=set#dial")


@router.get("/models/automation/{name}")
def ask_preset(name: str, request: Request, _reviewer: Reviewer, changes: ChangesOfRequest) -> HTMLResponse:
    """What a preset would set, before anything is."""
    try:
        preset, dial = _preset(name), known_dial(changes, served_version(changes.bundles))
    except _REFUSALS as refused:
        return refused_page(request, refused)
    effects = next(each.effects for each in preset_effects(dial, None) if each.preset is preset)
    return page(
        request,
        "models/automation.html",
        preset=preset,
        dial=dial,
        before={target: asked_in_words(asked) for target, asked in dial.asked.items()},
        effects=effects,
        seen=_all_in_words(dial),
        sources=list(request.app.state.sources.values()),
    )


@router.post("/models/automation/{name}")
def set_preset(name: str, request: Request, admin: Admin, changes: ChangesOfRequest, fields: Fields) -> Response:
    """Sets every target that is not off; what else it takes is a line of a file."""
    try:
        with changes.one_at_a_time():
            preset, dial = _preset(name), known_dial(changes, served_version(changes.bundles))
            _require_seen(fields, _all_in_words(dial))
            after = {target: asked_under(asked, preset) for target, asked in dial.asked.items()}
            moved = {target: asked for target, asked in after.items() if asked != dial.asked[target]}
            changes.set_targets(dial, moved, named(admin), admin.reference)
    except _REFUSALS as refused:
        return refused_page(request, refused)
    return see_other(request.scope, "/models?said=set#automation")


@router.get("/models/change/promote")
def ask_promotion(request: Request, _admin: Admin, changes: ChangesOfRequest, ref: Ref) -> HTMLResponse:
    """Whether that version is to serve."""
    return _promotion_page(request, changes, ref)


@router.post("/models/change/promote")
def promote(request: Request, admin: Admin, changes: ChangesOfRequest, fields: Fields, ref: Ref) -> Response:
    """Lets it serve unless the gate objects, and then says what it objects to."""
    reason = fields.get("reason", "").strip()[:_LONGEST_REASON] or None
    try:
        with changes.one_at_a_time():
            changes.promote(Asked(ref, named(admin), reason, admin.reference))
    except PromotionRefused as refused:
        return _promotion_page(request, changes, ref, refused)
    except _REFUSALS as refused:
        return refused_page(request, refused)
    return see_other(request.scope, "/models?said=promoted")


@router.get("/models/change/rollback")
def ask_rollback(request: Request, _admin: Admin, changes: ChangesOfRequest) -> HTMLResponse:
    """Whether the former champion is to serve again."""
    try:
        champion = served_version(changes.bundles)
        former = former_champion(read_journal(changes.bundles), champion)
        if former is None:
            raise NotFound(f"There is nothing to go back to: no champion before model {champion} is known.")
    except _REFUSALS as refused:
        return refused_page(request, refused)
    return page(request, "models/rollback.html", champion=champion, former=former)


@router.post("/models/change/rollback")
def roll_back(request: Request, admin: Admin, changes: ChangesOfRequest, fields: Fields) -> Response:
    """Lets the former champion serve again, if it is the one that was shown."""
    try:
        with changes.one_at_a_time():
            _require_seen(fields, champion_version(changes.bundles) or "")
            changes.roll_back(named(admin), admin.reference)
    except _REFUSALS as refused:
        return refused_page(request, refused)
    return see_other(request.scope, "/models?said=back")


def _promotion_page(
    request: Request, changes: ChangesOfRequest, ref: str, refused: PromotionRefused | None = None
) -> HTMLResponse:
    return page(
        request,
        "models/promote.html",
        status=200 if refused is None else 409,
        ref=ref,
        champion=champion_version(changes.bundles),
        has_served=has_served(changes.bundles, ref),
        objections=() if refused is None else refused.objections,
        longest_reason=_LONGEST_REASON,
    )


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise NotFound(f"There is no such preset. Known: {', '.join(PRESETS)}.")
    return PRESETS[name]


def _all_in_words(dial: Dial) -> str:
    """What is asked of every target of a version, so that a form can say what its sender has seen."""
    return "; ".join([dial.version, *(f"{target}: {asked_in_words(asked)}" for target, asked in dial.asked.items())])


def _require_seen(fields: Fields, now: str) -> None:
    """Nothing, where whoever sends a form has seen what it changes.

    Raises:
        Outdated: somebody has changed it since.
    """
    if fields.get("seen") != now:
        raise Outdated("Somebody has changed this since you looked at it; look again, then decide.", newer={})
