"""Files of results that commands write: Parquet, or CSV for a spreadsheet; they take their name when complete."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from triage.errors import InvalidInput

__all__ = ["check_out", "written_whole"]

_WRITERS: dict[str, Callable[..., pa.parquet.ParquetWriter | pa.csv.CSVWriter]] = {
    ".parquet": pa.parquet.ParquetWriter,
    ".csv": pa.csv.CSVWriter,
}


def check_out(out: Path, source: Path) -> None:
    """Nothing, where results can be written to `out`; a refusal before the long work begins otherwise.

    Raises:
        InvalidInput: another kind of file, no such folder, or the file that is read.
    """
    if out.suffix not in _WRITERS:
        raise InvalidInput(f"{out.name} is none of the files that can be written: {', '.join(_WRITERS)}.")
    if not out.parent.is_dir():
        raise InvalidInput(f"There is no folder {out.parent} to write {out.name} into.")
    if out.exists() and source.exists() and out.samefile(source):
        raise InvalidInput(f"{out} is the file that is read; name another one for the results.")


@contextmanager
def written_whole(out: Path, schema: pa.Schema) -> Iterator[pa.parquet.ParquetWriter | pa.csv.CSVWriter]:
    """A writer whose file appears when everything was written; a failure leaves what stood there as it was."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        with _WRITERS[out.suffix](unfinished, schema) as writer:
            yield writer
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
