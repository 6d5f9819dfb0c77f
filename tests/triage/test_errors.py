"""The tree of errors."""

import inspect

from triage import errors


def test_the_drawn_tree_holds_every_error_once() -> None:
    """The drawing is where people look first; one that lags behind the code misleads them."""
    drawn = [line.lstrip("│├└─ ").split()[0] for line in (errors.__doc__ or "").splitlines() if "──" in line]
    defined = [name for name, found in vars(errors).items() if inspect.isclass(found) and name != "TriageError"]

    assert sorted(drawn) == sorted(defined)


def test_everything_public_is_listed() -> None:
    """`__all__` says what others may rely on."""
    assert sorted(name for name, found in vars(errors).items() if inspect.isclass(found)) == errors.__all__
