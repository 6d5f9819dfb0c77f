"""Reads playbooks: the one that comes with triage, and over it the one that a desk wrote."""

from importlib import resources
from pathlib import Path

from triage.customers.playbook import Playbook, parse_playbook
from triage.errors import UnusablePlaybook

__all__ = ["read_playbook"]


def read_playbook(path: Path | None = None) -> Playbook:
    """The default playbook, with the entries of a desk's own file in the place of its own.

    Raises:
        UnusablePlaybook: the file cannot be read, or does not fit its form.
    """
    built_in = resources.files("triage.customers").joinpath("playbook.toml").read_text(encoding="utf-8")
    default = parse_playbook(built_in, "playbook.toml")
    if path is None:
        return default
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnusablePlaybook(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusablePlaybook(f"{path} cannot be read: it is not UTF-8.") from error
    return parse_playbook(text, str(path)).over(default)
