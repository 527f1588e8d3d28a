"""Errors reach the log without the data they quote."""

import json
import logging
import sys

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from shared.dapr import SidecarError
from shared.db.database import Database
from shared.events.auth import UserCreated
from shared.http.logs import JsonFormatter
from tests.running import FakeLog
from tests.shared.probe import registered


async def test_a_refused_row_is_not_quoted(database: Database) -> None:
    statement = text("insert into probe.effect (key, text) values (:key, null)")
    row = {"key": "Ada Lovelace"}
    try:
        async with database.transaction() as session:
            await session.execute(statement, row)
    except IntegrityError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, sys.exc_info())
    line = json.loads(JsonFormatter("probe").format(record))
    assert "NotNullViolation" in line["error"]
    assert "Lovelace" not in line["error"]
    assert "(detail left out)" in line["error"]


def test_what_a_client_is_told_of_a_sidecar_is_not_how_it_was_called() -> None:
    error = SidecarError("POST /v1.0/invoke/auth/method/internal was answered 500", status=500)
    assert "invoke" in str(error)
    assert "invoke" not in error.detail


def test_an_event_is_logged_without_what_is_personal(caplog: pytest.LogCaptureFixture) -> None:
    event = registered()
    logging.getLogger("x").warning("%s %r %s", event, event, [event])
    assert event.name not in caplog.text + f"{event} {event!r}"
    assert caplog.text.count("name='[personal]', locale='en'") == 2
    assert str(event.user_id) in caplog.text


def test_an_event_that_is_refused_is_not_quoted() -> None:
    with pytest.raises(ValidationError) as refused:
        UserCreated.receive({"user_id": str(uuid7()), "name": ["Ada Lovelace"], "locale": "en", "timezone": "UTC"})
    assert "name\n  Input should be a valid string" in str(refused.value)
    assert "Lovelace" not in str(refused.value)


def test_a_stored_event_is_logged_without_what_it_holds() -> None:
    event = registered().model_copy(update={"name": "Ada Lovelace"})
    stored = FakeLog("auth").append(event, actor=None)
    assert event.key in repr(stored)
    assert "Lovelace" not in f"{stored} {stored!r}"
