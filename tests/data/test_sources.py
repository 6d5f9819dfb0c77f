"""The file of sources: what it says, what is wrong with it, and which secrets it names."""

from pathlib import Path

import pytest

from data.connectors import CONNECTORS
from data.connectors.client import OAuthPassword, Token, UserPassword, WebhookSecret
from data.sign_in import SIGN_INS
from data.sources import connect, environment, missing_variables, parse_sources, read_sources
from triage.errors import UnusableSources
from triage.settings import Settings
from triage.sources import USUAL_FILE, Rules, Source

FULL = """
[sources.desk]
system = "zendesk"
url = "https://desk.example.org"
mode = "auto"
credentials = { user = "DESK_USER", api_token = "DESK_TOKEN" }
webhook_secrets = ["DESK_HOOK", "DESK_HOOK_BEFORE"]
account = ["8447388090494", "triage@example.org"]
own_fields = { category = "4711" }
blind_share = 0.05
window_seconds = 600

[sources.desk.rules]
allow = { channel = ["email", "portal"] }
block = { assignment_group = "HR*" }
bypass_words = ["payroll"]
never_auto = { priority = ["urgent"] }
default_group = "Service Desk"
skip_robots = true
skip_assigned = false
skip_closed = false
skip_older_than_days = 7

[sources.second_desk]
system = "zendesk"
url = "http://10.0.0.5"
allow_plain_http = true
credentials = { user = "DESK_USER", api_token = "DESK_TOKEN" }
webhook_secrets = "SECOND_HOOK"
account = "triage@example.org"
"""
SECRETS = {
    "DESK_USER": "triage@example.org",
    "DESK_TOKEN": "a-token",
    "DESK_HOOK": "a webhook's secret",
    "DESK_HOOK_BEFORE": "the one before it",
}


def lines(**changes: str | None) -> str:
    """A source that fits, with other lines; None takes one out. `rules__KEY` is a rule."""
    usual = {
        "system": '"zendesk"',
        "url": '"https://desk.example.org"',
        "credentials": '{ user = "DESK_USER", api_token = "DESK_TOKEN" }',
        "webhook_secrets": '["DESK_HOOK"]',
        "account": '"8447"',
    }
    rules = {key.removeprefix("rules__"): value for key, value in changes.items() if key.startswith("rules__")}
    own = usual | {key: value for key, value in changes.items() if not key.startswith("rules__")}
    text = "[sources.desk]\n" + "".join(f"{key} = {value}\n" for key, value in own.items() if value is not None)
    return text + "[sources.desk.rules]\n" + "".join(f"{key} = {value}\n" for key, value in rules.items())


def refused(text: str) -> str:
    """What is said of a file."""
    with pytest.raises(UnusableSources) as error:
        parse_sources(text, "triage.toml")
    return str(error.value)


def only(text: str) -> Source:
    """The one source of a file."""
    (source,) = parse_sources(text, "triage.toml")
    return source


def test_everything_is_read() -> None:
    """Each key lands in its field; two sources may be of one system."""
    first, second = parse_sources(FULL, "triage.toml")

    assert (first.name, first.system, first.mode, first.blind_share) == ("desk", "zendesk", "auto", 0.05)
    assert first.webhook_secrets == ("DESK_HOOK", "DESK_HOOK_BEFORE")
    assert first.accounts == ("8447388090494", "triage@example.org")
    assert first.window is not None
    assert first.window.total_seconds() == 600
    assert first.writable == {"ticket_type", "priority", "assignment_group", "category"}
    assert first.rules == Rules(
        allow={"channel": ("email", "portal")},
        block={"assignment_group": ("HR*",)},
        bypass_words=("payroll",),
        never_auto={"priority": ("urgent",)},
        default_group="Service Desk",
        skip_robots=True,
        skip_assigned=False,
        skip_closed=False,
        skip_older_than_days=7,
    )
    assert (second.name, second.mode, second.rules, second.blind_share) == ("second_desk", "suggest", Rules(), 0.02)
    assert second.allows_plain_http


NAME_ONE = "must be the name of an environment variable, written like DESK_TOKEN, and never the secret itself"
REFUSALS = [
    ({"modus": '"auto"'}, "[sources.desk] has 'modus'. Known: system, url,"),
    ({"rules__colour": "true"}, "[sources.desk.rules] has 'colour'. Known: allow, block,"),
    ({"system": '"remedy"'}, "system must be one of zendesk, jira,"),
    ({"system": None}, "system must be one of zendesk, jira,"),
    ({"system": "7"}, "system must be one of zendesk, jira,"),
    ({"mode": '"on"'}, "mode must be one of watch, suggest, auto"),
    ({"mode": "true"}, "mode must be one of watch, suggest, auto"),
    ({"url": None}, "url must be the address of the system"),
    ({"url": '"desk.example.org"'}, "url must be another address: "),
    ({"url": '"http://desk.example.org"'}, "must be https"),
    ({"url": '"https://me:hunter2@desk.example.org"'}, "url must not hold a secret"),
    ({"url": '"https://desk.example.org?key=1"'}, "neither a password nor a query"),
    ({"allow_plain_http": '"yes"'}, "allow_plain_http must be true or false"),
    ({"account": None}, "account must name the service account"),
    ({"account": "[]"}, "account must name the service account"),
    ({"account": "8447"}, "account must be a list of texts"),
    ({"account": '["8447", " "]'}, "account must be a list of texts"),
    ({"credentials": None}, "credentials must name the variables of user, api_token"),
    ({"credentials": '{ user = "DESK_USER" }'}, "credentials must name the variables of user, api_token"),
    ({"credentials": '"DESK_TOKEN"'}, "[sources.desk.credentials] must be a table"),
    ({"credentials": '{ token = "DESK_TOKEN" }'}, "[sources.desk.credentials] has 'token'. Known: user, api_token."),
    ({"credentials": '{ user = "DESK_USER", api_token = "hunter2" }'}, f".credentials] api_token {NAME_ONE}"),
    ({"credentials": '{ user = "DESK_USER", api_token = 7 }'}, f"api_token {NAME_ONE}"),
    ({"webhook_secrets": None}, f"webhook_secrets {NAME_ONE}"),
    ({"webhook_secrets": "[]"}, "webhook_secrets must name one to 2 environment variables"),
    ({"webhook_secrets": '["HOOK_A", "HOOK_B", "HOOK_C"]'}, "webhook_secrets must name one to 2 environment variables"),
    ({"webhook_secrets": '["whsec_c2VjcmV0"]'}, f"webhook_secrets {NAME_ONE}"),
    ({"webhook_secrets": '"AKIAIOSFODNN7EXAMPLE"'}, f"webhook_secrets {NAME_ONE}"),
    ({"own_fields": '{ category = "topic" }'}, "own_fields must be others: Zendesk's own fields"),
    ({"own_fields": "{ category = 4711 }"}, "[sources.desk.own_fields] category must be a text"),
    ({"own_fields": '["4711"]'}, "[sources.desk.own_fields] must be a table"),
    ({"system": '"glpi"', "own_fields": '{ team = "x" }',
      "credentials": '{ client_id = "G_ID", client_secret = "G_SECRET", user = "G_USER", password = "G_PASSWORD" }'},
     "own_fields must not name 'team': glpi cannot be given it"),
    ({"blind_share": "2"}, "blind_share must be a share from 0 to less than 1: 0.02 is 2 of 100"),
    ({"blind_share": "1"}, "blind_share must be a share"),
    ({"blind_share": "-0.1"}, "blind_share must be a share"),
    ({"blind_share": "nan"}, "blind_share must be a share"),
    ({"blind_share": '"2 %"'}, "blind_share must be a share"),
    ({"blind_share": "true"}, "blind_share must be a share"),
    ({"window_seconds": "0"}, "window_seconds must be a whole number from 1 to 2,592,000"),
    ({"rules__allow": '["email"]'}, "[sources.desk.rules.allow] must be a table"),
    ({"rules__allow": "{ channel = [] }"}, "[sources.desk.rules.allow] channel must list something, or not be there"),
    ({"rules__block": "{ channel = 7 }"}, "[sources.desk.rules.block] channel must be a list of texts"),
    ({"rules__never_auto": '{ priority = [""] }'}, "[sources.desk.rules.never_auto] priority must be a list of texts"),
    ({"rules__bypass_words": "true"}, "[sources.desk.rules] bypass_words must be a list of texts"),
    ({"rules__bypass_words": '["ghp_0123456789abcdefghijklmnopqrstuvwxyz"]'}, "bypass_words must not hold a secret"),
    ({"rules__default_group": '" "'}, "default_group must be a text"),
    ({"rules__skip_robots": "1"}, "skip_robots must be true or false"),
    ({"rules__skip_older_than_days": "0"}, "skip_older_than_days must be a whole number from 1 to 36,500"),
    ({"rules__skip_older_than_days": "true"}, "skip_older_than_days must be a whole number"),
    ({"rules__skip_older_than_days": "7.5"}, "skip_older_than_days must be a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), REFUSALS)
def test_what_does_not_fit_is_named_in_a_sentence(changes: dict[str, str | None], sentence: str) -> None:
    """With the table and the key, and without any secret that somebody wrote there."""
    said = refused(lines(**changes))

    assert said.startswith("triage.toml: [sources.desk")
    assert sentence in said
    assert "\n" not in said
    assert not [secret for secret in ("hunter2", "AKIA", "whsec_", "ghp_") if secret in said]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[sources.desk\n", "triage.toml is no TOML: "),
        ("mode = 1\n", "triage.toml has 'mode'. Known: tables named [sources.NAME] and [subscribers.NAME]."),
        ("sources = 1\n", "triage.toml: sources must be tables named [sources.NAME]."),
        ("[sources]\ndesk = 1\n", "triage.toml: [sources.desk] must be a table."),
        (
            '[sources."My Desk"]\n',
            "triage.toml: a source is named with a-z, 0-9, - and _, 40 at most; 'My Desk' is not.",
        ),
        ('[sources."../x"]\n', "a source is named with"),
        (f"[sources.{'a' * 41}]\n", "a source is named with"),
    ],
)
def test_another_form_of_file_is_refused(text: str, sentence: str) -> None:
    """A name is a step of an address."""
    assert sentence in refused(text)


@pytest.mark.parametrize("text", ["", "[sources]\n"])
def test_a_file_may_name_no_source(text: str) -> None:
    """Taking out the last one is no fault."""
    assert parse_sources(text, "triage.toml") == ()


def test_the_usual_file_may_be_missing_and_another_may_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most desks begin without one; who names a file means it."""
    monkeypatch.chdir(tmp_path)

    assert read_sources(Settings().sources) == ()
    with pytest.raises(UnusableSources, match=r"other\.toml cannot be read: there is no such file"):
        read_sources(Path("other.toml"))
    with pytest.raises(UnusableSources, match="cannot be read"):
        read_sources(tmp_path)
    Path("latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(UnusableSources, match="not UTF-8"):
        read_sources(Path("latin.toml"))
    USUAL_FILE.write_text("\ufeff" + FULL, encoding="utf-8")  # as an editor of Windows writes it
    assert len(read_sources()) == 2


# --- secrets


def test_a_source_is_connected_by_the_secrets_that_it_names() -> None:
    """Both of a webhook's, the current one first."""
    connection = connect(parse_sources(FULL, "triage.toml")[0], SECRETS)

    assert connection.secrets.both == ("a webhook's secret", "the one before it")
    assert connection.credentials == UserPassword("triage@example.org/token", "a-token")
    assert connection.connector.name == "zendesk"
    with connection.open() as client:
        assert client.base_url.host == "desk.example.org"
    assert not [secret for secret in SECRETS.values() if secret in repr(connection) and "@" not in secret]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DESK_HOOK": "", "DESK_TOKEN": None}, "names DESK_TOKEN, DESK_HOOK, not set in the environment."),
        ({"DESK_HOOK": "too short"}, "DESK_HOOK must hold a webhook secret of 16 characters or more."),
    ],
)
def test_a_secret_that_is_missing_or_guessable_is_named(changes: dict[str, str | None], sentence: str) -> None:
    """By its variable, never by its value."""
    environ = {name: value for name, value in (SECRETS | changes).items() if value is not None}

    with pytest.raises(UnusableSources) as error:
        connect(parse_sources(FULL, "triage.toml")[0], environ)

    assert str(error.value).startswith("[sources.desk]")
    assert sentence in str(error.value)
    assert "too short" not in str(error.value)


def test_missing_variables_are_those_that_nobody_set() -> None:
    """A blank is no secret."""
    assert missing_variables(only(lines()), {"DESK_USER": "ann", "DESK_TOKEN": " "}) == ("DESK_TOKEN", "DESK_HOOK")


MADE = {
    "zendesk": UserPassword("user/token", "api_token"),
    "jira": UserPassword("user", "api_token"),
    "servicenow": UserPassword("user", "password"),
    "freshservice": UserPassword("api_key", "X"),
    "zammad": Token("token", "Token token="),
    "glpi": OAuthPassword(
        token_url="/api.php/token",  # noqa: S106
        client_id="client_id",
        client_secret="client_secret",  # noqa: S106
        user="user",
        password="password",  # noqa: S106
        scope="api user",
    ),
    "rt": Token("token", "token"),
    "generic": WebhookSecret("whsec_c2VjcmV0"),
}


@pytest.mark.parametrize("system", sorted(CONNECTORS))
def test_every_system_has_a_way_to_sign_in(system: str) -> None:
    """In the words that its connector's module documents."""
    (way, *_) = SIGN_INS[system]
    names = ", ".join(f'{part} = "X_{part.upper()}"' for part in way.needs)
    source = only(lines(system=f'"{system}"', credentials=f"{{ {names} }}"))
    values = {f"X_{part.upper()}": part for part in way.needs} | {"X_SIGNING_SECRET": "whsec_c2VjcmV0"}

    assert connect(source, values | {"DESK_HOOK": "a webhook's secret"}).credentials == MADE[system]


def test_servicenow_may_sign_in_by_oauth() -> None:
    """Its second way."""
    parts = SIGN_INS["servicenow"][1].needs
    names = ", ".join(f'{part} = "X_{part.upper()}"' for part in parts)
    source = only(lines(system='"servicenow"', credentials=f"{{ {names} }}"))
    environ = {f"X_{part.upper()}": part for part in parts} | {"DESK_HOOK": "a webhook's secret"}

    made = connect(source, environ).credentials

    assert isinstance(made, OAuthPassword)
    assert (made.token_url, made.scope) == ("/oauth_token.do", "useraccount")


def test_a_signing_secret_of_another_form_is_refused() -> None:
    """Or every request to the program would fail later."""
    source = only(lines(system='"generic"', credentials='{ signing_secret = "X_SECRET" }'))

    with pytest.raises(UnusableSources, match=r"\[sources.desk\] does not fit: .*whsec_"):
        connect(source, {"X_SECRET": "plain", "DESK_HOOK": "a webhook's secret"})


def test_secrets_may_stand_in_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As settings do; the environment itself goes first."""
    (tmp_path / ".env").write_text("DESK_HOOK=from the file\nDESK_USER=from the file\nDESK_FLAG\n")
    monkeypatch.setenv("DESK_HOOK", "from the environment")

    found = environment(tmp_path / ".env")

    assert (found["DESK_HOOK"], found["DESK_USER"]) == ("from the environment", "from the file")
    assert "DESK_FLAG" not in found


@pytest.mark.parametrize("name", ["api", "review"])
def test_a_source_is_not_called_as_where_other_outcomes_come_from(name: str) -> None:
    """Taking a review back removes what came from reviews, and nothing that a system told."""
    with pytest.raises(UnusableSources, match=f"cannot be called '{name}'"):
        parse_sources(f'[sources.{name}]\nsystem = "generic"\n', "triage.toml")


def test_the_blind_sample_is_drawn_by_the_first_webhook_secret() -> None:
    """It is a secret that every source has; another one draws another sample."""
    page = (Path(__file__).parents[2] / "docs" / "connect" / "zendesk.md").read_text(encoding="utf-8")
    (source,) = parse_sources(page.split("```toml\n")[1].partition("```")[0], "zendesk")
    held = {name: f"{number} {name} of some length" for number, name in enumerate(source.variables)}

    connected = connect(source, held).source

    assert connected.blind_secret == held[source.webhook_secrets[0]]
    assert held[source.webhook_secrets[0]] not in repr(connected)
