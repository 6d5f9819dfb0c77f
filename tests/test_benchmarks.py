"""What benchmarks rest on; none of it looks at the clock."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks import performance
from benchmarks.measurement import CannotRun, Measurement
from benchmarks.results import read_results, write_results
from benchmarks.serving.load import Answered, require_wrk
from benchmarks.serving.rounds import Rounds
from benchmarks.sizes.bodies import draw_bodies
from benchmarks.sizes.customers import insert_customers
from benchmarks.sizes.models import draw_model, serve_model
from benchmarks.sizes.size import Size
from benchmarks.sizes.vocabulary import draw_vocabulary
from data.customers import callers
from data.database import open_database, reading
from data.schema import prepare
from models.registry import load_served
from triage.ticket import NewTicket

SMALL = Size(n_bytes=300, n_labels=3, n_targets=2, n_terms=400, n_customers=60)


def answered(n_requests: int) -> Answered:
    """A load of one second."""
    return Answered(n_requests, 1.0, 1.0, 1.0, 1.0, 1.0, 0, 0)


def test_a_drawn_model_may_serve(tmp_path: Path) -> None:
    """A bundle that the service refuses would measure nothing but errors."""
    model = draw_model(draw_vocabulary(SMALL.n_terms), SMALL)

    serve_model(tmp_path, model)

    loaded = load_served(tmp_path / "models", model.version)
    assert loaded.targets == ("target_0", "target_1")
    assert loaded.weights.shape == (400, 6)


def test_a_drawn_text_is_made_of_known_terms() -> None:
    """Unknown words cost less than known ones, and a model abstains for want of evidence."""
    vocabulary = draw_vocabulary(SMALL.n_terms)
    text = vocabulary.text(400, np.random.default_rng(1)).rpartition("\n")[0]

    rows = draw_model(vocabulary, SMALL).view.rows([NewTicket(id="T1", body=text)])

    assert not rows.unknown[0]
    assert any(" " in vocabulary.terms()[column] for column in rows.at)


def test_bodies_are_as_long_as_they_are_to_be() -> None:
    """A row of sizes is wrong where a body has another one."""
    for n_bytes in (100, 300, 1_000):
        bodies = draw_bodies(draw_vocabulary(400), Size(n_bytes=n_bytes, n_customers=60))[:50]

        assert {len(body) for body in bodies} == {n_bytes}
        assert all(set(json.loads(body)) == {"body", "customer_id"} for body in bodies)


def test_half_of_the_bodies_are_of_known_customers(tmp_path: Path) -> None:
    """The other half costs less, as there is nothing to look up."""
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    prepare(engine)
    insert_customers(engine, SMALL.n_customers)
    now = datetime.now(UTC)
    with reading(engine) as connection:
        known = {caller.customer_id for caller in callers(connection, now - timedelta(days=60), now, most=1_000)}
    engine.dispose()

    asked = [json.loads(body)["customer_id"] for body in draw_bodies(draw_vocabulary(400), SMALL)]

    assert len(known) == SMALL.n_customers
    assert sum(customer in known for customer in asked) == len(asked) / 2


def test_a_ratio_compares_within_a_round() -> None:
    """A machine that is busy in one round slows down both."""
    own, other = ([answered(k * n) for n in (10, 500, 30)] for k in (1, 2))

    assert Rounds(own).ratio_to(Rounds(other)) == 0.5


def test_without_wrk_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stack trace does not."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotRun, match="apt-get install wrk"):
        require_wrk()


def test_results_come_back_as_they_were_written() -> None:
    """The page on performance is written from them."""
    found = [Measurement("one thing", "3 s", figures={"seconds": 3.0})]

    results = read_results(write_results("serving", found))

    assert results.measurements == found
    assert results.machine.n_cores > 0


def test_the_page_has_a_place_for_every_part() -> None:
    """A part without one would stop the figures of all others from being written."""
    page = performance.PAGE.read_text(encoding="utf-8")

    for part in performance.PARTS:
        page = performance.with_part(page, part, f"figures of {part}")

    assert all(f"figures of {part}\n" in page for part in performance.PARTS)


def test_a_part_without_its_place_is_refused() -> None:
    """Else its figures would be lost in silence."""
    with pytest.raises(ValueError, match="peers: generated"):
        performance.with_part("# A page\n", "peers", "figures")
