"""/metrics tells how many messages wait, for how long, and what became of tries."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from shared.db.notifications import message as table
from tests.notifications.service import Start, ada, become
from tests.running import Running


async def told(run: Running) -> dict[str, float]:
    lines = (await run.client.get("/metrics")).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("codezest_mail"))
    return {name: float(value) for name, value in pairs}


async def test_an_empty_queue_is_told_as_nothing_that_waits(start: Start) -> None:
    async with start() as run:
        figures = await told(run)
    assert figures["codezest_mail_queue_messages"] == 0
    assert figures["codezest_mail_queue_age_seconds"] == 0
    assert {f'codezest_mails_total{{outcome="{outcome}"}}' for outcome in ("sent", "postponed", "failed")} < set(
        figures
    )


async def test_what_waits_is_counted_with_its_age_and_what_is_sent_no_more(start: Start) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    row = {
        "id": uuid7(), "event_id": uuid7(), "template": "welcome", "user_id": uuid7(), "category": "required", "params": {},
        "message_id": f"<{uuid7()}@localhost>", "state": "pending", "attempts": 3, "next_try_at": later,
        "created_at": later - timedelta(hours=2), "last_error": "the mail server is away",
    }  # fmt: skip
    async with start() as run:
        async with run.database.transaction() as session:
            await session.execute(insert(table).values(row))
        before = await told(run)
        event = ada()
        await run.happens(event)
        await become(run, event.user_id, "sent")
        after = await told(run)
    assert before["codezest_mail_queue_messages"] == after["codezest_mail_queue_messages"] == 1
    assert 3600 <= after["codezest_mail_queue_age_seconds"] < 3660
    sent = 'codezest_mails_total{outcome="sent"}'
    assert after[sent] == before[sent] + 1
