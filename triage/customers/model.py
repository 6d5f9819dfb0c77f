"""What was learned of a desk's customers, and what it says of one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from triage.customers.contact import Contact
from triage.customers.forecast import FlyerForecast
from triage.customers.norms import DeskNorms
from triage.customers.profile import CustomerProfile
from triage.customers.profiling import Asked, profile_customer, profile_customers
from triage.customers.segments import Segment, frequent_flyer, kind_of, segments_of, writes_for_many

__all__ = ["CustomerModel", "DescribedCustomer"]


@dataclass(frozen=True, slots=True)
class DescribedCustomer:
    """A customer as the people who help see them.

    Attributes:
        profile: what their contacts say.
        segments: what holds of them, and why.
        kind: why they call as often as they do; None where nothing stands out.
        probability: of as many contacts soon as the forecast asks about; None without one, and for who writes for many.
        is_flagged: whether it is worth acting before they call again.
    """

    profile: CustomerProfile
    segments: tuple[Segment, ...]
    kind: Segment | None
    probability: float | None
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class CustomerModel:
    """What is ordinary at a desk, and who will call often; without a forecast a segment is all that flags."""

    norms: DeskNorms
    forecast: FlyerForecast | None = None

    def describe(self, customer_id: str, contacts: Iterable[Contact], as_of: datetime) -> DescribedCustomer:
        """A customer, from their contacts in any order, as of a moment."""
        return self.judge(profile_customer(customer_id, contacts, as_of, self.norms.prior))

    def describe_all(self, asked: Iterable[Asked]) -> list[DescribedCustomer]:
        """Several customers in their order, which takes much less time for each of them."""
        return [self.judge(profile) for profile in profile_customers(asked, self.norms.prior)]

    def judge(self, profile: CustomerProfile) -> DescribedCustomer:
        """The same from a profile that was made with this desk's prior."""
        segments = segments_of(profile, self.norms)
        is_flagged, probability = any(segment.name == frequent_flyer.__name__ for segment in segments), None
        if self.forecast is not None and not writes_for_many(profile):
            probability, is_worth_it = self.forecast.predict(profile)
            is_flagged = is_flagged or is_worth_it
        return DescribedCustomer(profile, segments, kind_of(profile, self.norms), probability, is_flagged)
