"""The notebook that data scientists begin with."""

import os
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # of Jupyter's own parts


def test_the_notebook_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens it copies its cells; one that fails teaches nothing."""
    import nbformat  # noqa: PLC0415 - warns when it is imported
    from nbclient import NotebookClient  # noqa: PLC0415 - see above

    monkeypatch.delenv("TRIAGE_HOME")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)

    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()

    shown = {kind for cell in notebook.cells for found in cell.get("outputs", ()) for kind in found.get("data", ())}
    assert "image/png" in shown  # the curve
    assert (tmp_path / "var" / "models" / "1.policy.json").is_file()


def test_the_notebook_is_kept_with_what_it_showed() -> None:
    """Who reads it in a browser sees the curve without running anything; and nobody's paths."""
    kept = NOTEBOOK.read_text(encoding="utf-8")

    assert "image/png" in kept
    assert "right among the applied" in kept
    assert str(Path.home()) not in kept
    assert str(NOTEBOOK.parents[1]) not in kept
