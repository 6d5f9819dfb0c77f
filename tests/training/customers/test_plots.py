"""Pictures of a desk's customers."""

from pathlib import Path

import matplotlib as mpl
import pyarrow as pa
import pytest

from tests.builders import MONDAY
from training.customers.contact_table import contact_batch
from training.customers.described_desk import describe_desk
from training.customers.plots import contacts_by_rank, draw_customers
from triage.customers.contact import Contact


def test_the_title_names_the_share_of_the_top() -> None:
    """It is the one figure that a lead takes away."""
    (axes,) = contacts_by_rank([51, *[1] * 39]).axes

    assert axes.get_title(loc="left") == "5 % of the customers made 58 % of the contacts of a year"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["the top 5 % (2)", "all others (38)"]


@pytest.mark.parametrize("counts", [[], [1], [3, 3, 3], [70_000, *range(200, 0, -1)]])
def test_every_desk_can_be_drawn(counts: list[int], tmp_path: Path) -> None:
    """The smallest too, whatever style the machine has."""
    with mpl.rc_context({"text.usetex": True}):
        contacts_by_rank(counts).savefig(tmp_path / "plot.png")

    assert (tmp_path / "plot.png").stat().st_size > 5_000


def test_pictures_are_files_of_a_folder(tmp_path: Path) -> None:
    """Which is made where there is none, and may be there already."""
    desk = describe_desk(pa.Table.from_batches([contact_batch([("u1", Contact(MONDAY))])]), MONDAY)

    first, again = (draw_customers(desk, tmp_path / "plots") for _ in range(2))

    assert first == again == [tmp_path / "plots" / "contacts-per-customer.png"]
    assert first[0].read_bytes().startswith(b"\x89PNG")
