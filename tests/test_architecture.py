"""Who may import whom, and what a serving process must not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "triage": set(),
    "data": {"triage"},
    "models": {"triage"},
    "training": {"triage", "data", "models"},
    "api": {"triage", "data", "models"},
}
"""For each room the rooms below it."""

TRIAGE_MAY_USE = {
    "triage/settings.py": {"pydantic", "pydantic_settings"},  # reads the environment, for entry points only
}
"""Beside the standard library and numpy, which is all that deciding needs."""

TOO_HEAVY_TO_SERVE = {
    "torch", "sklearn", "scipy", "pandas", "mlflow", "pyarrow", "joblib", "matplotlib", "datasketch", "ibis", "duckdb",
}  # fmt: skip


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def sources(room: str) -> list[Path]:
    """The Python files of a room."""
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_point_down(room: str) -> None:
    """What decides can be reasoned about alone, and training can change without serving."""
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[room] - {room}

    wrong = {str(file.relative_to(ROOT)): found for file in sources(room) if (found := imported(file) & forbidden)}

    assert not wrong


def test_what_decides_needs_the_standard_library_and_numpy() -> None:
    """No framework and no I/O where the rules are, so that they outlive both."""
    usual = {*sys.stdlib_module_names, "numpy", "triage"}

    wrong = {
        name: found
        for file in sources("triage")
        if (found := imported(file) - usual - TRIAGE_MAY_USE.get(name := str(file.relative_to(ROOT)), set()))
    }

    assert not wrong


def test_no_room_has_a_drawer() -> None:
    """What lands in one is never found again."""
    drawers = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc"}

    assert not [file for room in MAY_IMPORT for file in sources(room) if file.stem in drawers]


def test_every_module_says_what_it_is_for() -> None:
    """The first line is what a stranger reads."""
    assert not [
        file for room in MAY_IMPORT for file in sources(room) if not ast.get_docstring(ast.parse(file.read_text()))
    ]


def test_the_serving_process_loads_nothing_that_only_training_needs() -> None:
    """It starts in seconds and fits a small machine; a stray import would cost both."""
    program = (
        "import sys; import training.cli, api.app, api.commands.serve; print(*{m.split('.')[0] for m in sys.modules})"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "fastapi" in loaded.stdout.split()
    assert not TOO_HEAVY_TO_SERVE & set(loaded.stdout.split())
