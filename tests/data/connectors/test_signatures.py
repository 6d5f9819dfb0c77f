"""Standard Webhooks by the specification's own example, and secrets of systems that sign nothing."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from data.connectors import standard_webhooks
from data.connectors.connector import Delivery, Secrets
from data.connectors.signatures import require_recent, require_shared_secret
from triage.errors import InvalidInput, NotAllowed

SECRET, ID, BODY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
SENT_AT = datetime.fromtimestamp(1614265330, UTC)
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_specification_is_signed_alike() -> None:
    """Every library of the world checks itself by it."""
    headers = standard_webhooks.signed_headers(SECRET, ID, SENT_AT, BODY)

    assert headers == {"webhook-id": ID, "webhook-timestamp": "1614265330", "webhook-signature": SIGNATURE}
    standard_webhooks.verify(Delivery(headers, BODY), Secrets(SECRET), SENT_AT)


@pytest.mark.parametrize("secret", [SECRET.removeprefix("whsec_"), "plain words", "whsec_"])
def test_only_a_secret_of_the_usual_form_signs(secret: str) -> None:
    """The receiver would derive another key."""
    with pytest.raises(InvalidInput):
        standard_webhooks.signed_headers(secret, ID, SENT_AT, BODY)


def test_a_secret_without_its_prefix_is_understood_both_ways() -> None:
    """Libraries decode it, people expect its letters."""
    bare = SECRET.removeprefix("whsec_")
    letters = base64.b64encode(bare.encode()).decode()

    for signed_with in (SECRET, f"whsec_{letters}"):
        headers = standard_webhooks.signed_headers(signed_with, ID, SENT_AT, BODY)
        standard_webhooks.verify(Delivery(headers, BODY), Secrets(bare), SENT_AT)


def test_one_good_signature_among_others_is_enough_and_a_bad_one_does_not_hide_it() -> None:
    """A sender signs with the old and the new secret while it changes them."""
    headers = standard_webhooks.signed_headers(SECRET, ID, SENT_AT, BODY)
    for listed, is_good in (
        (f"v1,AAAA {SIGNATURE}", True),
        (f"{SIGNATURE} v2,xyz", True),
        (f"v2,{SIGNATURE[3:]}", False),
        (SIGNATURE[3:], False),
        ("v1,AAAA v1,BBBB", False),
    ):
        delivery = Delivery({**headers, "webhook-signature": listed}, BODY)
        if is_good:
            standard_webhooks.verify(delivery, Secrets(SECRET), SENT_AT)
        else:
            with pytest.raises(NotAllowed):
                standard_webhooks.verify(delivery, Secrets(SECRET), SENT_AT)


def test_the_id_is_signed_too() -> None:
    """Or an event could be sent again under another id."""
    headers = standard_webhooks.signed_headers(SECRET, ID, SENT_AT, BODY) | {"webhook-id": "msg_2"}

    with pytest.raises(NotAllowed):
        standard_webhooks.verify(Delivery(headers, BODY), Secrets(SECRET), SENT_AT)


def basic(text: str) -> str:
    """The header of basic auth."""
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer the secret"},
        {"authorization": "bearer  the secret"},
        {"authorization": basic("triage:the secret")},
        {"authorization": basic("the secret:X")},
        {"x-triage-token": "the secret"},
        {"x-triage-token": "the secret", "authorization": basic("for:a proxy")},
    ],
)
def test_a_shared_secret_may_come_in_three_ways(headers: dict[str, str]) -> None:
    """Each system can set one of them."""
    require_shared_secret(Delivery(headers, b""), Secrets("the secret"))


def test_user_and_password_together_may_be_the_secret() -> None:
    """Some desks name both."""
    require_shared_secret(Delivery({"authorization": basic("triage:1")}, b""), Secrets("triage:1"))


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "the secret"}, {"authorization": "Bearer "}, {"authorization": "Bearer the secre"},
     {"authorization": "Token the secret"}, {"authorization": basic(":")}, {"x-triage-token": "the secret!"}],
)  # fmt: skip
def test_anything_else_is_no_secret(headers: dict[str, str]) -> None:
    """Nothing, a part of it, or another scheme."""
    with pytest.raises(NotAllowed):
        require_shared_secret(Delivery(headers, b""), Secrets("the secret"))


@pytest.mark.parametrize(
    "text", ["2021-02-25T15:02:10Z", "2021-02-25T16:02:10+01:00", "2021-02-25T15:02:10", "1614265330"]
)
def test_a_time_is_read_however_it_is_written(text: str) -> None:
    """Zendesk writes ISO 8601, others seconds."""
    require_recent(text, SENT_AT, timedelta(seconds=1))

    with pytest.raises(NotAllowed):
        require_recent(text, SENT_AT + timedelta(seconds=2), timedelta(seconds=1))
