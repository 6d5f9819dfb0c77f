"""The registry of versions."""

from pathlib import Path

import pytest

from models.bundle import read_manifest
from models.mlflow_registry import CHALLENGER, CHAMPION, MlflowRegistry
from triage.errors import NotFound, StoreUnusable


def add(registry: MlflowRegistry, bundle: Path) -> str:
    """Register a bundle as a run's."""
    return registry.register(registry.client.create_run(registry.experiment()).info.run_id, bundle)


def test_an_empty_registry_says_what_to_do(registry: MlflowRegistry) -> None:
    """The first command somebody tries is often the last of the thread."""
    assert registry.versions() == []
    with pytest.raises(NotFound, match="triage models train"):
        registry.find("champion")


def test_versions_count_up_and_the_newest_is_the_challenger(registry: MlflowRegistry, bundle: Path) -> None:
    """A version is found by its number or its alias."""
    assert [add(registry, bundle), add(registry, bundle)] == ["1", "2"]
    registry.point(CHAMPION, "1")

    assert [(v.version, v.aliases) for v in registry.versions()] == [("2", (CHALLENGER,)), ("1", (CHAMPION,))]
    assert registry.find("champion") == registry.find("1")
    assert registry.find("1").bundle_hash == read_manifest(bundle).bundle_hash


def test_an_unknown_reference_lists_the_known_ones(registry: MlflowRegistry, bundle: Path) -> None:
    """A typo should cost one look."""
    add(registry, bundle)

    with pytest.raises(NotFound, match=r"No model '9'. Known: 1, challenger\."):
        registry.find("9")


def test_a_bundle_comes_back_as_it_was_kept(registry: MlflowRegistry, bundle: Path) -> None:
    """What is promoted later must be what was trained."""
    version = registry.find(add(registry, bundle))

    with registry.bundle(version) as folder:
        assert read_manifest(folder) == read_manifest(bundle)


def test_a_moved_home_takes_its_versions_along(registry: MlflowRegistry, bundle: Path, tmp_path: Path) -> None:
    """MLflow writes down absolute paths; a staging copy must neither lose its models nor write into the original."""
    add(registry, bundle)
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "mlflow.db").rename(moved / "mlflow.db")
    (tmp_path / "artifacts").rename(moved / "artifacts")

    there = MlflowRegistry(f"sqlite:///{moved}/mlflow.db", moved / "artifacts")
    with there.bundle(there.find("1")) as folder:
        assert read_manifest(folder) == read_manifest(bundle)
    with there.bundle(there.find(add(there, bundle))) as folder:
        assert folder.is_relative_to(moved)
    assert not (tmp_path / "artifacts").exists()


@pytest.mark.parametrize("uri", ["sqlite:///{}/spoilt.db", "nothing://like/that"])
def test_a_store_that_is_none_is_a_sentence(tmp_path: Path, uri: str) -> None:
    """A wrong setting must not end in MLflow's traceback."""
    (tmp_path / "spoilt.db").write_text("this is no database")

    with pytest.raises(StoreUnusable, match="MLflow store of runs and versions cannot be used"):
        MlflowRegistry(uri.format(tmp_path), tmp_path / "artifacts")


def test_files_that_are_gone_are_a_sentence(registry: MlflowRegistry, bundle: Path, tmp_path: Path) -> None:
    """People tidy up folders whose meaning they do not know."""
    version = registry.find(add(registry, bundle))
    (tmp_path / "artifacts").rename(tmp_path / "elsewhere")

    with pytest.raises(NotFound, match="files of model 1 are gone"), registry.bundle(version):
        pass


def test_an_alias_that_cannot_be_pointed_is_a_sentence(registry: MlflowRegistry) -> None:
    """A rollback says what did not follow."""
    with pytest.raises(StoreUnusable, match="The alias 'champion' cannot be pointed to model 7"):
        registry.point(CHAMPION, "7")
