"""The folder that serving reads: one folder a promoted version, and a pointer to the champion.

    models/3/          a bundle
    models/champion    a file that holds "3"

The pointer is replaced in one rename, so a reader sees the old champion or the new one, never half of one.
"""

import os
import threading
from pathlib import Path

import structlog

from models.bundle import copy_bundle, load_bundle
from triage.errors import ModelUnusable, NoModel
from triage.model import TriageModel

__all__ = ["ServedModel", "champion_version", "serve_version"]

_POINTER = "champion"


def serve_version(bundles: Path, version: str, source: Path) -> None:
    """Put a verified copy of the bundle at `source` into the folder and point to it.

    Raises:
        ModelUnusable: the bundle may not serve; the champion stays as it was.
    """
    load_bundle(source, version=version)
    bundles.mkdir(parents=True, exist_ok=True)
    copy_bundle(source, bundles / version)
    pointer = bundles / f".{_POINTER}.new"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(f"{version}\n")
        file.flush()
        os.fsync(file.fileno())
    pointer.replace(bundles / _POINTER)


def champion_version(bundles: Path) -> str | None:
    """The version that the pointer names; None where nothing was promoted."""
    try:
        return (bundles / _POINTER).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


class ServedModel:
    """The champion in memory, exchanged by itself when another version is promoted; safe to share between threads."""

    def __init__(self, bundles: Path) -> None:
        self._bundles = bundles
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._model: TriageModel | None = None
        self._refused: ModelUnusable | None = None

    def current(self) -> TriageModel:
        """The model that answers now; one `stat` unless the pointer has moved.

        A new champion that is refused is logged once and the old one goes on answering.

        Raises:
            NoModel: nothing was promoted yet.
            ModelUnusable: the champion is refused and there is none to fall back to.
        """
        try:
            found = (self._bundles / _POINTER).stat()
        except FileNotFoundError:
            raise NoModel(
                "No model was promoted yet: train one with `triage models train`, then `triage models promote`."
            ) from None
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            with self._lock:
                if seen != self._seen:
                    self._exchange()
                    self._seen = seen
        if self._model is None:
            raise self._refused or NoModel("No model was promoted yet.")
        return self._model

    def _exchange(self) -> None:
        version = champion_version(self._bundles) or ""
        log = structlog.get_logger().bind(version=version)
        try:
            self._model = load_bundle(self._bundles / version, version=version)
        except ModelUnusable as refused:
            self._refused = refused
            log.warning("model_refused", fault=type(refused).__name__, detail=str(refused))
        else:
            self._refused = None
            log.info("model_loaded", targets=self._model.targets)
