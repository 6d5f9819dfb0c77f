"""A whole desk's customers, and what is ordinary among them."""

from datetime import timedelta

import pyarrow as pa
import pytest

from tests.builders import MONDAY
from training.customers.contact_table import contact_batch
from training.customers.described_desk import DescribedDesk, describe_desk, share_of_top
from training.evaluation.ranking import n_top
from triage.customers.contact import Contact
from triage.customers.model import CustomerModel
from triage.customers.norms import learn_norms, learn_prior
from triage.customers.profiling import profile_customer
from triage.customers.segments import SEGMENTS

PEOPLE = {
    f"u{i:02}": [Contact(MONDAY - timedelta(days=1.7 * i + 9 * j), "incident") for j in range(1 + i % 5)]
    for i in range(30)
} | {"flyer": [Contact(MONDAY - timedelta(days=0.5 * j), "request", topic="VPN") for j in range(40)]}
MACHINE = {"monitoring": [Contact(MONDAY - timedelta(hours=j), is_automatic=True) for j in range(500)]}


def described(histories: dict[str, list[Contact]]) -> DescribedDesk:
    """The desk of these customers on that Monday."""
    rows = contact_batch([(who, contact) for who, made in histories.items() for contact in made])
    return describe_desk(pa.Table.from_batches([rows]), MONDAY)


def test_everybody_is_judged_as_the_service_would() -> None:
    """With the desk's own prior and norms, learned from the same people."""
    first = [profile_customer(who, made, MONDAY) for who, made in PEOPLE.items()]
    prior = learn_prior(first)
    profiles = [profile_customer(who, made, MONDAY, prior) for who, made in sorted(PEOPLE.items())]
    model = CustomerModel(learn_norms(profiles))

    desk = described(PEOPLE)

    assert desk.norms.prior.shape == pytest.approx(prior.shape)
    for found, profile in zip(desk.customers, profiles, strict=True):
        expected = model.judge(profile)
        assert (found.segments, found.kind) == (expected.segments, expected.kind)
        assert found.profile.contacts_per_30d == pytest.approx(profile.contacts_per_30d)


def test_a_machine_does_not_say_what_is_ordinary() -> None:
    """Beside five hundred alerts nobody would call often."""
    with_, without = described(PEOPLE | MACHINE), described(PEOPLE)

    assert with_.norms == without.norms
    assert with_.contacts_by_rank == without.contacts_by_rank
    assert len(with_.customers) == len(without.customers) + 1
    assert with_.n_by_segment["on_behalf_of_many"] == 1


@pytest.mark.parametrize(("n_people", "n_flyers"), [(40, 0), (2, 0), (1, 0)])
def test_where_everybody_calls_alike_nobody_calls_often(n_people: int, n_flyers: int) -> None:
    """Four contacts each, a week apart: four are what is typical, at a small desk too."""
    alike = {
        f"u{i:02}": [Contact(MONDAY - timedelta(days=7 * j), "incident") for j in range(4)] for i in range(n_people)
    }

    desk = described(alike)
    with_one = described(alike | {"flyer": PEOPLE["flyer"]})

    assert desk.n_by_segment["frequent_flyer"] == n_flyers
    assert desk.norms.typical["n_contacts_30d"] == 4
    assert [c.profile.customer_id for c in with_one.customers if c.segments[0].name == "frequent_flyer"] == ["flyer"]


def test_segments_are_counted_by_name() -> None:
    """Those that nobody is in, too: a chart of them needs a nought."""
    counts = described(PEOPLE).n_by_segment

    assert list(counts) == [rule.__name__ for rule in SEGMENTS]
    assert (counts["newcomer"], counts["gone_quiet"]) == (10, 0)


@pytest.mark.parametrize(
    ("counts", "n", "share"),
    [([], 0, 0.0), ([3], 1, 1.0), ([9, *[1] * 19], 1, 9 / 28), ([9, 8, *[1] * 19], 2, 17 / 36), ([2] * 40, 2, 0.05)],
)
def test_the_top_are_whole_customers(counts: list[int], n: int, share: float) -> None:
    """One of twenty; of twenty-one two."""
    assert (n_top(len(counts)), share_of_top(counts)) == (n, pytest.approx(share))


def test_a_desk_of_nobody_can_be_described() -> None:
    """It has nobody to describe."""
    desk = described({})

    assert (desk.customers, desk.contacts_by_rank, desk.norms.n_customers) == ([], [], 0)
