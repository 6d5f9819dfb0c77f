"""Settings from the environment."""

from pathlib import Path

import pytest

from triage.errors import InvalidInput
from triage.redaction import EVERYTHING, KINDS
from triage.settings import Settings, read_settings


def test_everything_lies_below_the_home_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One folder to back up, one folder to delete."""
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path))

    settings = read_settings()

    assert settings.database == f"sqlite:///{tmp_path}/triage.db"
    assert settings.mlflow == f"sqlite:///{tmp_path}/mlflow.db"
    assert settings.mlflow_artifacts == tmp_path / "mlflow"
    assert settings.bundles == tmp_path / "models"


def test_a_server_of_its_own_decides_where_artifacts_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A remote tracking server cannot write to this machine's folder."""
    monkeypatch.setenv("TRIAGE_MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")

    assert read_settings().mlflow_artifacts is None


def test_a_password_is_not_in_the_printed_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings end up in logs and bug reports."""
    monkeypatch.setenv("TRIAGE_DATABASE_URL", "postgresql://triage:hunter2@127.0.0.1/triage")

    assert "hunter2" not in repr(read_settings())
    assert "hunter2" in read_settings().database


def test_a_key_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the database tries short ones first; and what was typed is not repeated."""
    monkeypatch.setenv("TRIAGE_CUSTOMER_KEY", "hunter2")

    with pytest.raises(InvalidInput, match=r"^TRIAGE_CUSTOMER_KEY does not fit") as refused:
        read_settings()

    assert "hunter2" not in str(refused.value)


def test_a_value_that_does_not_fit_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody should read a traceback for a typo in `.env`."""
    monkeypatch.setenv("TRIAGE_MAX_BODY_BYTES", "lots")

    with pytest.raises(InvalidInput, match=r"^TRIAGE_MAX_BODY_BYTES does not fit"):
        read_settings()


def test_without_a_word_everything_is_redacted() -> None:
    """What nobody set must not be what nobody wanted."""
    assert read_settings().redaction == EVERYTHING


def test_what_stays_is_read_from_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the example file shows it."""
    monkeypatch.setenv("TRIAGE_REDACT_EXCEPT", "phone in body, everything in host")

    rules = read_settings().redaction

    assert rules.kinds_of("body") == KINDS - {"phone"}
    assert (rules.kinds_of("HOST"), rules.kinds_of("subject")) == (frozenset(), KINDS)


def test_an_exception_that_is_none_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo must neither keep what should go nor stop the service with a traceback."""
    monkeypatch.setenv("TRIAGE_REDACT_EXCEPT", "telephone in body")

    with pytest.raises(InvalidInput) as refused:
        read_settings()

    assert str(refused.value) == (
        "TRIAGE_REDACT_EXCEPT does not fit: 'telephone in body' is no exception. Write a kind (card, email, iban, ip, "
        "phone, secret, url_user), a kind in a field as `phone in body`, or all of them in a field as "
        "`everything in host`."
    )


def test_every_setting_is_in_the_example_file() -> None:
    """`.env.example` is where an administrator looks for what can be set."""
    example = (Path(__file__).parents[2] / ".env.example").read_text()

    for name in Settings.model_fields:
        assert f"TRIAGE_{name.upper()}=" in example


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INDIVIDUALS", "yes"),
        ("WORKING_HOURS", "always"),
        ("PUBLIC_URL", "triage.example.org"),
        ("PUBLIC_URL", "https://triage.example.org/\r\nX"),
        ("SMTP_URL", "mail.example.org"),
        ("DIGEST_TO", "lead@example.org\nBcc: all@example.org"),
        ("DIGEST_FROM", "Triage <triage@example.org>"),
    ],
)
def test_what_mails_and_teams_need_is_checked_when_it_is_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A typo is told at the start, and not on a Monday morning."""
    monkeypatch.setenv(f"TRIAGE_{name}", value)

    with pytest.raises(InvalidInput, match=f"TRIAGE_{name} does not fit"):
        read_settings()


def test_a_mail_servers_password_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence ends in a log."""
    monkeypatch.setenv("TRIAGE_SMTP_URL", "http://desk:secret-word@mail.example.org")

    with pytest.raises(InvalidInput) as refused:
        read_settings()

    assert "secret-word" not in str(refused.value)
