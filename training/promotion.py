"""Promotion: a trained version becomes the champion that serving reads."""

from pathlib import Path

from models.mlflow_registry import CHAMPION, MlflowRegistry, RegisteredVersion
from models.registry import serve_version

__all__ = ["promote"]


def promote(registry: MlflowRegistry, bundles: Path, ref: str) -> RegisteredVersion:
    """Verify a version's bundle, put it where serving reads it, and let the alias follow last.

    Args:
        registry: where versions are kept.
        bundles: the folder that serving reads.
        ref: a version's number or alias.

    Raises:
        NotFound: there is no such version.
        ModelUnusable: its bundle may not serve; the champion stays as it was.
    """
    version = registry.find(ref)
    with registry.bundle(version) as folder:
        serve_version(bundles, version.version, folder)
    registry.point(CHAMPION, version.version)
    return version
