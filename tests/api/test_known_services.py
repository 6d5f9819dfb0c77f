"""What a desk lists, ready for whoever looks at a ticket."""

from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy import Engine

from api.known_services import LEARN_EVERY, KnownServices
from data.database import reading, writing
from data.services import DeskServices, parse_services
from data.tickets import file
from tests.builders import MONDAY, make_model, make_ticket


def store(engine: Engine, service: str, first: int) -> None:
    """Three tickets with a service in their fields."""
    tickets = [make_ticket(id=f"T{first + i}", attributes={"service": service}) for i in range(3)]
    with writing(engine) as connection:
        file(connection, tickets, MONDAY)


def named(known: KnownServices, engine: Engine, text: str, *, hours: float = 0) -> list[str]:
    """What it finds at a moment."""
    with reading(engine) as connection:
        names = known.lists(connection, MONDAY + timedelta(hours=hours)).names
    return [one.listed.name for one in names.find(text)]


def test_without_a_file_names_come_from_tickets_now_and_then(app: FastAPI) -> None:
    """A new service is known within hours, and tickets are not read at every look."""
    engine, known = app.state.desk.engine, KnownServices()
    store(engine, "Kestrel", 0)
    first = named(known, engine, "kestrel falcon")

    store(engine, "Falcon", 10)
    soon = named(known, engine, "kestrel falcon", hours=1)
    later = named(known, engine, "kestrel falcon", hours=LEARN_EVERY / timedelta(hours=1))

    assert (first, soon, later) == (["Kestrel"], ["Kestrel"], ["Kestrel", "Falcon"])


def test_a_file_with_names_is_the_whole_list(app: FastAPI) -> None:
    """Closed means closed: what people typed into a field is none of it."""
    engine = app.state.desk.engine
    known = KnownServices(parse_services("name\nFalcon\n", "s.csv"))
    store(engine, "Kestrel", 0)

    assert named(known, engine, "kestrel falcon") == ["Falcon"]


def test_a_file_of_formats_alone_keeps_the_names_of_tickets(app: FastAPI) -> None:
    """It says how asset tags look, and nothing of services."""
    engine = app.state.desk.engine
    known = KnownServices(parse_services('[identifiers]\nhost = ["srv-##"]\n', "s.toml"))
    store(engine, "Kestrel", 0)

    assert named(known, engine, "kestrel") == ["Kestrel"]
    with reading(engine) as connection:
        assert len(known.lists(connection, MONDAY).formats) == 1


def test_what_a_desk_wants_goes_into_its_details() -> None:
    """Its own list counts for its category."""
    known = KnownServices(DeskServices(wanted={"Rooms": ("location",)}))

    assert known.details.wanted["rooms"] == ("location",)
    assert "incident" in known.details.wanted


def test_the_words_of_a_model_are_no_slips() -> None:
    """Folded, single ones; of the model that answers, and none where it tells none."""
    known = KnownServices()

    words = known.real_words(make_model(terms=("gateways", "vpn down", "channel=email")))

    assert words == {"gateway"}
    assert known.real_words(make_model(terms=("mailbox",), version="2")) == {"mailbox"}
    assert known.real_words(None) == frozenset()
