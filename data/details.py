"""Reads which details a ticket may lack, as they come with triage."""

from functools import cache
from importlib import resources

from triage.missing import Details, parse_details

__all__ = ["read_details"]


@cache
def read_details() -> Details:
    """The details of `triage/missing.toml`."""
    return parse_details(resources.files("triage").joinpath("missing.toml").read_text(encoding="utf-8"), "missing.toml")
