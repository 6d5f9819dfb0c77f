"""The pages on connecting a ticketing system, held against the code that they are about."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from data.connectors import CONNECTORS
from data.connectors.connector import Delivery, Options, Secrets
from data.sign_in import SIGN_INS
from data.sources import parse_sources
from tests.data.connectors.deliveries import SECRET
from triage.notes import Statement, note_of
from triage.prediction import LabelConfidence, Prediction, TermWeight
from triage.sources import Rules
from triage.write_back import DropReason, SkipReason

PAGES = Path(__file__).parents[2] / "docs" / "connect"

_CURL = """#!{python}
import os, sys
with open(os.environ["TOLD"], "w") as file:
    file.write("\\0".join(sys.argv[1:]))
"""
"""Stands in for curl, and keeps what it was told."""


def blocks(page: str, language: str) -> list[str]:
    """What stands in a page between fences."""
    parts = (PAGES / f"{page}.md").read_text(encoding="utf-8").split(f"```{language}\n")[1:]
    return [part.partition("```")[0] for part in parts]


@pytest.mark.parametrize("page", ["README", *sorted(CONNECTORS)])
def test_every_example_of_a_source_is_read(page: str) -> None:
    """It is copied as it stands."""
    (example,) = blocks(page, "toml")

    (source,) = parse_sources(example, f"{page}.md")

    assert page in ("README", source.system)
    assert set(source.credentials) == set(SIGN_INS[source.system][0].needs)


@pytest.mark.parametrize("system", sorted(CONNECTORS))
def test_what_is_to_prove_a_webhook_is_taken(system: str, tmp_path: Path) -> None:
    """It is the first thing that somebody tries, so it must not be what is wrong."""
    (source,) = parse_sources(blocks(system, "toml")[0], f"{system}.md")
    curl = tmp_path / "curl"
    curl.write_text(_CURL.format(python=sys.executable))
    curl.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TOLD": str(tmp_path / "told")}
    (shown,) = blocks(system, "sh")

    subprocess.run(
        ["/bin/bash", "-eu", "-c", shown], env=environment | {source.webhook_secrets[0]: SECRET}, check=True, timeout=20
    )

    told = (tmp_path / "told").read_text().split("\0")
    headers = dict(value.split(": ", 1) for flag, value in pairwise(told) if flag == "-H")
    delivery = Delivery({name.lower(): value for name, value in headers.items()}, told[told.index("-d") + 1].encode())
    connector = CONNECTORS[system](Options(own_fields=source.own_fields))
    connector.verify(delivery, Secrets(SECRET), datetime.now(UTC))
    assert connector.read(delivery).kind == "created" or system == "zammad"  # which tells it by the times in its body
    assert told[-1] == f"https://triage.example.org/v1/hooks/{source.name}"


def test_the_index_names_every_page_reason_and_rule() -> None:
    """Who finds a reason in a log looks it up here."""
    index = (PAGES / "README.md").read_text(encoding="utf-8")

    words = {*get_args(SkipReason), *get_args(DropReason), *Rules.__dataclass_fields__}
    assert not [word for word in words if f"`{word}`" not in index]
    assert not [page.name for page in PAGES.glob("*.md") if page.stem != "README" and f"({page.name})" not in index]


def test_the_note_in_the_index_is_a_note() -> None:
    """Word for word."""
    prediction = Prediction(
        *("assignment_group", "Network", 0.97, 0.8, "suggest", "above_threshold"),
        (LabelConfidence("Network", 0.97),),
        (TermWeight("vpn", 2.0), TermWeight("tunnel", 1.0)),
    )
    statement = Statement(target="assignment_group", label="Network", is_applied=False, prediction=prediction)

    assert f"> {note_of([statement])}\n" in (PAGES / "README.md").read_text(encoding="utf-8")
