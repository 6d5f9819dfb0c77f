"""Who is told of events, as the file of sources says, and their secrets."""

import base64
from ipaddress import ip_network
from pathlib import Path

import pytest

from data.subscribers import parse_subscribers, read_subscribers, receiver_of
from tests.triage.test_subscribers import make_subscriber
from triage.errors import UnusableSources

FULL = """
[subscribers.warehouse]
url = "https://warehouse.example.org/hooks?desk=1"
secret = ["WAREHOUSE_SECRET", "WAREHOUSE_SECRET_BEFORE"]
types = ["prediction.completed", "model.promoted"]

[subscribers.next_door]
url = "http://hooks.internal:8080/triage"
secret = "NEXT_SECRET"
types = ["profile.changed"]
networks = ["10.1.0.0/16", "hooks.internal"]
ports = [8080]
allow_plain_http = true
"""


def secret(n_bytes: int = 24, letter: bytes = b"k") -> str:
    """One of the form that Standard Webhooks have."""
    return f"whsec_{base64.b64encode(letter * n_bytes).decode()}"


def lines(**changes: str | None) -> str:
    """A subscriber that fits, with other lines; None takes one out."""
    usual = {"url": '"https://a.example.org"', "secret": '"A_SECRET"', "types": '["model.promoted"]'}
    own = usual | changes
    return "[subscribers.a]\n" + "".join(f"{key} = {value}\n" for key, value in own.items() if value is not None)


def test_a_full_file_is_read() -> None:
    """Every key that there is."""
    warehouse, next_door = parse_subscribers(FULL, "triage.toml")

    assert warehouse.name == "warehouse"
    assert warehouse.url == "https://warehouse.example.org/hooks?desk=1"
    assert warehouse.secrets == ("WAREHOUSE_SECRET", "WAREHOUSE_SECRET_BEFORE")
    assert warehouse.types == {"prediction.completed", "model.promoted"}
    assert (warehouse.allowed.hosts, warehouse.allowed.networks) == (frozenset(), ())
    assert next_door.allowed.networks == (ip_network("10.1.0.0/16"),)
    assert (next_door.allowed.hosts, 8080 in next_door.allowed.ports) == ({"hooks.internal"}, True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[subscribers.A]\n", "a subscriber is named with a-z"),
        ("subscribers = 1\n", "subscribers must be tables named [subscribers.NAME]"),
        (lines(url=None), "url must be where events are sent"),
        (lines(url='"ftp://a.example.org"'), "url must be another address: The address 'ftp://a.example.org' does not"),
        (lines(url='"https://127.1/"'), "is a number"),
        (lines(url='"https://localhost/"'), "is this machine"),
        (lines(url='"https://a.example.org:8443/"'), "The port 8443 may not be called"),
        (lines(url='"http://a.example.org/"'), "url must be https"),
        (lines(secret=None), "secret must be the name of an environment variable"),
        (lines(secret='"whsec_abc"'), "secret must be the name of an environment variable"),  # noqa: S106 - none
        (lines(secret='["A_B", "C_D", "E_F"]'), "secret must name one to 2"),  # noqa: S106 - names
        (lines(types=None), "types must list one or more of prediction.completed, review.recorded"),
        (lines(types='["problem.closed"]'), "types must list one or more of"),
        (lines(types='["model.promoted", "model.demoted"]'), "types must list one or more of"),
        (lines(networks='["10.0.0.1/8"]'), "networks must be others: '10.0.0.1/8' is neither a range"),
        (lines(ports="[0]"), "ports must be a list of whole numbers from 1 to 65,535"),
        (lines(ports="8443"), "ports must be a list of whole numbers"),
        (lines(url_="1"), "has 'url_'. Known: url, secret, types, networks, ports, allow_plain_http."),
    ],
)
def test_what_does_not_fit_is_one_sentence(text: str, sentence: str) -> None:
    """It is read by whoever has just edited the file."""
    with pytest.raises(UnusableSources) as refused:
        parse_subscribers(text, "triage.toml")

    assert sentence in str(refused.value)
    assert str(refused.value).startswith("triage.toml")
    assert "\n" not in str(refused.value)


def test_nobody_is_told_where_there_is_no_file(tmp_path: Path) -> None:
    """Most desks have none; a file that was named must be there."""
    assert read_subscribers() == ()
    with pytest.raises(UnusableSources, match="no such file"):
        read_subscribers(tmp_path / "other.toml")


def test_secrets_are_read_from_the_environment() -> None:
    """The current one first; neither is shown."""
    subscriber = make_subscriber(secrets=("A_SECRET", "B_SECRET"))

    receiver = receiver_of(subscriber, {"A_SECRET": f" {secret()} ", "B_SECRET": secret(64, b"m")})

    assert receiver.secrets.both == (secret(), secret(64, b"m"))
    assert secret() not in repr(receiver)


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (None, "names WAREHOUSE_SECRET, not set"),
        (" ", "names WAREHOUSE_SECRET, not set"),
        ("a long enough secret of another form", "must hold whsec_"),
        ("whsec_not base64 at all, not at all", "must hold whsec_"),
        (secret(23), "24 to 64 random bytes"),
        (secret(65), "24 to 64 random bytes"),
    ],
)
def test_another_secret_is_refused_without_repeating_it(held: str | None, sentence: str) -> None:
    """Libraries on the other side take no other, and it would show with the first event only."""
    with pytest.raises(UnusableSources, match=sentence) as refused:
        receiver_of(make_subscriber(), {} if held is None else {"WAREHOUSE_SECRET": held})

    assert held is None or not held.strip() or held not in str(refused.value)
