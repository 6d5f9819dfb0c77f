"""What a desk's file lists."""

from pathlib import Path

import pytest

from data.services import DeskServices, parse_services, read_services
from triage.errors import UnusableServices
from triage.gazetteer import ListedName
from triage.identifiers import find_identifiers

TOML = """
lists = ["cmdb.csv"]

[identifiers]
asset_tag = ["LT-#####", "WS*"]

[wanted]
VPN = ["error_message", "location"]

[[names]]
name = "VPN"
aliases = ["remote access", "tunnel"]
owner = "Network"

[[names]]
name = "Kestrel"
kind = "application"
"""

VPN = ListedName("VPN", "service", ("remote access", "tunnel"), "Network")


def test_a_toml_file_is_read_with_the_lists_beside_it(tmp_path: Path) -> None:
    """A desk writes its aliases by hand and exports the rest."""
    (tmp_path / "services.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "cmdb.csv").write_text("\ufeffname;kind\nsrv-01;configuration_item\n", encoding="utf-8")

    found = read_services(tmp_path / "services.toml")

    assert found.names == (VPN, ListedName("Kestrel", "application"), ListedName("srv-01", "configuration_item"))
    assert [one.kind for one in find_identifiers("LT-12345", found.formats)] == ["asset_tag"]
    assert found.wanted == {"VPN": ("error_message", "location")}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_read(delimiter: str) -> None:
    """However a spreadsheet writes it, with blank lines and empty cells."""
    lines = [["name", "Kind", "aliases", "owner"], ["VPN", "", "remote access | tunnel", "Network"], ["", "", "", ""]]
    text = "\r\n".join(
        delimiter.join(cells) for cells in [*lines, ["A, b; c" if delimiter == "\t" else "D", "", "", ""]]
    )

    found = parse_services(text, "services.csv")

    assert found.names == (VPN, ListedName("A, b; c" if delimiter == "\t" else "D"))


def test_without_a_file_nothing_is_listed() -> None:
    """Most desks start so."""
    assert read_services(None) == DeskServices()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("s.csv", "name,colour\n", "s.csv, line 1: 'colour' is no column of it"),
        ("s.csv", "kind\n", "s.csv, line 1: there is no column 'name'"),
        ("s.csv", "", "s.csv, line 1: there is no column 'name'"),
        ("s.csv", "name,kind\nVPN,service\n\nERP,service,more\n", "s.csv, line 4: it has 3 cells, the first line 2"),
        ("s.csv", "name,kind\nVPN,service\n,service\n", "s.csv, line 3: it has no name"),
        ("s.csv", f"name\n{'x' * 201}\n", "s.csv, line 2: name must be a text of 1 to 200 characters"),
        ("s.csv", 'name\n"a" b\n', "s.csv, line 2: it is no CSV"),
        ("s.toml", "[[names]\n", "s.toml is no TOML: .*line 1"),
        ("s.toml", "\nservices = 1\n", "s.toml, line 2: 'services' is no key"),
        ("s.toml", "\nnames = 1\n", "s.toml, line 2: names are tables"),
        ("s.toml", '[[names]]\nname = "A"\n\n[[names]]\nnme = "B"\n', "s.toml, line 4: 'nme' is no key of a name"),
        ("s.toml", "[[names]]\nname = 4\n", "s.toml, line 1: name must be a text"),
        ("s.toml", '[[names]]\nname = "A"\naliases = [1]\n', "s.toml, line 1: aliases must be a list of texts"),
        ("s.toml", "identifiers = 1\n", "s.toml, line 1: .identifiers. must be a table"),
        ("s.toml", '[identifiers]\n\nhost = ["@@@"]\n', "s.toml, line 3: host: '@@@' is no format"),
        ("s.toml", "[identifiers]\nhost = [1]\n", "s.toml, line 2: host must be a list of texts"),
        ("s.toml", '[wanted]\nVPN = ["shoe_size"]\n', "s.toml, line 2: No detail named 'shoe_size'"),
        ("s.toml", "wanted = 1\n", "s.toml, line 1: .wanted. must be a table"),
        ("s.toml", "lists = 1\n", "s.toml, line 1: lists must be a list"),
        ("s.toml", 'lists = ["none.csv"]\n', "none.csv cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(name: str, text: str, says: str, tmp_path: Path) -> None:
    """Nobody searches a list of ten thousand lines for one that is wrong."""
    with pytest.raises(UnusableServices, match=says):
        parse_services(text, name, beside=tmp_path)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    """Also one that Excel wrote in its own encoding."""
    (tmp_path / "latin.csv").write_bytes("name\nZürich\n".encode("latin-1"))

    with pytest.raises(UnusableServices, match=r"none\.csv cannot be read: "):
        read_services(tmp_path / "none.csv")
    with pytest.raises(UnusableServices, match="not UTF-8"):
        read_services(tmp_path / "latin.csv")


def test_a_list_beyond_all_bounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take the memory of the service."""
    monkeypatch.setattr("data.services.MOST_NAMES", 2)

    with pytest.raises(UnusableServices, match="lists 3 names; 2 is the most"):
        parse_services("name\na\nb\nc\n", "s.csv")
