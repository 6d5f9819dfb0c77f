"""A preset is a TOML that a desk can edit; what does not fit its form is told with what would have fitted."""

from pathlib import Path

import pytest

from data.exports.preset import PRESET_NAMES, load_preset, with_map
from triage.errors import UnusablePreset
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

FOLDER = Path(__file__).parents[3] / "data" / "presets"
DOCUMENT = Path(__file__).parents[3] / "docs" / "presets.md"


def write_preset(tmp_path: Path, text: str) -> str:
    """A preset of one's own, by its path."""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_preset_of_the_folder_is_known_by_name() -> None:
    """A TOML that nobody can name, or a name without a TOML, would be found by a user."""
    files = {path.stem for path in FOLDER.glob("*.toml")}

    assert files == set(PRESET_NAMES)


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_a_preset_reads_text_or_attributes_and_tells_incident_from_request(name: str) -> None:
    """The two things that every desk comes for."""
    preset = load_preset(name)

    assert preset.system
    assert {"id", "opened_at", "ticket_type", "assignment_group"} <= preset.columns.keys()
    assert {"subject", "body"} <= preset.columns.keys()
    assert {"incident", "request"} <= set(preset.values["ticket_type"].values())


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_every_preset_is_documented(name: str) -> None:
    """The document is where someone looks for the name of their system."""
    text = DOCUMENT.read_text(encoding="utf-8")

    assert f"### {name}\n" in text


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_the_documented_columns_are_those_of_the_preset(name: str) -> None:
    """The tables were written from the TOML; whoever changes one changes the other."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"### {name}\n")[2].partition("\n### ")[0]

    for canonical, columns in load_preset(name).columns.items():
        listed = ", ".join(f"`{column}`" for column in columns)
        assert f"| {canonical} | {listed} |" in section
    for attribute, columns in load_preset(name).filed.items():
        listed = ", ".join(f"`{column}`" for column in columns)
        assert f"| attribute *{attribute}*, when filed | {listed} |" in section


def test_the_documented_example_is_a_preset(tmp_path: Path) -> None:
    """People copy it, and expect it to work."""
    example = DOCUMENT.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]

    preset = load_preset(write_preset(tmp_path, example))

    assert preset.columns["assignment_group"] == ("Assigned team", "u_team")
    assert preset.values["ticket_type"]["auftrag"] == "request"


@pytest.mark.parametrize("canonical", FILED_COLUMNS + WORKED_COLUMNS)
def test_every_canonical_column_is_documented(canonical: str) -> None:
    """`--map canonical=Column` needs the left side from somewhere."""
    text = DOCUMENT.read_text(encoding="utf-8")

    assert f"`{canonical}`" in text


def test_a_preset_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    """The whole form at once, as the document shows it."""
    path = write_preset(
        tmp_path,
        """
        system = "Our desk"
        missing = ["", "K.A."]
        [columns]
        id = "Nr"
        subject = ["Betreff", "Titel"]
        [filed]
        location = "Standort"
        [values.ticket_type]
        incident = ["Störung", "S"]
        request = "Auftrag"
        [dates]
        formats = ["%d.%m.%y %H:%M"]
        timezone = "Europe/Berlin"
        [units]
        effort_minutes = "hours"
        [events]
        order = "Lfd"
        """,
    )

    preset = load_preset(path)

    assert (preset.name, preset.system) == (path, "Our desk")
    assert preset.columns == {"id": ("Nr",), "subject": ("Betreff", "Titel")}
    assert preset.filed == {"location": ("Standort",)}
    assert preset.values == {"ticket_type": {"störung": "incident", "s": "incident", "auftrag": "request"}}
    assert (preset.date_formats, str(preset.zone)) == (("%d.%m.%y %H:%M",), "Europe/Berlin")
    assert (preset.missing, preset.effort_unit, preset.event_order) == (frozenset({"", "k.a."}), "hours", ("Lfd",))


def test_a_preset_extends_another_key_by_key(tmp_path: Path) -> None:
    """A desk writes down what it does differently, and gets the rest of the next release for free."""
    path = write_preset(
        tmp_path,
        """
        extends = "servicenow"
        [columns]
        category = "u_service"
        impact = []
        [dates]
        timezone = "Europe/Paris"
        """,
    )

    preset = load_preset(path)

    servicenow = load_preset("servicenow")
    assert preset.columns["category"] == ("u_service",)
    assert "impact" not in preset.columns
    assert preset.columns["subject"] == servicenow.columns["subject"]
    assert (str(preset.zone), preset.date_formats) == ("Europe/Paris", servicenow.date_formats)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[columns]\nsubjct = 'a'",
            r"columns\.subjct: no canonical column 'subjct'\. Did you mean 'subject'\? Known: id,",
        ),
        ("[columns]\nsubject = 3", r"columns\.subject must be a text or a list of texts"),
        ("columns = 'a'", r"columns must be a table, \[columns\]"),
        ("[column]\nid = 'a'", r"no key 'column'\. Did you mean 'columns'\? Known: system, extends"),
        ("[filed]\nlocation = [1]", r"filed\.location must be a text or a list of texts"),
        ("[values.ticket_typ]\na = 'b'", r"no key 'ticket_typ'\. Did you mean 'ticket_type'"),
        ("[values]\nticket_type = 'b'", r"values\.ticket_type must be a table of our word = the desk's words"),
        ("[values.body]\na = 'b'", r"values\.body: no key 'body'"),
        ("[dates]\nformat = []", r"dates: no key 'format'\. Did you mean 'formats'"),
        ("[dates]\ntimezone = 'Berlin'", r"dates\.timezone = 'Berlin' is no time zone"),
        ("[dates]\ntimezone = '../etc'", r"dates\.timezone = '\.\./etc' is no time zone"),
        ("[units]\neffort_minutes = 'days'", r"units\.effort_minutes = 'days'\. Known: seconds, minutes, hours"),
        ("[events]\nid = 'a'", r"events: no key 'id'\. Known: order"),
        ("missing = 0", r"missing must be a text or a list of texts"),
        ("system = 1", r"system must be a text"),
        ("extends = 'sevicenow'", r"extends = 'sevicenow' is no preset\. Known: generic, servicenow"),
        ("not a toml", r"own\.toml cannot be read as TOML"),
    ],
)
def test_what_does_not_fit_the_form_is_named(tmp_path: Path, text: str, message: str) -> None:
    """A key that is silently ignored is a column that is silently missing."""
    path = write_preset(tmp_path, text)

    with pytest.raises(UnusablePreset, match=message):
        load_preset(path)


def test_an_unknown_name_lists_what_there_is() -> None:
    """With the one that was probably meant."""
    with pytest.raises(
        UnusablePreset, match=r"No preset named 'servicnow'.*Did you mean 'servicenow'\? Known: generic,"
    ):
        load_preset("servicnow")


def test_a_map_overrides_adds_and_drops() -> None:
    """`--map` is a preset's column for one run; a column name may hold an equals sign and blanks."""
    generic = load_preset("generic")

    mapped = with_map(generic, ["body=Text", " change_id = CR = No", "priority="])

    assert (mapped.columns["body"], mapped.columns["change_id"]) == (("Text",), ("CR = No",))
    assert "priority" not in mapped.columns
    assert mapped.overridden == {"body", "change_id"}
    assert "priority" in generic.columns


def test_the_last_map_of_a_column_counts() -> None:
    """A shell alias with defaults, and the exception typed behind it."""
    mapped = with_map(load_preset("generic"), ["body=Text", "body="])

    assert "body" not in mapped.columns
    assert mapped.overridden == frozenset()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "assignmentgroup=Team",
            r"no canonical column 'assignmentgroup'\. Did you mean 'assignment_group'\? Known: id, ",
        ),
        ("body", r"'body' is not of the form canonical=Column"),
        ("=Text", r"no canonical column ''\. Known:"),
    ],
)
def test_a_map_that_names_nothing_of_ours_is_refused(override: str, message: str) -> None:
    """Else it would be ignored, and the model would learn from another column."""
    with pytest.raises(UnusablePreset, match=message):
        with_map(load_preset("generic"), [override])
