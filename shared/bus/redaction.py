"""Forgetting a person in the stored events: rows and their order stay, personal data in them go."""

from sqlalchemy import ColumnElement, Table, Text, cast, func, literal, or_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.schema import BusTables
from shared.events.event import REDACTED, load_catalogue

Field = tuple[str, ...]  # where it is in the column: ("name",), in a whole event ("data", "name")


async def redact(session: AsyncSession, tables: BusTables, *, key: str) -> int:
    """Put "[redacted]" in place of the personal data in all stored events of `key`: in outbox, log, parked and skipped.

    Whichever version of its type an event was stored as; nothing else of a row changes. Returns how many rows did: doing
    it again changes none. Types that only a newer release knows are left as they are. The caller commits.
    """
    changed = 0
    for event_type, event in load_catalogue().items():
        names = sorted(event.personal_fields())
        for table in (tables.outbox, tables.log) if names else ():
            own = (table.c.key == key, table.c.type == event_type)
            changed += await _redact(session, table, own, table.c.data, [(name,) for name in names])
        for table in (tables.parked, tables.skipped) if names else ():
            own = (table.c.key == key, table.c.event["type"].astext == event_type)
            changed += await _redact(session, table, own, table.c.event, [("data", name) for name in names])
    return changed


async def _redact(
    session: AsyncSession,
    table: Table,
    rows: tuple[ColumnElement[bool], ...],
    column: ColumnElement[object],
    fields: list[Field],
) -> int:
    """A field that is not there stays away: what was stored before it was added holds nothing of it."""
    redacted: ColumnElement[object] = column
    for field in fields:
        redacted = func.jsonb_set(redacted, cast(list(field), ARRAY(Text)), literal(REDACTED, JSONB), False)  # noqa: FBT003 - SQL has no keywords
    personal = or_(*(column[field].astext != REDACTED for field in fields))
    done = await session.execute(update(table).where(*rows, personal).values({column: redacted}))
    return done.rowcount if isinstance(done, CursorResult) else 0
