"""What the machine can do to a service: it says so in a sentence, answers what it can, and loses nothing it took."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from data.database import open_database, reading
from data.tables import tickets
from models.registry import serve_version
from tests.commands.servers import Served, new_key, serving
from triage.settings import read_settings

TICKET = {"subject": "vpn tunnel drops", "body": "wifi is slow"}
FULL = "database or disk is full"
DISK_BYTES = 3_000_000


def flip(path: Path) -> None:
    """Changes one byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def array_of(bundle: Path) -> Path:
    """The largest array of a bundle."""
    return max(bundle.glob("*.npy"), key=lambda path: path.stat().st_size)


def manifest_of(bundle: Path) -> Path:
    """The manifest of a bundle."""
    return bundle / "manifest.json"


SPOILT = pytest.mark.parametrize("spoilt", [array_of, manifest_of], ids=["array", "manifest"])


@pytest.fixture
def key(home: Path, bundle: Path) -> str:
    """Of an installation that is ready."""
    home.mkdir(exist_ok=True)
    serve_version(read_settings().bundles, "1", bundle)
    return new_key(read_settings().database, "score")


def file(served: Served, key: str, id_: str) -> int:
    """The status of the answer to one ticket."""
    status, _ = served.ask("POST", "/v1/score", key, TICKET | {"id": id_})
    return status


def stored(url: str) -> set[str]:
    """The tickets that are there."""
    engine = open_database(url)
    with reading(engine) as connection:
        found = set(connection.scalars(select(tickets.c.id)))
    engine.dispose()
    return found


def is_soon(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it comes to be within so long."""
    give_up = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


@SPOILT
def test_a_bundle_that_was_changed_does_not_begin_to_answer(
    spoilt: Callable[[Path], Path], key: str, tmp_path: Path
) -> None:
    """A disk that rots or a hand that slips must not decide about tickets; monitors see it, and the log says why."""
    flip(spoilt(read_settings().bundles / "1"))

    with serving(tmp_path / "log") as served:
        ready, told = served.ask("GET", "/readyz")
        status, problem = served.ask("POST", "/v1/score", key, TICKET)
        alive, _ = served.ask("GET", "/healthz")
        refused = [line for line in served.lines() if line["event"] == "model_refused"]

    assert (ready, told["checks"]["model"]["ok"], told["checks"]["database"]["ok"]) == (503, False, True)
    assert "the log says why" in told["checks"]["model"]["detail"]
    assert (status, alive) == (503, 200)
    assert problem["detail"].endswith(".")
    assert refused
    assert refused[0]["detail"].endswith(".")


@SPOILT
def test_a_bundle_that_is_changed_while_it_serves_leaves_the_old_model_answering(
    spoilt: Callable[[Path], Path], key: str, bundle: Path, tmp_path: Path
) -> None:
    """What is in memory was verified; what stands on the disk is verified before it is taken up."""
    bundles = read_settings().bundles
    with serving(tmp_path / "log") as served:
        before = served.ask("POST", "/v1/score", key, TICKET)[1]
        flip(spoilt(bundles / "1"))
        again = served.ask("POST", "/v1/score", key, TICKET)[1]
        shutil.copytree(bundle, bundles / "2")
        flip(spoilt(bundles / "2"))
        (bundles / "new").write_text("2\n", encoding="utf-8")
        (bundles / "new").replace(bundles / "champion")
        assert is_soon(lambda: file(served, key, "T1") != 200 or "model_refused" in served.log.read_text())
        after = served.ask("POST", "/v1/score", key, TICKET)[1]
        ready, _ = served.ask("GET", "/readyz")

    assert before["predictions"] == again["predictions"] == after["predictions"]
    assert before["model"] == after["model"]
    assert ready == 200


def test_a_database_that_was_cut_off_is_named_at_the_start(key: str, home: Path, tmp_path: Path) -> None:
    """A copy that broke off looks like a database; nobody wants to learn from a customer that it is none."""
    path = home / "triage.db"
    os.truncate(path, path.stat().st_size // 2)

    with serving(tmp_path / "log") as served:
        ready, told = served.ask("GET", "/readyz")
        status = file(served, key, "T1")
        said = served.log.read_text(encoding="utf-8")

    assert (ready, told["checks"]["database"]["ok"], told["checks"]["model"]["ok"]) == (503, False, True)
    assert status == 503
    assert "Not ready: The database" in said
    assert "malformed" in said


def test_a_database_that_is_cut_off_while_serving_is_said_and_the_process_stays(
    key: str, home: Path, tmp_path: Path
) -> None:
    """The file is beyond help; callers are told to come again, and the log says what to restore."""
    path = home / "triage.db"
    with serving(tmp_path / "log") as served:
        assert file(served, key, "T1") == 200
        os.truncate(path, 4096)
        statuses = {file(served, key, f"T{n}") for n in range(2, 20)}
        ready, told = served.ask("GET", "/readyz")
        alive, _ = served.ask("GET", "/healthz")
        sentence = f"The database {path.resolve()} cannot be used: database disk image is malformed."
        is_said = _is_logged_in_time(served.log, sentence)

    assert statuses <= {200, 503}  # what is in memory is still good
    assert (ready, alive) == (503, 200)
    assert told["checks"]["database"]["ok"] is False
    assert is_said


def _is_logged_in_time(log: Path, sentence: str) -> bool:
    """Whether the log says it within half a minute: whoever reads the file next says so, and workers read all day."""
    until = time.monotonic() + 30
    while sentence not in log.read_text(encoding="utf-8"):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


@pytest.fixture
def small_disk(home: Path, bundle: Path) -> Iterator[Path]:
    """A home of an installation on a disk that is soon full."""
    home.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(home)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    serve_version(read_settings().bundles, "1", bundle)
    yield home
    subprocess.run(["/bin/umount", "-l", str(home)], check=True)


def test_a_disk_that_is_full_loses_nothing_that_was_taken(small_disk: Path, tmp_path: Path) -> None:
    """Whoever is answered is stored; whoever is not is told to come again, and is served once there is room."""
    url = read_settings().database
    key = new_key(url, "score")
    with serving(tmp_path / "log") as served:
        answers = {"T1": file(served, key, "T1")}
        _fill(small_disk / "ballast")
        for n in range(2, 200):
            answers[f"T{n}"] = file(served, key, f"T{n}")
        refused, problem = served.ask("POST", "/v1/score", key, TICKET | {"id": "T200"})
        (small_disk / "ballast").unlink()
        after = file(served, key, "T201")
        said = served.log.read_text(encoding="utf-8")
    taken = {id_ for id_, status in answers.items() if status == 200}

    assert set(answers.values()) == {200, 503}
    assert refused == 503
    assert problem["detail"].endswith(".")
    assert after == 200
    assert stored(url) == taken | {"T201"}
    assert FULL in said


def _fill(ballast: Path) -> None:
    """Writes until nothing more fits."""
    with ballast.open("wb", buffering=0) as written, contextlib.suppress(OSError):
        while True:
            written.write(b"x" * 1024)
