"""Keeps what was learned: manifests, bundles, the registry of versions."""
