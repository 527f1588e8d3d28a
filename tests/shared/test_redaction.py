"""What names a person leaves the stored events when they are erased, and nothing else does."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import pytest
from sqlalchemy import Table, insert
from uuid_utils.compat import uuid7

from shared.bus.envelope import Envelope
from shared.bus.parked import parked_row
from shared.bus.redaction import redact
from shared.events.auth import EmailVerified
from shared.events.event import REDACTED, Event, Personal, received
from tests.running import EPOCH
from tests.shared.probe import Probe, registered, tables

ADA, BRIAN = uuid7(), uuid7()


@pytest.fixture
def versions() -> Iterator[tuple[Any, Any]]:
    """A fact with two personal fields that has a second version; gone once the test is over."""

    class CardPrinted(Event, type="auth.card-printed.v1", key="user_id"):
        user_id: UUID
        name: Annotated[str, Personal]
        motto: Annotated[str, Personal] = "none"

    class CardPrintedV2(Event, type="auth.card-printed.v2", key="user_id", replaces=CardPrinted):
        user_id: UUID
        printed: Annotated[str, Personal]

        @classmethod
        def upcast(cls, old: CardPrinted) -> Self:
            return cls(user_id=old.user_id, printed=f"{old.name}: {old.motto}")

    yield CardPrinted, CardPrintedV2
    for event in (CardPrinted, CardPrintedV2):
        del Event.catalogue[event.event_type]


async def store(probe: Probe, *events: Event) -> None:
    """Let each event stand in outbox, log, parked and skipped."""
    async with probe.database.transaction() as session:
        for n, event in enumerate(events, start=1):
            row = {
                "id": uuid7(),
                "type": event.event_type,
                "key": event.key,
                "data": event.model_dump(mode="json"),
                "at": datetime.now(UTC),
            }
            await session.execute(insert(tables.outbox).values(row))
            await session.execute(insert(tables.log).values(position=n, **row))
            time = row.pop("at")
            envelope = Envelope.model_validate({"source": "auth", "position": n, "epoch": EPOCH, "time": time, **row})
            dead = parked_row("probe", envelope, state="dead", reason="a person has to look")
            await session.execute(insert(tables.parked).values(dead))
            del dead["next_try_at"]
            audited = {"skipped_by": uuid7(), "why": "nobody can mend it", "skipped_at": time}
            await session.execute(insert(tables.skipped).values(**dead, **audited))


async def forget(probe: Probe, user_id: UUID) -> int:
    """Redact what is stored of the person."""
    async with probe.database.transaction() as session:
        return await redact(session, tables, key=str(user_id))


async def stored(probe: Probe) -> dict[str, list[dict[str, Any]]]:
    """All rows of the four tables, in order."""

    async def rows(table: Table) -> list[dict[str, Any]]:
        place = "seq" if table is tables.outbox else "position"
        found = [dict(row._mapping) for row in await probe.rows(table)]
        return sorted(found, key=lambda row: int(row[place]))

    return {table.name: await rows(table) for table in (tables.outbox, tables.log, tables.parked, tables.skipped)}


def data_of(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = row["event"]["data"] if "event" in row else row["data"]
    return found


async def test_the_persons_name_goes_from_all_stored_events_and_all_else_stays(probe: Probe) -> None:
    await store(probe, registered(ADA), EmailVerified(user_id=ADA), registered(BRIAN))
    expected = await stored(probe)
    for rows in expected.values():
        data_of(rows[0])["name"] = REDACTED
    assert await forget(probe, ADA) == 4
    assert await stored(probe) == expected


async def test_doing_it_again_changes_nothing(probe: Probe) -> None:
    await store(probe, registered(ADA))
    await forget(probe, ADA)
    before = await stored(probe)
    assert await forget(probe, ADA) == 0
    assert await stored(probe) == before


async def test_every_version_is_redacted_and_still_can_be_received(probe: Probe, versions: tuple[Any, Any]) -> None:
    old, new = versions
    await store(probe, old(user_id=ADA, name="Ada", motto="on"), new(user_id=ADA, printed="Ada L."))
    assert await forget(probe, ADA) == 8
    for rows in (await stored(probe)).values():
        first, second = (data_of(row) for row in rows)
        assert (first["name"], first["motto"], second["printed"]) == (REDACTED, REDACTED, REDACTED)
        assert received(old.event_type, first) == new(user_id=ADA, printed=f"{REDACTED}: {REDACTED}")


async def test_a_field_that_was_not_stored_is_not_made_up(probe: Probe, versions: tuple[Any, Any]) -> None:
    class Before(Event, type="auth.card-before.v1", key="user_id"):
        user_id: UUID
        name: str

    del Event.catalogue[Before.event_type]
    Before.event_type = versions[0].event_type  # as it was stored before `motto` was added
    await store(probe, Before(user_id=ADA, name="Ada"))
    assert await forget(probe, ADA) == 4
    for [row] in (await stored(probe)).values():
        assert data_of(row) == {"user_id": str(ADA), "name": REDACTED}


async def test_what_is_stored_for_nobody_is_no_error(probe: Probe) -> None:
    await store(probe, registered(BRIAN))
    assert await forget(probe, ADA) == 0
