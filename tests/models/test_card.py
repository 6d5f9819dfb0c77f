"""The model card, for people."""

from models.card import model_card
from training.experiment import Experiment
from triage.customers.forecast import FlyerForecast
from triage.customers.model import CustomerModel
from triage.customers.norms import DeskNorms


def test_the_card_says_what_was_learned_of_customers(experiment: Experiment) -> None:
    """Whoever approves a model reads here that it looks at people as well, and that answers do not hang on it."""
    norms = DeskNorms(n_customers=1_234)

    without = model_card(experiment.manifest)
    ordinary = model_card(experiment.manifest, CustomerModel(norms))
    foretold = model_card(experiment.manifest, CustomerModel(norms, FlyerForecast(4, 30, {}, 0.0, 0.256)))

    assert "customers" not in without
    assert "ordinary among 1,234 active customers" in ordinary
    assert "no answer depends on it.\n" in ordinary
    assert "4 times or more within 30 days" in foretold
    assert "flags from 0.26 on" in foretold
