"""Where things are: environment or `.env`, prefix `TRIAGE_`; read once by entry points and handed down.

A new setting is a field here and a line in `.env.example`; a test holds the two together.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from triage.errors import InvalidInput
from triage.mail import read_addresses, read_mail_server
from triage.redaction import RedactionRules, read_exceptions
from triage.sources import USUAL_FILE
from triage.strain import USUAL_HOURS, read_working_hours

__all__ = ["Settings", "read_settings"]


class Settings(BaseSettings):
    """Places and limits of one installation; what a model *is* belongs into its training configuration instead."""

    model_config = SettingsConfigDict(
        env_prefix="TRIAGE_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(Path("var"), description="Folder for everything the program produces.")
    database_url: SecretStr | None = Field(None, description="SQLAlchemy URL; SQLite below the home by default.")
    mlflow_tracking_uri: SecretStr | None = Field(None, description="MLflow server; SQLite below the home by default.")
    customer_key: SecretStr | None = Field(
        None, min_length=16, description="Customers' ids are stored as hashes keyed with this, not as they are."
    )
    redact_except: str = Field(
        "", description="Kinds that are not redacted before storage and training, also of single fields."
    )
    playbook: Path | None = Field(None, description="What this desk does for customers, over the default playbook.")
    people: Literal["individual", "aggregate"] = Field(
        "individual", description="Whether profiles of single customers are shown, or groups of five and more only."
    )
    individuals: Literal["off", "on"] = Field(
        "off", description="Whether people of the desk are shown what they resolve, each to themselves and their lead."
    )
    working_hours: str = Field(
        USUAL_HOURS, description="When the desk works, in UTC or with a time zone; the rest is after hours."
    )
    public_url: str | None = Field(None, description="Where people open the pages, for links in mails.")
    smtp_url: SecretStr | None = Field(None, description="The mail server; without one no mail is sent.")
    digest_to: str = Field("", description="Addresses that get the weekly digest.")
    digest_from: str = Field("", description="The address that it comes from.")
    problem_tickets: int = Field(5, ge=2, le=1_000, description="So many incidents of one kind make a problem.")
    sources: Path = Field(USUAL_FILE, description="The ticketing systems that this desk has connected, and its rules.")
    services: Path | None = Field(None, description="What this desk lists: services, devices, applications and sites.")
    max_body_bytes: int = Field(16 * 1024 * 1024, gt=0, description="Largest request body that is read, in bytes.")
    max_requests_per_minute: int = Field(
        30_000, gt=0, description="Requests of one caller in a minute, each ticket of a batch counted."
    )
    max_requests_at_once: int = Field(128, gt=0, description="Requests of one caller under way at the same time.")
    max_webhooks_per_minute: int = Field(12_000, gt=0, description="Webhooks from one address in a minute.")
    max_sign_ins_per_minute: int = Field(10, gt=0, description="Attempts to sign in from one address in a minute.")
    oidc_issuer: str | None = Field(None, description="Where people sign in with their organisation's account.")
    oidc_client_id: str | None = Field(None, description="What the organisation's provider knows this installation by.")
    oidc_client_secret: SecretStr | None = Field(None, description="By which it knows that it is this installation.")
    oidc_role_claim: str | None = Field(None, description="Claim that says who is agent, lead or admin here.")

    @field_validator("redact_except")
    @classmethod
    def _is_list_of_exceptions(cls, value: str) -> str:
        try:
            read_exceptions(value)
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("working_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        return _checked(read_working_hours, value)

    @field_validator("digest_to", "digest_from")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        return _checked(read_addresses, value)

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _checked(read_mail_server, value.get_secret_value())
        return value

    @field_validator("public_url")
    @classmethod
    def _is_address_of_pages(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", value):
            raise ValueError("one looks like https://triage.example.org")
        return value

    @property
    def redaction(self) -> RedactionRules:
        """What is redacted where."""
        return read_exceptions(self.redact_except)

    @property
    def database(self) -> str:
        """The database's URL, or the default below the home; may hold a password, so keep it out of logs."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.home / 'triage.db').resolve()}"

    @property
    def mlflow(self) -> str:
        """The tracking server's URI, or the default below the home; may hold a password, so keep it out of logs."""
        if self.mlflow_tracking_uri is not None:
            return self.mlflow_tracking_uri.get_secret_value()
        return f"sqlite:///{(self.home / 'mlflow.db').resolve()}"

    @property
    def mlflow_artifacts(self) -> Path | None:
        """Where a local tracking store keeps its files; None where a server decides."""
        return None if self.mlflow.startswith(("http://", "https://", "databricks")) else self.home / "mlflow"

    @property
    def bundles(self) -> Path:
        """The folder of promoted bundles, one folder a version and the pointer to the champion."""
        return self.home / "models"

    @property
    def reports(self) -> Path:
        """The folder of pages on trained models, one a version."""
        return self.home / "reports"

    @property
    def encoders(self) -> Path:
        """The folder of words that sentence encoders were asked about, one file an encoder."""
        return self.home / "encoders"

    @property
    def similar(self) -> Path:
        """The folder of what similar tickets are found by, one folder a version."""
        return self.home / "similar"

    @property
    def rejected(self) -> Path:
        """Where the unusable rows of the last export that was read are kept."""
        return self.home / "rejected.csv"


def _checked(read: Callable[[str], object], value: str) -> str:
    """The value as it is, once it can be read; pydantic wants an error of its own kind."""
    try:
        read(value)
    except InvalidInput as error:
        raise ValueError(str(error).removesuffix(".")) from None
    return value


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        InvalidInput: a value does not fit; the sentence names its variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"TRIAGE_{'_'.join(map(str, first['loc'])).upper()}"
        raise InvalidInput(f"{variable} does not fit: {first['msg'].removeprefix('Value error, ')}.") from None
