"""The gate, for a process that only serves: it runs `triage models promote` beside itself and tells its verdict.

Comparing takes libraries of hundreds of megabytes. In a process of their own they are gone when it is over.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from api.model_changes import Asked, Change
from models.registry import champion_version
from triage import errors
from triage.errors import GateUnavailable, InvalidInput, Overloaded, PromotionRefused, TriageError
from triage.settings import read_settings

__all__ = ["ask_gate"]

GATE_SECONDS = 300
"""How long a comparison may take, with a registry that answers slowly."""

NEEDED = ("mlflow", "scipy")
"""What the comparison loads, and serving does without."""

_ONLY_SERVING = (
    "Only serving is installed here, so nothing can compare the version with the champion: run "
    "`triage models promote` where it was trained, with this home, or install the extra `train`."
)


def ask_gate(asked: Asked) -> Change:
    """Lets a version serve unless it is worse than the champion.

    Raises:
        GateUnavailable: the extra `train` is not installed.
        Overloaded: there was no verdict in time.
        PromotionRefused: the gate objects and nobody overruled it.
        TriageError: whatever else the command line has refused, such as a version that there is not.
    """
    if not all(map(find_spec, NEEDED)):
        raise GateUnavailable(_ONLY_SERVING)
    before = champion_version(read_settings().bundles)
    overruling = [] if asked.reason is None else ["--force", f"--reason={asked.reason}"]
    words = ["models", "promote", "--json", f"--asked-by={asked.who}", *overruling, "--", asked.ref]
    try:
        done = subprocess.run(  # noqa: S603  (words and no shell; what callers send stands behind `=` or `--`)
            [sys.executable, "-m", "commands", *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=GATE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Overloaded(
            f"The gate has said nothing within {GATE_SECONDS} seconds; `triage models list` shows what serves."
        ) from None
    document = _document(done.stdout)
    sentence = (done.stderr.strip().splitlines() or ["The gate has failed without a word."])[-1]
    if done.returncode != 0:
        raise _refusal(document, sentence)
    return Change(document["champion"], before, tuple(document["objections"]), tuple(document["notes"]))


def _document(printed: str) -> dict[str, Any]:
    """The one document that the command has printed; empty where it has none."""
    lines = printed.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(document: dict[str, Any], sentence: str) -> TriageError:
    if document.get("refused"):
        return PromotionRefused(
            sentence,
            champion=document["champion"],
            objections=tuple(document["objections"]),
            rules=tuple(document["refused"]),
        )
    kind = getattr(errors, str(document.get("fault", "")), InvalidInput)
    return kind(sentence)
