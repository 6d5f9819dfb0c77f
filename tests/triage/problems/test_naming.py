"""Names of problems, of their own words."""

from triage.problems.naming import name_of


def test_a_name_is_the_few_words_that_tell_most() -> None:
    """People find it again in a list."""
    weights = {"tunnel": 5.0, "split": 5.0, "split tunnel": 2.0, "4471": 4.0, "routes": 4.0, "profile": 3.0, "x9": 3.0}

    assert name_of(weights, "VPN") == "VPN: split tunnel, routes, profile"


def test_without_a_service_it_is_the_words_alone() -> None:
    """Many desks have none."""
    assert name_of({"badge": 5.0, "door": 4.0}, None) == "badge, door"


def test_a_problem_of_numbers_has_a_name_as_well() -> None:
    """An error code may be all that they share."""
    assert name_of({"4471": 5.0, "error 4471": 4.0}, None) == "4471, error 4471"
