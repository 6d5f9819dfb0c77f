"""What other people wrote and pages need stands beside ours, unchanged, with where it is from."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "api" / "static" / "vendor", ROOT / "tests" / "browser" / "vendor"]


@pytest.mark.parametrize("folder", FOLDERS, ids=["pages", "tests"])
def test_every_file_is_the_one_that_its_record_names(folder: Path) -> None:
    """Nobody has to trust that a file of 200 kB was not touched: package, version and hash tell."""
    records = {record["file"]: record for record in json.loads((folder / "vendored.json").read_text(encoding="utf-8"))}
    scripts = {path.name: path for path in folder.glob("*.js")}

    assert set(scripts) == set(records)
    for name, path in scripts.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == records[name]["sha256"]
        assert records[name].keys() == {"file", "package", "version", "path", "integrity", "sha256", "licence"}
        assert (folder / f"{name.partition('.')[0]}.LICENSE").is_file()
