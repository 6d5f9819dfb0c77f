"""The pages about models: the dial before anything changes, replays, presets, and changing which version serves."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.model_changes import Asked, Change
from api.replays import Replays
from data import audit, predictions, tables, tickets
from data.database import reading, to_json, writing
from data.outcomes import record as record_outcome
from data.reviews import Said
from data.reviews import record as record_review
from models.dial import Dial
from models.journal import read_journal, write_entry
from models.registry import champion_version, load_served, serve_version
from tests.builders import make_history
from tests.conftest import Run
from triage.errors import Overloaded, PromotionRefused
from triage.settings import Settings
from triage.ticket import WorkedTicket

TARGET = "assignment_group"
NOW = datetime.now(UTC)


@pytest.fixture
def bundles(settings: Settings, bundle: Path) -> Path:
    """An installation in which 2 took the place of 1."""
    for before, version in ((None, "1"), ("1", "2")):
        serve_version(settings.bundles, version, bundle)
        write_entry(settings.bundles, "promoted", version, before=before, who="ann")
    return settings.bundles


def gate_of(bundles: Path) -> Callable[[Asked], Change]:
    """Objects to `bad`, unless there is a reason."""

    def gate(asked: Asked) -> Change:
        if asked.reason is None:
            raise PromotionRefused(
                "Model bad was not promoted.", champion="2", objections=("It is worse.",), rules=("macro_f1_fell",)
            )
        before = champion_version(bundles)
        serve_version(bundles, asked.ref, bundles / "1")
        rules = ["macro_f1_fell"]
        write_entry(bundles, "promoted", asked.ref, before=before, who=asked.who, reason=asked.reason, objections=rules)
        return Change(asked.ref, before, ("It is worse.",))

    return gate


@pytest.fixture
def app(settings: Settings, tables: Path) -> FastAPI:
    """The application on a real folder of bundles."""
    shutil.copy(tables, settings.home / "triage.db")
    return create_app(settings, gate=gate_of(settings.bundles))


@pytest.fixture
def admin(bundles: Path, signed_in: Callable[[str], TestClient]) -> TestClient:  # noqa: ARG001 - it makes them
    """A browser of an administrator."""
    return signed_in("admin")


def text_of(page: Any) -> str:  # noqa: ANN401 - any answer
    """What a person reads of a page, each row of a table without its lines."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("\xa0", " "))


def seen(page: Any) -> str:  # noqa: ANN401 - any answer
    """What a form says that its sender has seen."""
    (found,) = re.findall(r'name="seen" value="([^"]*)"', page.text)
    return unescape(found)


def store(
    app: FastAPI, worked: WorkedTicket, *, opened: datetime, answered: str | None, decision: str = "auto"
) -> None:
    """A ticket that people have decided, and what a model had answered about its group before."""
    ticket = replace(worked.filed, opened_at=opened)
    with writing(app.state.desk.engine) as connection:
        tickets.file(connection, [ticket], opened)
        if answered is not None:
            said = {"confidence": 0.9, "threshold": 0.8, "decision": decision, "reason": "above_threshold", "top": []}
            answers = to_json({TARGET: {"value": answered, **said}})
            predictions.record(connection, [(ticket.id, answers)], "1", opened)
        if worked.assignment_group is not None:
            chosen = {TARGET: worked.assignment_group}
            record_outcome(connection, ticket.id, chosen, "human", "desk", opened + timedelta(hours=1))


def row(page: Any, *cells: str) -> bool:  # noqa: ANN401 - any answer
    """Whether these cells stand beside one another in a row of a table."""
    return " ".join(cells) in text_of(page)


def test_every_version_is_told_with_who_let_it_serve(admin: TestClient, bundles: Path) -> None:
    """And what was refused, in the gate's words."""
    said = ["Answers are worse. priority: macro-F1 0.80 to 0.60."]
    write_entry(bundles, "refused", "3", before="2", objections=["macro_f1_fell"], evidence=said, who="ben <b>")

    page = admin.get("/models")

    assert page.status_code == 200
    assert re.search(r"Model 2 *serves", text_of(page))
    assert "Let serve by ann" in text_of(page)
    assert said[0] in text_of(page)
    assert "ben &lt;b&gt;" in page.text
    assert 'href="/models/change/promote?ref=1"' in page.text
    assert 'href="/models/change/promote?ref=2"' not in page.text
    assert "Go back to model 1" in text_of(page)


def test_without_a_model_the_page_says_what_to_do(signed_in: Callable[[str], TestClient]) -> None:
    """Of an installation that is an hour old."""
    page = signed_in("admin").get("/models")

    assert page.status_code == 200
    assert "No model was promoted yet" in text_of(page)
    assert "triage models train" in page.text


def test_a_version_that_cannot_be_read_hides_nothing_else(admin: TestClient, bundles: Path) -> None:
    """Its own page says why."""
    (bundles / "1" / "manifest.json").write_text("{}")

    assert "Its bundle cannot be read (BundleMalformed)" in text_of(admin.get("/models"))
    spoilt = admin.get("/models/1")
    assert spoilt.status_code == 503
    assert 'role="alert"' in spoilt.text
    beside = admin.get("/models/2?with=1")
    assert beside.status_code == 200
    assert "Model 1 cannot be read" in text_of(beside)


def test_a_pointer_that_was_spoilt_is_a_sentence(admin: TestClient, bundles: Path) -> None:
    """Somebody wrote into the folder by hand."""
    (bundles / "champion").write_text("../2")

    for path in ("/models", "/models/learned", "/models/automation/full", "/models/change/rollback"):
        page = admin.get(path)
        assert page.status_code == 503, path
        assert "which is no version" in text_of(page)


def test_an_unknown_version_is_a_page_that_lists_what_there_is(admin: TestClient) -> None:
    """A link in an old mail."""
    page = admin.get("/models/9")

    assert page.status_code == 404
    assert "Known: 2, 1." in text_of(page)


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ("mode=auto&ask=precision&precision=0.7", ["--mode", "auto", "--precision", "0.7"]),
        ("ask=precision&precision=0,9", ["--precision", "0.9"]),
        ("ask=costs&cost_wrong=10&cost_by_hand=2", ["--cost-wrong", "10", "--cost-by-hand", "2"]),
    ],
)
def test_the_dial_tells_what_the_command_line_tells(
    admin: TestClient,
    bundles: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    options: list[str],
) -> None:
    """Of the same bundle, to the digit, and nothing is changed by looking."""
    journal = read_journal(bundles)

    page = admin.get(f"/models/2/dial?target={TARGET}&{asked}")

    assert read_journal(bundles) == journal
    monkeypatch.setenv("TRIAGE_HOME", str(bundles.parent))
    done, shown = (
        json.loads(run("models", verb, "2", "--target", TARGET, *more, "--json").out.splitlines()[-1])
        for verb, more in (("set", options), ("thresholds", []))
    )  # the last line, as the service logs to the same place
    told = shown["targets"][TARGET]
    assert told["now"] == done["now"]
    for words, name in {"right by itself": "right", "wrong by itself": "wrong", "left to people": "by_hand"}.items():
        share = told["now"][name]
        figures = f"{share['share']:.1%} ({100 * share['low']:.1f} to {100 * share['high']:.1f})".replace("%", " %")
        assert re.search(rf"{words} [^a-z]*\([^a-z]+to [^a-z]*{re.escape(figures)}", text_of(page)), (words, figures)


def test_the_dial_counts_the_tickets_of_a_day(admin: TestClient, app: FastAPI) -> None:
    """What is left to people is their work tomorrow: 60 tickets of the last thirty days are two a day."""
    history = make_history(70)
    for place, worked in enumerate(history[:60]):
        store(app, worked, opened=NOW - timedelta(hours=11 * place + 2), answered=None)
    for worked in history[60:]:
        store(app, worked, opened=NOW - timedelta(days=40), answered=None)

    page = admin.get(f"/models/2/dial?target={TARGET}&mode=auto&precision=0.999")

    assert "left to people a day 2.0 (" in text_of(page)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("precision=1", "must lie between 0 and 1"),
        ("precision=nan", "Say the precision as a number"),
        ("precision=much", "Say the precision as a number"),
        ("ask=costs&cost_wrong=1&cost_by_hand=2", "a wrong answer must cost more than a decision by hand"),
        ("ask=costs&cost_wrong=&cost_by_hand=2", "Say what a wrong answer costs as a number"),
        ("mode=all", "The mode must be one of off, monitor, suggest, auto"),
    ],
)
def test_what_the_dial_cannot_be_turned_to_is_one_sentence(admin: TestClient, asked: str, sentence: str) -> None:
    """In the place of the figures, with or without a script."""
    for path in ("/models/2/dial", "/models/2"):
        page = admin.get(f"{path}?target={TARGET}&{asked}")
        assert page.status_code == 200
        assert sentence in text_of(page)
        assert "Set it" not in text_of(page)


def test_what_is_set_is_served_journalled_and_in_the_audit_log(
    admin: TestClient,
    app: FastAPI,
    bundles: Path,
    new_person: Callable[..., Any],  # noqa: ARG001 - by `admin`
) -> None:
    """With the name of who did it, and the effect in words on the page after."""
    shown = admin.get(f"/models/2?target={TARGET}&mode=auto&ask=precision&precision=0.7")
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text.split('/dial">')[-1]))

    done = admin.post("/models/2/dial", data=form)

    assert (done.status_code, done.headers["location"]) == (303, f"/models/2?target={TARGET}&said=set#dial")
    last = read_journal(bundles)[-1]
    assert (last.event, last.change) == (
        "set",
        f"{TARGET}: mode suggest, precision 0.95, now mode auto, precision 0.7",
    )
    assert last.who.startswith("admin@example.org (user:")
    with reading(app.state.desk.engine) as connection:
        (entry,) = [one for one in audit.entries(connection) if one.action == "model.set"]
    assert entry.actor.startswith("user:")
    assert (entry.object, entry.details) == ("model:2", {"change": last.change})
    head = next(head for head in load_served(bundles, "2").questions if head.target == TARGET)
    dial = Dial.of(bundles, "2")
    assert (head.mode, head.thresholds) == ("auto", dial.turned(dial.asked[TARGET])[0].thresholds)
    assert f"Set: {last.change}." in text_of(admin.get(done.headers["location"]))


def test_who_has_not_seen_how_it_is_set_changes_nothing(admin: TestClient, bundles: Path) -> None:
    """Two administrators on the same morning."""
    form = {"target": TARGET, "mode": "auto", "seen": "mode suggest, precision 0.95"}
    admin.post("/models/2/dial", data=form)
    n = len(read_journal(bundles))

    late = admin.post("/models/2/dial", data=form | {"mode": "off"})

    assert late.status_code == 409
    assert "Somebody has changed this" in text_of(late)
    assert len(read_journal(bundles)) == n


def test_who_may_only_read_sees_figures_and_no_way_to_change_them(
    bundles: Path,  # noqa: ARG001 - it makes them
    signed_in: Callable[[str], TestClient],
) -> None:
    """An agent; a lead may try, and sees who may set."""
    agent = signed_in("agent")

    page = agent.get("/models/2")

    assert page.status_code == 200
    assert "right by itself" in text_of(page)
    assert "hx-get" not in page.text
    assert "Let model 1 serve" not in text_of(agent.get("/models"))
    for path in (f"/models/2/dial?target={TARGET}", "/models/2/replay", "/models/automation/full"):
        assert agent.get(path).status_code == 403
    assert agent.get("/models/change/rollback").status_code == 403


def test_a_lead_may_try_and_not_set(bundles: Path, signed_in: Callable[[str], TestClient]) -> None:
    """Whoever reviews knows what a threshold costs, and asks an administrator."""
    lead = signed_in("lead")

    tried = lead.get(f"/models/2/dial?target={TARGET}&precision=0.7")

    assert "An administrator may set this: mode suggest, precision 0.7" in text_of(tried)
    form = {"target": TARGET, "mode": "auto", "seen": "mode suggest, precision 0.95"}
    assert lead.post("/models/2/dial", data=form).status_code == 403
    assert lead.post("/models/automation/full", data=form).status_code == 403
    assert lead.post("/models/change/rollback", data=form).status_code == 403
    assert [entry.event for entry in read_journal(bundles)] == ["promoted", "promoted"]


def test_the_plots_have_their_numbers_beside_them(admin: TestClient, bundles: Path) -> None:
    """Each with a sentence; what is drawn is what is told."""
    unseen = Dial.of(bundles, "2").unseen[TARGET]

    page = admin.get(f"/models/2?target={TARGET}")

    contents = {
        kind: json.loads(unescape(content))
        for kind, content in re.findall(r'data-plot="(\w+)" data-content="([^"]*)"', page.text)
    }
    assert set(contents) == {"reliability", "curve", "labels"}
    assert sum(found["n"] for found in contents["reliability"]) == unseen.is_right.size
    assert sum(found["n"] for found in contents["labels"]) == unseen.is_right.size
    assert contents["curve"]["points"][-1] == [1.0, pytest.approx(1 - unseen.is_right.mean())]
    assert contents["curve"]["allowed"] == pytest.approx(0.05)
    assert page.text.count("<figure>") == page.text.count("<figcaption>") == 3
    for found in contents["labels"]:
        assert f"<bdi>{found['label']}</bdi>" in page.text


def test_what_the_gate_knows_of_two_versions_is_told_and_nothing_else(admin: TestClient, bundles: Path) -> None:
    """Two measurements on different tickets prove no difference."""
    compared = text_of(admin.get("/models/2?with=1"))
    shutil.copytree(bundles / "1", bundles / "5")
    never = text_of(admin.get("/models/5?with=2"))

    assert "it found model 2 no worse than model 1 by more than chance explains" in compared
    assert "is not known here" not in compared
    assert "is not known here" in never
    assert "triage models compare 2 5" in never
    write_entry(bundles, "refused", "5", before="2", objections=["macro_f1_fell"], evidence=["It is worse."])
    assert "it found model 5 worse than model 2: It is worse." in text_of(admin.get("/models/5?with=2"))


def test_a_replay_counts_what_a_person_would_count(admin: TestClient, app: FastAPI, bundles: Path) -> None:
    """By hand, on forty tickets: each would be answered by the model as it is set, and people have decided them."""
    history = make_history(40)
    chosen = [replace(each, assignment_group="Hardware") if i % 8 == 0 else each for i, each in enumerate(history)]
    for place, worked in enumerate(chosen):
        then = None if place % 4 == 3 else "Network"
        decision = "auto" if place % 4 else "suggest"
        store(app, worked, opened=NOW - timedelta(days=2, hours=place), answered=then, decision=decision)
    store(app, make_history(41)[40], opened=NOW - timedelta(days=200), answered="Network")

    page = admin.get("/models/2/replay?weeks=4&mode=auto&precision=0.5", headers={"HX-Request": "true"})

    dial = Dial.of(bundles, "2")
    thresholds = dial.turned(replace(dial.asked[TARGET], mode="auto", precision=0.5))[0].thresholds
    model, counts, wrong = load_served(bundles, "2"), {"right": 0, "wrong": 0, "left": 0}, []
    labels = next(head.labels for head in model.questions if head.target == TARGET)
    for worked in chosen:
        answer = model.confidences([replace(worked.filed, opened_at=None)])[TARGET][0]
        first = int(answer.argmax())
        if not (answer[first] >= thresholds[first] and thresholds[first] < 1):
            counts["left"] += 1
        elif labels[first] == worked.assignment_group:
            counts["right"] += 1
        else:
            counts["wrong"] += 1
            wrong.append((worked.filed.id, labels[first]))
    then_right = sum(c.assignment_group == "Network" for i, c in enumerate(chosen) if i % 4 in (1, 2))
    assert counts["right"] > 0
    assert counts["wrong"] > 0
    share = f"{counts['right'] / (counts['right'] + counts['wrong']):.1%}".replace("%", " %")
    assert row(page, "model 2 would have", *(str(counts[name]) for name in ("right", "wrong", "left")), share)
    figures = (*(str(counts[name]) for name in ("right", "wrong", "left")), share)
    assert row(page, "of these, where it cannot have learned them", *figures)  # it has learned from tickets of March
    assert row(page, "the model that answered then; 10 more without a model", f"{then_right} {20 - then_right} 10")
    assert "40 tickets of the last 4 weeks" in text_of(page)
    for id_, label in wrong:
        assert row(page, id_, TARGET, label, "Hardware")


def test_a_replay_without_decided_tickets_says_so(admin: TestClient, app: FastAPI) -> None:
    """What a model set and nobody touched is nobody's word."""
    (worked,) = make_history(1)
    store(app, replace(worked, assignment_group=None), opened=NOW - timedelta(days=1), answered="Network")
    with writing(app.state.desk.engine) as connection:
        record_outcome(connection, worked.filed.id, {TARGET: "Network"}, "automatic", "desk", NOW)

    page = admin.get("/models/2/replay?weeks=1")

    assert "People have decided none of the 1 tickets of the last 1 week; 1 values were set by a model" in text_of(page)


def test_a_replay_that_ends_early_says_that_it_is_a_part(admin: TestClient, app: FastAPI, bundles: Path) -> None:
    """A busy server must not be kept for minutes."""
    for worked in make_history(300):
        store(app, worked, opened=NOW - timedelta(days=1), answered=None)
    times = iter(range(0, 1000, 30))
    app.state.replays = Replays(lambda: app.state.desk, bundles, clock=lambda: float(next(times)))

    page = admin.get("/models/2/replay?weeks=1")

    assert "This is a part: 256 of 300 tickets" in text_of(page)


def test_one_replay_is_under_way_at_a_time(admin: TestClient, app: FastAPI, bundles: Path) -> None:
    """And the next one is told so; nothing is left locked."""
    dial, said = Dial.of(bundles, "2"), []
    inner = app.state.replays

    def during() -> float:
        with pytest.raises(Overloaded) as refused:
            inner.replay(dial, {}, 1, NOW)
        said.append(str(refused.value))
        return 0.0

    app.state.replays = inner = Replays(lambda: app.state.desk, bundles, clock=during)
    assert admin.get("/models/2/replay").status_code == 200
    assert said == ["Another replay is under way; ask again in a moment."]
    assert admin.get("/models/2/replay").status_code == 200


@pytest.mark.parametrize("weeks", ["0", "27", "1.5", "x", ""])
def test_a_replay_looks_back_so_far_and_no_further(admin: TestClient, weeks: str) -> None:
    """One sentence, in the place of the figures or on a page of its own."""
    page = admin.get(f"/models/2/replay?weeks={weeks}")
    part = admin.get(f"/models/2/replay?weeks={weeks}", headers={"HX-Request": "true"})

    assert (page.status_code, part.status_code) == (422, 200)
    assert 'role="alert"' in page.text
    assert 'role="alert"' in part.text


def test_a_preset_is_shown_before_it_is_set(admin: TestClient, bundles: Path) -> None:
    """Cautious: 0.99 for every target that is not off, whatever was asked."""
    form = {"target": "ticket_type", "mode": "off", "seen": "mode suggest, precision 0.95"}
    assert admin.post("/models/2/dial", data=form).status_code == 303

    shown = admin.get("/models/automation/cautious")
    done = admin.post("/models/automation/cautious", data={"seen": seen(shown)})

    assert "mode suggest, precision 0.95 mode auto, precision 0.99" in text_of(shown)
    assert done.status_code == 303
    asked = Dial.of(bundles, "2").asked
    assert (asked[TARGET].mode, asked[TARGET].precision) == ("auto", 0.99)
    assert asked["ticket_type"].mode == "off"
    after = text_of(admin.get(done.headers["location"]))
    assert f"Model 2 is set: {TARGET}: mode suggest, precision 0.95, now mode auto, precision 0.99" in after
    late = admin.post("/models/automation/full", data={"seen": seen(shown)})
    assert late.status_code == 409


def test_an_unknown_preset_is_told_which_there_are(admin: TestClient) -> None:
    """Typed by hand."""
    page = admin.get("/models/automation/everything")

    assert page.status_code == 404
    assert "Known: watch, suggest, cautious, full." in text_of(page)


def test_going_back_asks_first_and_is_on_record(admin: TestClient, app: FastAPI, bundles: Path) -> None:
    """In the journal, and in the audit log under the person's name."""
    asked = admin.get("/models/change/rollback")
    assert champion_version(bundles) == "2"

    done = admin.post("/models/change/rollback", data={"seen": seen(asked)})

    assert (done.status_code, champion_version(bundles)) == (303, "1")
    assert "Model 1 serves again, in place of model 2" in text_of(admin.get(done.headers["location"]))
    with reading(app.state.desk.engine) as connection:
        (entry,) = [one for one in audit.entries(connection) if one.action == "model.rolled_back"]
    assert (entry.actor[:5], entry.object, entry.details) == ("user:", "model:1", {"before": "2"})
    again = admin.post("/models/change/rollback", data={"seen": seen(asked)})
    assert again.status_code == 409
    nothing = admin.get("/models/change/rollback")
    assert nothing.status_code == 404
    assert "There is nothing to go back to" in text_of(nothing)


def test_a_refused_promotion_is_told_in_words_and_overruled_with_a_reason(admin: TestClient, bundles: Path) -> None:
    """The reason is asked for only then, and the journal keeps it."""
    first = admin.get("/models/change/promote?ref=bad")
    assert "<textarea" not in first.text

    refused = admin.post("/models/change/promote?ref=bad", data={})
    blank = admin.post("/models/change/promote?ref=bad", data={"reason": "  "})
    forced = admin.post("/models/change/promote?ref=bad", data={"reason": "labels were renamed"})

    assert (refused.status_code, blank.status_code) == (409, 409)
    assert "It is worse." in text_of(refused)
    assert '<textarea id="reason"' in refused.text
    assert (forced.status_code, champion_version(bundles)) == (303, "bad")
    assert read_journal(bundles)[-1].reason == "labels were renamed"
    assert "The gate was overruled: labels were renamed" in text_of(admin.get(forced.headers["location"]))


def test_a_version_that_has_served_is_switched_to_and_on_record(admin: TestClient, app: FastAPI, bundles: Path) -> None:
    """Without the gate, which has judged it before."""
    asked = admin.get("/models/change/promote?ref=1")

    done = admin.post("/models/change/promote?ref=1", data={})

    assert "the gate is not asked again" in text_of(asked)
    assert (done.status_code, champion_version(bundles)) == (303, "1")
    with reading(app.state.desk.engine) as connection:
        (entry,) = [one for one in audit.entries(connection) if one.action == "model.promoted"]
    assert (entry.object, entry.details) == ("model:1", {"before": "2", "forced": False})


def test_nothing_is_changed_by_a_link_or_from_another_site(admin: TestClient, bundles: Path) -> None:
    """A cookie goes along with both."""
    for path in ("/models/change/rollback", "/models/change/promote?ref=1", "/models/automation/full"):
        assert admin.get(path).status_code == 200
        answer = admin.post(path, data={"seen": "2"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert [entry.event for entry in read_journal(bundles)] == ["promoted", "promoted"]


def test_what_people_said_since_the_training_is_counted(admin: TestClient, app: FastAPI) -> None:
    """By target and verdict, the last word of each, and how many labels are new."""
    for place, worked in enumerate(make_history(4)):
        store(app, replace(worked, assignment_group=None), opened=NOW - timedelta(hours=1), answered="Network")
        verdict = ("accepted", "corrected", "corrected", "rejected")[place]
        value = "Mail" if verdict == "corrected" else None
        with writing(app.state.desk.engine) as connection:
            said = Said(target=TARGET, verdict=verdict, value=value)  # type: ignore[arg-type]
            record_review(connection, worked.filed.id, said, "user:a", datetime.now(UTC))

    page = admin.get("/models/learned", headers={"HX-Request": "true"})

    assert "People have reviewed 4 answers" in text_of(page)
    assert row(page, TARGET, "1 2 1")
    assert f"{TARGET}: Network → Mail , 2 times" in text_of(page)
    assert "3 labels of people came to be known since" in text_of(page)
    assert "<h1>" not in page.text
    assert "<h1>" in admin.get("/models/learned").text


def test_reviews_of_before_the_training_are_not_news(admin: TestClient, app: FastAPI) -> None:
    """The model has learned from them."""
    (worked,) = make_history(1)
    store(app, replace(worked, assignment_group=None), opened=NOW - timedelta(days=30), answered="Network")
    with writing(app.state.desk.engine) as connection:
        said = Said(target=TARGET, verdict="accepted")
        record_review(connection, worked.filed.id, said, "user:a", NOW - timedelta(days=29))
        connection.execute(tables.tickets.update().values(updated_at=NOW - timedelta(days=29)))

    page = text_of(admin.get("/models/learned"))

    assert "Nobody has reviewed an answer since model 2 was learned" in page
    assert "0 labels of people came to be known since" in page
    with reading(app.state.desk.engine) as connection:
        assert connection.scalar(select(tables.reviews.c.verdict)) == "accepted"
