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
    "commands": {"triage", "data", "models", "training", "api"},
}
"""For each room the rooms below it."""

TRAINING_FLOORS = (
    "configs", "histories", "audit", "features", "learning", "evaluation", "risk", "reports", "batch", "customers",
)  # fmt: skip
"""The folders of training, the lowest first: each imports from those before it alone; what stands beside them joins
them and is imported by none."""

TRIAGE_MAY_USE = {
    "triage/gazetteer.py": {"rapidfuzz"},  # slips of the keyboard, of which a long text has thousands to look at
    "triage/markup/hypertext.py": {"lxml"},  # linear in broken pages, which the standard library's parser is not
    "triage/model.py": {"threadpoolctl"},  # how many threads numpy multiplies with is part of its arithmetic
    "triage/similar.py": {"numkong", "usearch"},  # products of bytes, and a graph of neighbours
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


def modules_of(file: Path) -> set[str]:
    """The modules of training that a file imports, by their dotted names."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_folder = (ROOT / node.module.replace(".", "/")).is_dir()
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if is_folder else {node.module}
    return {name for name in found if name.startswith("training.")}


def test_every_folder_of_training_has_its_floor() -> None:
    """A new one must say what it stands on."""
    folders = {file.parent.name for file in sources("training") if file.parent != ROOT / "training"}

    assert folders == set(TRAINING_FLOORS)


@pytest.mark.parametrize("folder", TRAINING_FLOORS)
def test_imports_within_training_point_down(folder: str) -> None:
    """Features can be understood without learning, and learning without its reports."""
    allowed = {folder, *TRAINING_FLOORS[: TRAINING_FLOORS.index(folder)]}

    wrong = {
        str(file.relative_to(ROOT)): found
        for file in sources(f"training/{folder}")
        if (found := {name for name in modules_of(file) if name.split(".")[1] not in allowed})
    }

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
    program = "import sys; import commands.cli, api.app, commands.serve; print(*{m.split('.')[0] for m in sys.modules})"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "fastapi" in loaded.stdout.split()
    assert not TOO_HEAVY_TO_SERVE & set(loaded.stdout.split())
