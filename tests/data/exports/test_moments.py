"""When something was, in the ways in which desks write it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from data.exports.moments import Order, layout, looks_dated, numbers, read_moment

NOON = datetime(2024, 5, 21, 14, 33, 10)  # noqa: DTZ001 - as a cell without an offset says it


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-21 14:33:10",
        "2024/05/21 14:33:10",
        "2024-5-21 14:33:10",
        "20240521143310",
        "21.05.2024 14:33:10",
        "21.05.2024, 14:33:10 Uhr",
        "21.5.24 14:33:10",
        "21/05/2024 14:33:10",
        "05/21/2024 02:33:10 PM",
        "05-21-2024 02:33:10 PM",
        "5/21/2024, 2:33:10 p. m.",
        "5/21/2024, 2:33:10\u202fPM",
        "21/May/24 2:33:10 PM",
        "21/Mai/24 2:33:10 PM",
        "21-May-2024 14:33:10",
        "Tue, 21 May 2024 14:33:10",
        "Tue May 21 14:33:10 2024",
        "May 21, 2024 2:33:10 PM",
        "21. Mai 2024, 14:33:10",
        "mardi 21 mai 2024 à 14:33:10",
        "21 mai 2024 14h33:10",
        "21 de mayo de 2024 14:33:10",
        "21 de maio de 2024 às 14:33:10",
        "45433.6063657407",
        "45433,6063657407",
    ],
)
def test_the_same_moment_is_read_however_it_is_written(text: str) -> None:
    """Twenty-five exports of one ticket; each of these stands in one of a public system or spreadsheet."""
    assert read_moment(text) == NOON


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2024-05-21T14:33:10Z", 0),
        ("2024-05-21T14:33:10+0200", 2),
        ("2024-05-21T14:33:10.000+02:00", 2),
        ("2024-05-21 14:33:10 -0330", -3.5),
        ("2024-05-21 14:33:10 UTC", 0),
        ("Tue, 21 May 2024 14:33:10 +0200", 2),
        ("Tue May 21 14:33:10 CEST 2024", 2),
        ("21 May 2024 14:33:10 GMT", 0),
        ("20240521143310Z", 0),
    ],
)
def test_an_offset_is_kept_with_and_without_a_colon(text: str, hours: float) -> None:
    """Two hours are the difference between yesterday evening and today."""
    assert read_moment(text) == NOON.replace(tzinfo=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    "text", ["1716301990", "1716301990.0", "1716301990000", "/Date(1716301990000)/", "/Date(1716301990000+0200)/"]
)
def test_seconds_and_milliseconds_since_1970_are_moments(text: str) -> None:
    """ServiceDesk Plus, .NET and every database that somebody dumped write these."""
    assert read_moment(text) == datetime(2024, 5, 21, 14, 33, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("names", "number"),
    [
        ("Jan Jän. janv. enero jan", 1),
        ("Feb févr. fev feb", 2),
        ("Mär Mrz mars mar março mrt", 3),
        ("Apr avr. abr", 4),
        ("Mai may mai maio mei", 5),
        ("Juni juin jun junho giu", 6),
        ("Juli juil. jul julho lug", 7),
        ("Aug août ago agosto", 8),
        ("Sep sept. set septiembre", 9),
        ("Okt oct. out ott", 10),
        ("Nov nov. novembro", 11),
        ("Dez déc. dic dez", 12),
    ],
)
def test_months_are_read_by_their_names_in_seven_languages(names: str, number: int) -> None:
    """Read in one language, an export of a year would lose five months of it and look fine."""
    for name in names.split():
        moment = read_moment(f"21/{name}/25 4:14 PM")

        assert moment == datetime(2025, number, 21, 16, 14), name  # noqa: DTZ001 - without an offset


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:05 AM", 0), ("1:05 AM", 1), ("12:05 PM", 12), ("11:05 PM", 23), ("23:05", 23), ("16:05 PM", 16)],
)
def test_clocks_of_twelve_hours_have_a_midnight_and_a_noon(text: str, hour: int) -> None:
    """12 AM is the beginning of a day; some tools write PM behind 16, too."""
    assert read_moment(f"5/21/2024 {text}") == datetime(2024, 5, 21, hour, 5)  # noqa: DTZ001 - without an offset


@pytest.mark.parametrize("text", ["3/4/2026", "03-04-2026 09:15", "12/12/25 1:00 PM"])
def test_two_small_numbers_are_no_date_without_an_order(text: str) -> None:
    """A guess would be right for half of the world."""
    assert read_moment(text) is None
    day, month = read_moment(text, Order.DAY_FIRST), read_moment(text, Order.MONTH_FIRST)
    assert day is not None
    assert month is not None
    assert (day.day, day.month) == (month.month, month.day)


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "4.5", "INC0012", "31/02/2024", "13/13/2024", "2024-13-01", "21/loka/25", "29-Feb 2016 02:00"),
        *("12345", "99999", "1712010112345678", "2024-05-21 14:33:10 IST", "5/21/2024 25:00", "", "1.5 hours"),
    ],
)
def test_what_is_no_date_or_could_be_another_is_none(text: str) -> None:
    """India, Israel and Ireland share a zone's letters, and a number of five digits need not count days."""
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("text", "order", "written"),
    [
        ("22/08/2025 11:49", Order.DAY_FIRST, "%d/%m/%Y %H:%M"),
        ("6/3/25 4:14:00 PM", Order.MONTH_FIRST, "%m/%d/%y %I:%M:%S %p"),
        ("03-04-2025", Order.MONTH_FIRST, "%m-%d-%Y"),
    ],
)
def test_the_layout_that_is_proposed_reads_the_cell(text: str, order: Order, written: str) -> None:
    """A refusal shows the line to add; it must work when it is pasted."""
    assert layout(text, order) == written
    assert datetime.strptime(text, written) == read_moment(text, order)  # noqa: DTZ007


def test_what_looks_like_a_date_is_told_from_what_is_none() -> None:
    """Only of dates in an unknown form is a whole column refused; a word is a slip of one row."""
    assert all(map(looks_dated, ["21/loka/25 4:14 PM", "2569/05/21", "1716301990", "21 ต.ค. 2025"]))
    assert not any(map(looks_dated, ["yesterday", "INC12", "5", "soon", "unknown 1"]))
    assert numbers("3/4/2026 10:00") == (3, 4, "/")
