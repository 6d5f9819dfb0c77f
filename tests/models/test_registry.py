"""The folder that serving reads."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models import registry
from models.registry import ServedModel, champion_version, return_to_version, serve_version, served_versions
from training.experiment import Experiment
from triage.errors import BundleAltered, BundleMalformed, EncoderMissing, ModelUnusable, NoModel


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """An installation's folder, empty at first."""
    return tmp_path / "models"


def spoil(bundle: Path) -> None:
    """Change one file of a bundle."""
    (bundle / "card.md").write_text("something else")


def test_before_a_promotion_the_sentence_says_what_to_do(bundles: Path) -> None:
    """It is what an administrator reads in `/readyz` on the first day."""
    assert champion_version(bundles) is None
    with pytest.raises(NoModel, match="triage models promote"):
        ServedModel(bundles).current()


def test_the_promoted_version_answers(bundles: Path, bundle: Path) -> None:
    """Promoting is all it takes."""
    serve_version(bundles, "3", bundle)

    assert ServedModel(bundles).current().version == champion_version(bundles) == "3"


def test_another_promotion_is_taken_up_without_a_restart(bundles: Path, bundle: Path) -> None:
    """A service runs for months; models change by the week."""
    served = ServedModel(bundles)
    serve_version(bundles, "3", bundle)
    first = served.current()

    serve_version(bundles, "4", bundle)

    assert (first.version, served.current().version) == ("3", "4")


def test_without_a_promotion_the_model_stays_in_memory(bundles: Path, bundle: Path) -> None:
    """Loading costs a hundred times what scoring does."""
    serve_version(bundles, "3", bundle)
    served = ServedModel(bundles)

    assert served.current() is served.current()


def test_a_spoilt_bundle_is_not_promoted(bundles: Path, bundle: Path) -> None:
    """The check comes before the pointer moves."""
    serve_version(bundles, "3", bundle)
    spoil(bundle)

    with pytest.raises(BundleAltered):
        serve_version(bundles, "4", bundle)

    assert champion_version(bundles) == "3"
    assert not (bundles / "4").exists()


def test_promoting_the_champion_again_leaves_its_files_alone(bundles: Path, bundle: Path) -> None:
    """A service may be reading them at that moment."""
    serve_version(bundles, "3", bundle)
    before = (bundles / "3" / "weights.npy").stat().st_ino

    serve_version(bundles, "3", bundle)

    assert (bundles / "3" / "weights.npy").stat().st_ino == before
    assert sorted(path.name for path in bundles.iterdir()) == ["3", "champion"]


def test_a_spoilt_copy_is_replaced_by_promoting_again(bundles: Path, bundle: Path) -> None:
    """It is what an administrator will try first."""
    serve_version(bundles, "3", bundle)
    spoil(bundles / "3")

    serve_version(bundles, "3", bundle)

    assert ServedModel(bundles).current().version == "3"


def test_the_pointer_is_exchanged_and_never_rewritten(bundles: Path, bundle: Path) -> None:
    """A reader of a file that is being rewritten would see it empty."""
    serve_version(bundles, "3", bundle)
    with (bundles / "champion").open() as held:
        serve_version(bundles, "4", bundle)

        assert held.read() == "3\n"


@pytest.mark.parametrize("pointer", [b"", b"../../elsewhere\n", b"\xff\xfe\x00"])
def test_a_pointer_that_names_no_version_is_a_fault_and_keeps_the_old_model(
    bundles: Path, bundle: Path, pointer: bytes
) -> None:
    """A disk that fills up writes such files."""
    serve_version(bundles, "3", bundle)
    served = ServedModel(bundles)
    served.current()
    (bundles / "new").write_bytes(pointer)
    (bundles / "new").replace(bundles / "champion")

    assert served.current().version == "3"
    with pytest.raises(ModelUnusable):
        ServedModel(bundles).current()


def test_a_pointer_to_a_bundle_elsewhere_is_a_fault(bundles: Path, bundle: Path) -> None:
    """Whoever can write one file must not choose a model from anywhere on the disk."""
    bundles.mkdir()
    shutil.copytree(bundle, bundles.parent / "elsewhere")
    (bundles / "champion").write_text("../elsewhere\n")

    with pytest.raises(BundleMalformed, match="no version"):
        ServedModel(bundles).current()


def test_a_champion_that_is_refused_later_leaves_the_old_one_answering(bundles: Path, bundle: Path) -> None:
    """A failing disk must not take the service down while it still knows a good model."""
    serve_version(bundles, "3", bundle)
    served = ServedModel(bundles)
    served.current()
    shutil.copytree(bundle, bundles / "4")
    spoil(bundles / "4")
    (bundles / "next").write_text("4\n")
    (bundles / "next").replace(bundles / "champion")

    assert served.current().version == "3"


def test_a_refused_champion_without_an_old_one_names_its_fault(bundles: Path, bundle: Path) -> None:
    """`/readyz` must say which file, every time it is asked."""
    serve_version(bundles, "3", bundle)
    spoil(bundles / "3")
    served = ServedModel(bundles)

    for _ in range(2):
        with pytest.raises(BundleAltered, match=r"card\.md"):
            served.current()


def test_returning_needs_nothing_but_the_copy_that_was_kept(bundles: Path, bundle: Path) -> None:
    """Neither the registry nor the run's files; and a spoilt copy is not returned to."""
    for version in ("3", "4"):
        serve_version(bundles, version, bundle)
    shutil.rmtree(bundle)

    return_to_version(bundles, "3")
    returned = champion_version(bundles)
    spoil(bundles / "4")

    with pytest.raises(BundleAltered):
        return_to_version(bundles, "4")
    assert returned == champion_version(bundles) == "3"


def test_a_model_whose_encoder_is_not_here_does_not_serve(bundles: Path, bundle: Path, asking: Experiment) -> None:
    """It is refused before the pointer moves; who copies bundles by hand keeps the old answers."""
    serve_version(bundles, "3", bundle)
    served = ServedModel(bundles)
    served.current()
    asking.write(bundles / "4")

    with pytest.raises(EncoderMissing):
        serve_version(bundles, "4", bundles / "4")
    assert champion_version(bundles) == "3"
    (bundles / "champion").write_text("4\n")

    assert served.current().version == "3"


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within five seconds, which is what a desk is promised."""
    give_up = time.monotonic() + 5
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


def test_a_process_that_nobody_asks_takes_a_promotion_up(bundles: Path, bundle: Path) -> None:
    """Of several processes one may be idle for minutes, and its next answer must not be the old model's."""
    serve_version(bundles, "3", bundle)
    served, told = ServedModel(bundles), []

    with served.watched(told.append):
        serve_version(bundles, "4", bundle)
        is_taken_up = soon(lambda: told == ["3", "4"])

        assert is_taken_up
        assert served.current().version == "4"


def test_nobody_waits_while_another_version_is_read(
    bundles: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading and verifying a large model takes seconds; elsewhere that shows as a spike in response times."""
    serve_version(bundles, "3", bundle)
    served, is_read, may_end = ServedModel(bundles), threading.Event(), threading.Event()
    load = registry.load_served

    def slowly(folder: Path, version: str) -> object:
        if version == "4":
            is_read.set()
            assert may_end.wait(10)
        return load(folder, version)

    monkeypatch.setattr(registry, "load_served", slowly)
    with served.watched():
        serve_version(bundles, "4", bundle)
        assert is_read.wait(5)
        begun = time.monotonic()
        meanwhile = [served.current().version for _ in range(1_000)]
        seconds = time.monotonic() - begun
        may_end.set()

        assert soon(lambda: served.current().version == "4")
    assert set(meanwhile) == {"3"}
    assert seconds < 0.5


def test_a_watched_model_outlives_what_goes_wrong_with_the_next(
    bundles: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that runs out while two are held must not end the thread that looks."""
    serve_version(bundles, "3", bundle)
    served, load = ServedModel(bundles), registry.load_served
    failures = iter([MemoryError("3 GB")])

    def failing(folder: Path, version: str) -> object:
        if version == "4" and (error := next(failures, None)) is not None:
            raise error
        return load(folder, version)

    monkeypatch.setattr(registry, "load_served", failing)
    with served.watched():
        serve_version(bundles, "4", bundle)

        assert soon(lambda: served.current().version == "4")


def test_the_same_refusal_does_not_grow(bundles: Path) -> None:
    """A load balancer asks every second, for as long as nothing was promoted."""
    served, lengths = ServedModel(bundles), []

    for _ in range(3):
        with pytest.raises(NoModel) as refused:
            served.current()
        lengths.append(len(refused.traceback))

    assert len(set(lengths)) == 1


def test_versions_are_listed_newest_first(bundles: Path) -> None:
    """2 is older than 10, and what is no version is none."""
    for name in ("2", "10", ".hidden", "x.policy.json"):
        (bundles / name).mkdir(parents=True)
    (bundles / "9").write_text("no folder")

    assert served_versions(bundles) == ["10", "2"]
    assert served_versions(bundles / "none") == []
