"""`make audit` says what it could not audit, and writes the bill of materials whatever comes of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

SOUND = {"name": "one", "version": "1.0", "vulns": []}
FLAWED = {"name": "two", "version": "2.0", "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "three", "skip_reason": "Dependency not found on PyPI and could not be audited: three (3.0)"}
OURS = {"name": "triage", "skip_reason": "distribution marked as editable"}

_TOOL = """#!{python}
import os, pathlib, sys
for before, out in zip(sys.argv, sys.argv[1:]):
    if before in ("--output", "--output-file") and os.environ["{content}"]:
        pathlib.Path(out).write_text(os.environ["{content}"])
sys.exit(bool(os.environ["{content}"] == ""))
"""


def audit(folder: Path, dependencies: list[dict[str, Any]] | None) -> subprocess.CompletedProcess[str]:
    """Runs the target with tools that find this; None is a service that is not reached."""
    found = "" if dependencies is None else json.dumps({"dependencies": dependencies})
    (folder / "bin").mkdir()
    for name, content in (("pip-audit", "FOUND"), ("cyclonedx-py", "BILL")):
        tool = folder / "bin" / name
        tool.write_text(_TOOL.format(python=sys.executable, content=content))
        tool.chmod(0o755)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return subprocess.run(
        [
            shutil.which("make") or "make",
            "-o",
            ".venv/installed",
            "audit",
            f"BIN={folder / 'bin'}",
            f"AUDIT={folder / 'audit'}",
        ],
        cwd=ROOT,
        env=os.environ | {"FOUND": found, "BILL": "{}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("dependencies", "passes", "sentence"),
    [
        ([SOUND, OURS], True, "1 of 1 installed packages were audited"),
        ([SOUND, FLAWED], False, "two 2.0: PYSEC-0000-1, fixed in 2.1"),
        ([SOUND, UNKNOWN], False, "Of the others the service knows nothing: three."),
        (None, False, "Nothing was audited: pip-audit did not reach pypi.org"),
    ],
)
def test_an_audit_passes_only_where_everything_was_audited(
    tmp_path: Path, dependencies: list[dict[str, Any]] | None, passes: bool, sentence: str
) -> None:
    """A green check that looked at nothing is worse than none."""
    done = audit(tmp_path, dependencies)

    assert (done.returncode == 0) == passes
    assert sentence in done.stdout + done.stderr
    assert (tmp_path / "audit" / "sbom.json").read_text() == "{}"


def test_what_was_found_before_is_no_finding_of_today(tmp_path: Path) -> None:
    """Or an unreachable service would look like yesterday's good result."""
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "vulnerabilities.json").write_text(json.dumps({"dependencies": [SOUND]}))

    assert audit(tmp_path, None).returncode != 0
