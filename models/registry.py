"""The folder that serving reads: one folder a promoted version, and a pointer to the champion.

    models/3/          a bundle
    models/champion    a file that holds "3"
    models/3.policy.json    what a desk has set for it since, see `models/policies.py`

The pointer is replaced in one rename, so a reader sees the old champion or the new one, never half of one.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
    "served_versions",
    "set_version",
]

LOOK_EVERY_SECONDS = 0.25
"""How often a process that serves looks for a promotion: one `stat`."""

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


def served_versions(bundles: Path) -> list[str]:
    """Every version that has a copy in this folder, the newest first."""
    if not bundles.is_dir():
        return []
    found = [path.name for path in bundles.iterdir() if path.is_dir() and path.name.isalnum()]
    return sorted(found, key=lambda name: (name.isdecimal(), int(name) if name.isdecimal() else 0, name), reverse=True)


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
    """The champion in memory, exchanged by itself when another version is promoted; safe to share between threads.

    Whoever asks after a promotion loads the new version first. While it is `watched`, a thread of its own does that
    beside the answers under way, and nobody waits.
    """

    def __init__(self, bundles: Path) -> None:
        self._bundles = bundles
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._model: TriageModel | None = None
        self._refused: ModelUnusable = NoModel(_NOT_PROMOTED)
        self._is_watched = False

    def current(self) -> TriageModel:
        """The model that answers now; one `stat` unless the pointer has moved, and while it is watched not even that.

        A new champion that is refused is logged once and the old one goes on answering.

        Raises:
            NoModel: nothing was promoted yet.
            ModelUnusable: the champion is refused and there is none to fall back to.
        """
        if self._model is None or not self._is_watched:
            self.look()
        model = self._model
        if model is None:
            raise self._refused.with_traceback(None)  # the same one is raised again and again
        return model

    def look(self) -> None:
        """Takes up what the pointer names, if it has moved; whoever asks meanwhile gets the model of before."""
        seen = self._pointer()
        if seen != self._seen:
            with self._lock:
                if seen != self._seen:
                    self._exchange(is_there=seen is not None)
                    self._seen = seen  # also after a refusal: the same bundle is not read again for every request

    @contextmanager
    def watched(self, on_exchange: Callable[[str], None] = lambda _version: None) -> Iterator[None]:
        """Takes up promotions within a second or two while this lasts, whether or not anybody asks.

        Args:
            on_exchange: told the version that answers, at the beginning and whenever it is another one.
        """
        is_over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(is_over, on_exchange), name="promotions", daemon=True)
        self._look_and_tell(None, on_exchange)
        self._is_watched = True
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            self._is_watched = False

    def _watch(self, is_over: threading.Event, on_exchange: Callable[[str], None]) -> None:
        told = self._version()
        while not is_over.wait(LOOK_EVERY_SECONDS):
            told = self._look_and_tell(told, on_exchange)

    def _look_and_tell(self, told: str | None, on_exchange: Callable[[str], None]) -> str | None:
        try:
            self.look()
        except Exception as error:  # noqa: BLE001  (such as memory that ran out; the model of before goes on answering)
            structlog.get_logger().error("model_not_loaded", kind=type(error).__name__)
        version = self._version()
        if version is not None and version != told:
            on_exchange(version)
        return version

    def _version(self) -> str | None:
        return None if self._model is None else self._model.version

    def _pointer(self) -> tuple[int, int] | None:
        """What tells one pointer from the next; None where there is none."""
        try:
            found = (self._bundles / _POINTER).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _exchange(self, *, is_there: bool) -> None:
        log = structlog.get_logger()
        if not is_there:
            self._model, self._refused = None, NoModel(_NOT_PROMOTED)
            return
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
            log.info("model_loaded", targets=self._model.targets)
