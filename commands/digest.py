"""Write the digest of a week, or send it at once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from commands.exports import read_day
from data.database import open_database, reading, writing
from data.digests import is_sent, note_sent
from data.schema import prepare
from triage.digest import week_before
from triage.errors import Conflict, InvalidInput
from triage.settings import read_settings

__all__ = ["digest"]


def digest(
    week: Annotated[
        str | None, typer.Option(metavar="DATE", help="Any day of it (UTC); else the last whole one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write it as a page; else print it.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to TRIAGE_DIGEST_TO.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also if it was sent before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what stood out in a week: the digest that a lead gets on Mondays."""
    from api.digests import digest_mail, digest_of, sending_of
    from data.smtp import send_mail

    now, settings = datetime.now(UTC), read_settings()
    day = None if week is None else read_day(week, "--week")
    monday = week_before(now.date()) if day is None else day - timedelta(days=day.weekday())
    sending = sending_of(settings)
    if send and sending is None:
        raise InvalidInput("Nothing can be sent: set TRIAGE_SMTP_URL, TRIAGE_DIGEST_TO and TRIAGE_DIGEST_FROM.")
    engine = open_database(settings.database)
    prepare(engine)
    with reading(engine) as connection:
        if send and not again and is_sent(connection, monday):
            raise Conflict(f"The digest of the week from {monday} was sent before; --again sends it once more.")
        found = digest_of(connection, monday, now)
    made = digest_mail(found, settings.public_url)
    if out is not None:
        out.write_text(made.html, encoding="utf-8")
    n_sent = 0
    if send and sending is not None:
        refused = send_mail(sending.server, sending.mail(found), now)
        n_sent = len(sending.recipients) - len(refused)
        with writing(engine) as connection:
            note_sent(connection, monday, n_sent, now)
    if as_json:
        sections = [
            {"title": each.title, "sentences": list(each.sentences), "quotes": list(each.quotes), "path": each.path}
            for each in found.sections
        ]
        document = {"week": str(monday), "stands_out": list(found.stands_out), "sections": sections, "n_sent": n_sent}
        typer.echo(json.dumps(document, ensure_ascii=False))
    elif out is None and not send:
        typer.echo(made.text)
    if send:
        typer.echo(f"Sent to {n_sent} of {len(sending.recipients if sending else ())} addresses.", err=True)
