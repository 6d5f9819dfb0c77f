"""The documentation, held against the code."""

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer

from data.exports.preset import PRESET_NAMES
from tests.conftest import SLOW_MODULES
from training.configs.parameters import DEFAULTS
from triage.customers.segments import SEGMENTS
from triage.targets import USUAL_TARGETS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ROOMS = ("triage", "data", "models", "training", "api", "commands")


def read(name: str) -> str:
    """A page's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every command there is, as it is typed."""
    found = []
    for entry in entry_points(group="triage.commands"):
        loaded = entry.load()
        if isinstance(loaded, typer.Typer):
            verbs = [c.name or c.callback.__name__ for c in loaded.registered_commands if c.callback]
            found += [f"triage {entry.name} {verb}" for verb in verbs]
        else:
            found.append(f"triage {entry.name}")
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    """What is not on the page does not exist for its users."""
    assert f"`{command}" in read("docs/commands.md")


def test_every_documented_command_exists() -> None:
    """A command that a page promises and nobody built costs a user's trust in the rest of the page."""
    known = commands()
    typed = {
        match
        for page in PAGES
        if page.name != "CHANGELOG.md"
        for match in re.findall(
            r"(?:\$ |`|\n)(triage [a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", page.read_text(encoding="utf-8")
        )
    }

    assert typed
    assert not {t for t in typed if not any(t == c or t.startswith(f"{c} ") or c.startswith(f"{t} ") for c in known)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A dead link is where a newcomer gives up."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_the_map_names_what_there_is() -> None:
    """It answers "where do I change …?", so every path in it must exist."""
    paths = re.findall(r"`([a-z_]+/[^` ]*|[.A-Za-z]+\.[a-z]+)`", read("docs/map.md"))

    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


@pytest.mark.parametrize("room", ROOMS)
def test_the_map_knows_every_folder(room: str) -> None:
    """A folder without a line has no reason that anyone wrote down."""
    known = read("docs/map.md")
    folders = {p.parent.relative_to(ROOT).as_posix() for p in (ROOT / room).rglob("*.py") if "versions" not in p.parts}

    assert folders
    assert not [folder for folder in folders if f"\n| `{folder}/` |" not in known]


def test_the_map_asks_twenty_questions() -> None:
    """More of them are a list that nobody reads."""
    questions = read("docs/map.md").partition("## Twenty questions")[2].strip().splitlines()[2:]

    assert len(questions) == 20


def test_every_preset_target_and_segment_is_documented() -> None:
    """They are what users choose from."""
    pages = read("docs/presets.md") + read("docs/glossary.md")

    missing = {*PRESET_NAMES, *USUAL_TARGETS, *(rule.__name__ for rule in SEGMENTS)} - set(re.findall(r"[\w-]+", pages))

    assert not missing


def test_the_documented_training_defaults_are_the_defaults() -> None:
    """A page that lags behind sends people tuning from the wrong place."""
    (shown,) = re.findall(r"```toml\n(min_tickets.*?)```", read("docs/commands.md"), flags=re.DOTALL)

    documented, actual = tomllib.loads(shown), tomllib.loads(DEFAULTS.read_text())

    assert documented.pop("targets").items() <= actual.pop("targets").items()
    assert documented == actual


def test_every_decision_record_has_its_number_and_parts() -> None:
    """They are read years later, by number."""
    for page in (ROOT / "docs" / "adr").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Consequences")), page.name


def test_the_readme_introduces_itself_in_five_sentences() -> None:
    """Who needs more has stopped reading."""
    introduction = read("README.md").split("\n\n")[1]

    assert len(re.findall(r"[.!?](?=\s|$)", introduction)) == 5


def test_every_slow_module_exists() -> None:
    """A renamed one would silently make `make quick` slow."""
    assert not [name for name in SLOW_MODULES if not (ROOT / "tests" / name).exists()]
