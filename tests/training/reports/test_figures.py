"""Where pictures may be written."""

from pathlib import Path

import pytest

from training.reports.figures import check_plots
from triage.errors import InvalidInput


@pytest.mark.parametrize(("folder", "said"), [("file", "is a file"), ("nowhere/plots", "There is no folder")])
def test_no_folder_is_refused_beforehand(folder: str, said: str, tmp_path: Path) -> None:
    """And not after the long work."""
    (tmp_path / "file").touch()

    with pytest.raises(InvalidInput, match=said):
        check_plots(tmp_path / folder)
