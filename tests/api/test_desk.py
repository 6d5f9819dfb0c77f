"""What the routes are handed."""

from typing import Any

import pytest
from fastapi import FastAPI

from triage.customers.model import CustomerModel
from triage.customers.norms import DeskNorms
from triage.errors import BundleAltered, NoModel

LEARNED = CustomerModel(DeskNorms(n_customers=7))


def test_what_was_learned_of_customers_comes_with_the_model(app: FastAPI, model: Any) -> None:  # noqa: ANN401
    """A promotion changes both at once."""
    model.customers = LEARNED

    assert app.state.desk.customers() is LEARNED


@pytest.mark.parametrize("fault", [None, NoModel("No model was promoted yet.")])
def test_where_nothing_was_learned_the_floors_serve(
    app: FastAPI,
    model: Any,  # noqa: ANN401
    fault: Exception | None,
) -> None:
    """Whoever calls three times in a month stands out at any desk, from the first day on."""
    model.fault = fault

    assert app.state.desk.customers().norms == DeskNorms()


def test_a_refused_model_is_not_passed_over(app: FastAPI, model: Any) -> None:  # noqa: ANN401
    """Other bars in silence would make other segments overnight, and nobody would know why."""
    model.fault = BundleAltered("weights.npy differs from its hash.")

    with pytest.raises(BundleAltered):
        app.state.desk.customers()
