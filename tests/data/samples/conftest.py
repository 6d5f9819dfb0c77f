"""One ordinary desk for all tests of this room: looking at it costs nothing, making it a third of a second."""

import pytest

from data.samples.desk import Desk, generate_desk


@pytest.fixture(scope="session")
def desk() -> Desk:
    """The desk that `triage demo` starts from."""
    return generate_desk()
