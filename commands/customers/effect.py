"""Say whether customers called less after plans than similar customers without one.

It is loaded without the other verbs of `triage customers` (see `commands/cli.py`), as it needs the database alone.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from data.customers import contact_moments
from data.database import open_database, reading
from data.opt_outs import all_out
from data.plans import first_plans
from data.schema import prepare
from triage.customers.effects import FEWEST_PLANS, WINDOW, Effect, measure_effect
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()


@app.command()
def effect(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Say whether contacts fell after plans, beyond what they fell with similar customers and beyond chance."""
    now = datetime.now(UTC)
    engine = open_database(read_settings().database)
    prepare(engine)
    with reading(engine) as connection:
        out = all_out(connection)
        begun = {customer: at for customer, at in first_plans(connection).items() if customer not in out}
        moments = contact_moments(connection, min(begun.values(), default=now) - WINDOW, now)
    contacts = {customer: made for customer, made in moments.items() if customer not in out}
    found = measure_effect(begun, contacts, now)
    for sentence in _sentences(found):
        typer.echo(sentence, err=as_json)
    if as_json:
        typer.echo(json.dumps({"window_days": WINDOW.days, "plans_needed": FEWEST_PLANS} | asdict(found)))


def _sentences(found: Effect) -> list[str]:
    days = WINDOW.days
    left_out = (
        f"Left out: {found.n_waiting:,} plans younger than {days} days, and {found.n_alone:,} of customers who had not "
        "called before or whom nobody resembles."
    )
    if found.change is None or found.low is None or found.high is None:
        return [f"Too few to say: {found.n_plans:,} plans can be compared, and it takes {FEWEST_PLANS}.", left_out]
    verdict = "They fell" if found.high < 0 else "They rose" if found.low > 0 else "That may be chance"
    changed = (
        f"After {found.n_plans:,} plans, contacts in {days} days changed by {found.change:+.1f} beyond what they "
        f"changed with similar customers (95 % interval {found.low:+.1f} to {found.high:+.1f}). {verdict}."
    )
    means = (
        f"With a plan: {found.before:.1f} before, {found.after:.1f} after. Similar customers without one: "
        f"{found.similar_before:.1f} before, {found.similar_after:.1f} after."
    )
    caution = "Who got a plan was not drawn by lot, and may differ in more than how often they called."
    return [changed, means, left_out, caution]
