"""Errors reach the log without the data they quote."""

import json
import logging
import sys

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shared.dapr import SidecarError
from shared.db.database import Database
from shared.http.logs import JsonFormatter


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
