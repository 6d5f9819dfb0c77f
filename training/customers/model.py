"""What is to be learned of a desk's customers: what is ordinary among them, and who will call often."""

from dataclasses import dataclass
from datetime import datetime

from training.configs.parameters import CustomerParameters
from training.customers.forecast import LearnedForecast, learn_forecast
from training.customers.history import CustomerHistory
from triage.customers.model import CustomerModel
from triage.customers.norms import learn_norms, learn_prior
from triage.errors import UnusableTraining

__all__ = ["LearnedCustomers", "learn_customers"]


@dataclass(frozen=True, slots=True)
class LearnedCustomers:
    """What was learned.

    Attributes:
        model: for serving.
        forecast: what its forecast rests on; None where the history allows none.
        sentence: both in words.
    """

    model: CustomerModel
    forecast: LearnedForecast | None
    sentence: str


def learn_customers(history: CustomerHistory, as_of: datetime, parameters: CustomerParameters) -> LearnedCustomers:
    """Learn what is ordinary at a moment and, where the history is long enough for it, the forecast.

    Args:
        history: contacts; nothing after `as_of` is looked at.
        as_of: when it is learned.
        parameters: how far ahead, how many contacts, and which bars the desk sets itself.

    Raises:
        InvalidInput: a bar is set that no segment asks about.
    """
    prior = learn_prior(history.profiles(as_of))
    norms = learn_norms(history.profiles(as_of, prior)).with_bars(parameters.bars)
    drawn, doubted = len(history.contacts), "".join(f" {remark}" for remark in history.remarks)
    sample = (
        f" ({drawn:,} of {history.n_customers:,} customers were drawn by chance)" if drawn < history.n_customers else ""
    )
    ordinary = f"what is ordinary was learned of {norms.n_customers:,} people{sample}"
    try:
        learned = learn_forecast(
            history,
            as_of,
            norms.prior,
            horizon_days=parameters.horizon_days,
            n_contacts=parameters.n_contacts or None,
            closed_days=parameters.closed_days,
        )
    except UnusableTraining as why:
        return LearnedCustomers(CustomerModel(norms), None, f"Customers: {ordinary}; no forecast. {why}{doubted}")
    forecast = learned.forecast
    sentence = (
        f"Customers: {ordinary}; the forecast says who makes {forecast.n_contacts} contacts or more in "
        f"{forecast.horizon_days} days, and flags from a probability of {forecast.threshold:.2f} on in days "
        f"as busy as usual.{doubted}"
    )
    return LearnedCustomers(CustomerModel(norms, forecast), learned, sentence)
