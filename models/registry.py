"""The folder that serving reads: one folder a promoted version, and a pointer to the champion.

    models/3/          a bundle
    models/champion    a file that holds "3"
    models/3.policy.json    what a desk has set for it since, see `models/policies.py`

The pointer is replaced in one rename, so a reader sees the old champion or the new one, never half of one.
"""

import threading
from collections.abc import Mapping
from pathlib import Path

import structlog

from models.bundle import copy_bundle, load_bundle, replace_text
from models.policies import TargetPolicy, read_policies, with_policies, write_policies
from triage.errors import BundleMalformed, ModelUnusable, NoModel
from triage.model import TriageModel

__all__ = [
    "ServedModel",
    "champion_version",
    "load_served",
    "return_to_version",
    "serve_version",
    "served_version",
    "set_version",
]

_POINTER = "champion"
_NOT_PROMOTED = "No model was promoted yet: train one with `triage models train`, then `triage models promote`."


def serve_version(bundles: Path, version: str, source: Path) -> None:
    """Put a verified copy of the bundle at `source` into the folder and point to it.

    Raises:
        ModelUnusable: the bundle may not serve; the champion stays as it was.
    """
    load_bundle(source, version=version)
    bundles.mkdir(parents=True, exist_ok=True)
    if not _is_there(bundles / version, source):
        copy_bundle(source, bundles / version)
    _point(bundles, version)


def return_to_version(bundles: Path, version: str) -> None:
    """Point to a version that was served before, after verifying the copy that was kept.

    Raises:
        ModelUnusable: that copy is gone or may not serve; the champion stays as it is.
    """
    load_served(bundles, version)
    _point(bundles, version)


def set_version(bundles: Path, version: str, policies: Mapping[str, TargetPolicy]) -> None:
    """Keep what a desk has set for a version; where it serves, running services take it up."""
    write_policies(bundles, version, policies)
    if champion_version(bundles) == version:
        _point(bundles, version)


def load_served(bundles: Path, version: str) -> TriageModel:
    """A version of this folder, verified, as the desk has set it.

    Raises:
        ModelUnusable: the bundle may not serve, or what was set does not fit it.
    """
    return with_policies(load_bundle(bundles / version, version=version), read_policies(bundles, version))


def _point(bundles: Path, version: str) -> None:
    replace_text(bundles / _POINTER, f"{version}\n")


def _is_there(folder: Path, source: Path) -> bool:
    """Whether the folder is a sound copy already; then a service that reads it is not disturbed."""
    try:
        load_bundle(folder, version="")
    except ModelUnusable:
        return False
    return (folder / "manifest.json").read_bytes() == (source / "manifest.json").read_bytes()


def champion_version(bundles: Path) -> str | None:
    """The version that the pointer names; None where nothing was promoted.

    Raises:
        BundleMalformed: the pointer holds something else.
    """
    try:
        version = (bundles / _POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (UnicodeDecodeError, OSError) as error:
        raise BundleMalformed(f"The pointer to the champion cannot be read: {error}.") from error
    if version and not version.isalnum():
        raise BundleMalformed(f"The pointer to the champion names {version!r}, which is no version.")
    return version or None


def served_version(bundles: Path) -> str:
    """The champion.

    Raises:
        NoModel: nothing was promoted yet.
        BundleMalformed: the pointer holds something else.
    """
    if (version := champion_version(bundles)) is None:
        raise NoModel(_NOT_PROMOTED)
    return version


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
            raise NoModel(_NOT_PROMOTED) from None
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            with self._lock:
                if seen != self._seen:
                    self._exchange()
                    self._seen = seen  # also after a refusal: the same bundle is not read again for every request
        if self._model is None:
            raise self._refused or NoModel("No model was promoted yet.")
        return self._model

    def _exchange(self) -> None:
        log = structlog.get_logger()
        try:
            version = champion_version(self._bundles)
            log = log.bind(version=version)
            if version is None:
                raise NoModel("The pointer to the champion is empty.")
            self._model = load_served(self._bundles, version)
        except ModelUnusable as refused:
            self._refused = refused
            log.warning("model_refused", fault=type(refused).__name__, detail=str(refused))
        else:
            self._refused = None
            log.info("model_loaded", targets=self._model.targets)
