"""Whatever is logged, by whomever: no credential, no key, no address of a person comes out. Canaries show it."""

import json
import logging
import sys
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.http.logs import JsonFormatter, request_id
from shared.http.redaction import LONGEST_TEXT, redacted
from tests.shared.probe import registered

CANARY = "canary7f3a9c"
KEY = ECKey.generate_key("P-256")
JWS = jwt.encode({"alg": "ES256"}, {"sub": CANARY}, KEY)
LOGGER = logging.getLogger("tests.redaction")

LEAKS = {
    "bearer": f"sent Authorization: Bearer {CANARY}.{CANARY}",
    "bearer in a dictionary": f"{{'authorization': 'Bearer {CANARY}'}}",
    "basic": f"Basic {CANARY}==",
    "header in bytes": f"[(b'authorization', b'{CANARY}'), (b'host', b'x')]",
    "cookie": f"Cookie: a=b; session={CANARY}; other={CANARY}",
    "set-cookie": f"set-cookie: refresh={CANARY}; HttpOnly",
    "app token": f"dapr-api-token={CANARY}",
    "token in a query": f"GET /email-verification?token={CANARY}&x=1",
    "password in JSON": f'{{"password": "{CANARY} with spaces \\" and quotes {CANARY}"}}',
    "password in a dictionary": f"{{'new_password': '{CANARY} {CANARY}'}}",
    "secret by assignment": f"client_secret={CANARY}",
    "API key": f"api-key: {CANARY}",
    "refresh token": f"'refresh_token': '{CANARY}'",
    "stripe's key": f"No such key: sk_test_{CANARY}",
    "stripe's webhook secret": f"whsec_{CANARY}",
    "signed token": f"not valid: {JWS}",
    "private key": f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----",
    "half a private key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    "password hash": f"$argon2id$v=19$m=19456,t=2,p=1${CANARY}${CANARY}",
    "address": f"no mail to {CANARY}@example.org",
    "tagged address": f"<ada.{CANARY}+x@mail.example.co.uk>",
    "password in a URL": f"cannot connect to postgresql://auth:{CANARY}@127.0.0.1:5432/x",
    "event's data": f"{{'user_id': '1', 'name': '{CANARY}'}}",
    "refused row": f"failed\nDETAIL:  Key (email)=({CANARY}) already exists.\n",
}


def line(record: logging.LogRecord) -> str:
    return JsonFormatter("probe").format(record)


def logged(message: str, *args: object, **extra: Any) -> str:
    return line(LOGGER.makeRecord("x", logging.INFO, "x", 1, message, args, None, extra=extra or None))


def refuse(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("leak", LEAKS)
def test_a_secret_does_not_get_into_the_log(leak: str) -> None:
    text = LEAKS[leak]
    for written in (logged(text.replace("%", "%%")), logged("it failed: %s", text), logged("x", fields={"y": text})):
        assert CANARY not in written
        assert JWS not in written
        json.loads(written)


@pytest.mark.parametrize("leak", LEAKS)
def test_a_secret_in_an_error_or_its_cause_does_not_get_into_the_log(leak: str) -> None:
    try:
        try:
            refuse(LEAKS[leak])
        except ValueError as cause:
            raise RuntimeError(f"because of {LEAKS[leak]}") from cause
    except RuntimeError:
        record = LOGGER.makeRecord("x", logging.ERROR, "x", 1, "failed", (), sys.exc_info())
    written = line(record)
    assert CANARY not in written
    assert JWS not in written
    assert json.loads(written)["error"].startswith("Traceback")


def test_the_data_of_an_event_are_logged_without_what_is_personal() -> None:
    event = registered().model_copy(update={"name": CANARY})
    written = logged("%s %s", event.model_dump(mode="json"), event.model_dump_json())
    assert CANARY not in written
    assert str(event.user_id) in written


@pytest.mark.parametrize(
    "text",
    [
        "auth.user-created.v1 at auth/17: the database is away: ConnectionRefusedError",
        "POST /v1.0/invoke/auth/method/internal/v1/mail-recipients through the sidecar was answered 503",
        "the secret store has no secret 'payments-stripe-api-key'",
        "0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11 skipped activity/auth/3, dead after 14 tries (no): a test account",
        "auth's keys cannot be fetched: no answer within 5 s",
        "http://127.0.0.1:8021/v1.0/healthz 10:31:07 a=b, c: d",
    ],
)
def test_what_is_nobodys_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_message_that_cannot_be_made_is_told_without_its_arguments() -> None:
    written = logged("%d tokens", CANARY)
    assert "a log message could not be made" in written
    assert CANARY not in written


def test_a_line_names_its_request_and_fields() -> None:
    token = request_id.set("checkout-17")
    try:
        entry = json.loads(logged("request", fields={"status": 404, "ms": 1.5, "user_id": None, "route": "/x"}))
    finally:
        request_id.reset(token)
    assert entry["request_id"] == "checkout-17"
    assert (entry["status"], entry["ms"], entry["user_id"], entry["route"]) == (404, 1.5, None, "/x")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece", ["a-", "eyJ-", "token", "token=", 'token="', "'name': '", "x@", "://a:", "\n ", "-----BEGIN "]
)
def test_a_text_made_to_be_slow_to_read_is_not_and_is_cut(piece: str) -> None:
    assert len(redacted(piece * LONGEST_TEXT)) <= 3 * LONGEST_TEXT
