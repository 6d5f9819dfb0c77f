"""Who contacts the sample desk: made-up people, a shared mailbox, a monitoring account, and their hidden traits.

A trait is a word in `TRAITS`; what it does to a customer's contacts is written where contacts are planned and written.
"""

from dataclasses import dataclass
from random import Random

__all__ = ["TRAITS", "SampleCustomer", "invented_name", "make_customers"]

TRAITS: tuple[str, ...] = ("frequent_caller", "precise", "walking_emp", "newcomer", "shared_mailbox", "monitoring")
"""Every hidden trait; the quiet majority has none."""

LOCATIONS: tuple[str, ...] = ("Lyon", "Dublin", "Leeds", "Rotterdam", "Porto", "Gdansk", "Hamburg", "Graz", "Zurich")
"""Where the customers sit."""

_LOCATION_WEIGHTS = {"en": (13, 15, 16, 12, 10, 11, 2, 1, 3), "de": (0, 0, 0, 0, 0, 0, 10, 6, 5)}
_GERMAN_RATIO = 0.19

_FIRST_NAMES = (
    *(
        "Alvo",
        "Brinna",
        "Cato",
        "Delphie",
        "Emmerin",
        "Fenno",
        "Gilda-May",
        "Hesper",
        "Ivo",
        "Jolinde",
        "Kester",
        "Lumi",
    ),
    *("Marnix", "Nelke", "Orsin", "Pippa", "Quill", "Rosalba", "Severin", "Tamsin", "Ulf", "Vesna", "Wilmo", "Xanthe"),
    *("Yorick", "Zelda", "Anouk", "Barnabas", "Clementa", "Dorian"),
)
_LAST_NAMES = (
    *("Ashfennel", "Bramblewick", "Copperpot", "Dunmallow", "Elderquist", "Fernhollow", "Gooseberg", "Hazelthorpe"),
    *("Inkwell", "Juniperson", "Kettlebrook", "Larkspurrier", "Mossbacher", "Nutmegger", "Oatfield", "Pebblestein"),
    *("Quincewater", "Rushlight", "Sorrelmann", "Thistledown", "Umberlein", "Violetski", "Wobblestone", "Yarrowby"),
    *("Zwiebelhuber", "Appledorn", "Butterweck", "Cloverleaf", "Daisenhofer", "Everbean", "Figgenbaum", "Gingersson"),
)


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """One customer of the sample desk with the truth about them that an export would not tell.

    `contact_rate` is relative to the other customers; `joined_month` counts from the desk's first month, 0 for those
    who were always there; `favourites` are positions in the catalogue; `typo_ratio` is the share of words mistyped.
    """

    id: str
    display_name: str
    traits: frozenset[str]
    location: str
    language: str
    contact_rate: float
    typo_ratio: float
    types_umlauts: bool
    joined_month: int = 0
    favourites: tuple[int, ...] = ()


def invented_name(rng: Random) -> str:
    """A name that nobody bears."""
    first = _FIRST_NAMES[int(rng.random() * len(_FIRST_NAMES))]
    return f"{first} {_LAST_NAMES[int(rng.random() * len(_LAST_NAMES))]}"


def make_customers(rng: Random, n_customers: int, n_services: int, n_months: int) -> tuple[SampleCustomer, ...]:
    """All customers: the first is the monitoring account, the second the shared mailbox, the others are people."""
    monitoring = _account("C00001", "Monitoring (machine account)", "monitoring", contact_rate=0.0)
    # the mailbox stands for a whole branch, and so grows with the desk
    mailbox = _account("C00002", "Branch Office Mailbox", "shared_mailbox", contact_rate=6.0 + 0.04 * n_customers)
    people: list[SampleCustomer] = []
    rate, german_rate = mailbox.contact_rate, 0.0
    for number, traits in enumerate(_deal_traits(rng, n_customers - 2), start=3):
        # dealt by what they will write, not by heads: one frequent caller more or less would tip the share
        language = "de" if german_rate < _GERMAN_RATIO * rate else "en"
        person = _make_person(rng, f"C{number:05d}", traits, language, n_services, n_months)
        people.append(person)
        rate += person.contact_rate
        german_rate += person.contact_rate if language == "de" else 0.0
    return (monitoring, mailbox, *people)


def _account(customer_id: str, display_name: str, trait: str, *, contact_rate: float) -> SampleCustomer:
    return SampleCustomer(
        id=customer_id,
        display_name=display_name,
        traits=frozenset({trait}),
        location="Dublin",
        language="en",
        contact_rate=contact_rate,
        typo_ratio=0.01,
        types_umlauts=True,
    )


def _deal_traits(rng: Random, n_people: int) -> list[frozenset[str]]:
    """Traits for so many people; a frequent caller may be precise, a newcomer is neither frequent nor walking."""
    dealt: list[set[str]] = [set() for _ in range(n_people)]
    order = list(range(n_people))
    rng.shuffle(order)
    n_frequent = max(1, round(0.05 * n_people))
    n_walking = max(1, round(0.03 * n_people))
    n_newcomers = max(1, round(0.10 * n_people))
    for place, person in enumerate(order[: n_frequent + n_walking + n_newcomers]):
        if place < n_frequent:
            dealt[person].add("frequent_caller")
        elif place < n_frequent + n_walking:
            dealt[person].add("walking_emp")
        else:
            dealt[person].add("newcomer")
    for person in rng.sample(order, max(1, round(0.08 * n_people))):
        dealt[person].add("precise")
    return [frozenset(traits) for traits in dealt]


def _contact_rate(rng: Random, traits: frozenset[str]) -> float:
    """Most call seldom, a few of them often for no reason, and two kinds of people a lot."""
    if "frequent_caller" in traits:
        return 10.0 * rng.lognormvariate(0.0, 0.4)
    if "walking_emp" in traits:
        return 6.0 * rng.lognormvariate(0.0, 0.3)
    return rng.lognormvariate(-0.3, 0.9)


def _make_person(
    rng: Random, customer_id: str, traits: frozenset[str], language: str, n_services: int, n_months: int
) -> SampleCustomer:
    return SampleCustomer(
        id=customer_id,
        display_name=invented_name(rng),
        traits=traits,
        location=rng.choices(LOCATIONS, _LOCATION_WEIGHTS[language])[0],
        language=language,
        contact_rate=_contact_rate(rng, traits),
        typo_ratio=0.002 if "precise" in traits else min(0.08, rng.expovariate(60.0)),
        types_umlauts=rng.random() < 0.85,
        joined_month=rng.randrange(max(1, n_months - 6), n_months) if "newcomer" in traits else 0,
        favourites=tuple(rng.sample(range(n_services), 2)),
    )
