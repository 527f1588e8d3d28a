"""The door in PostgreSQL: two statements, a third after a failure, put together once. As units of work they were twelve trips."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    DateTime,
    LargeBinary,
    Table,
    Text,
    Uuid,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.auth.domain.door import Account, Sight
from services.auth.domain.failures import Failures
from services.auth.domain.sessions import Session
from shared.bus.unit_of_work import Writing, outbox_row
from shared.db.auth import bus, known_device, session_family, sign_in_failures, user_account
from shared.db.database import Database
from shared.db.query import Query
from shared.events.auth import SignedIn

_FAILED = sign_in_failures.c
_SESSION = [column.key for column in session_family.columns]
# Nobody waits for the disk before a password is even looked at. What a crash of the server within 0.6 s takes along are
# failures that were counted last, no session and no fact. PostgreSQL manual, "Asynchronous Commit".
_SOON = func.set_config("synchronous_commit", "off", true()).label("committed_soon")  # for this transaction alone
_FACT = [column.key for column in bus.outbox.columns if column.key != "seq"]


def _knock() -> Query:
    nobody = select(literal(1).label("one")).subquery()  # one row whoever asks
    theirs = func.lower(user_account.c.email) == func.lower(bindparam("email", type_=Text))
    device = (known_device.c.hash == bindparam("device", type_=LargeBinary)) & (
        known_device.c.user_id == user_account.c.id
    )
    joined = nobody.outerjoin(user_account, theirs).outerjoin(known_device, device)
    used_at = known_device.c.last_used_at.label("device_used_at")
    who = select(user_account.c.id, user_account.c.password_hash, used_at).select_from(joined).cte("who")
    digests = [bindparam(name, type_=LargeBinary) for name in ("known", "strange", "network")]
    failed = (
        select(_FAILED.address, _FAILED.failed_at, _FAILED.last_at).where(_FAILED.address.in_(digests)).cte("failed")
    )
    own = case((who.c.device_used_at.is_(None), digests[1]), else_=digests[0])
    first = [bindparam(name, type_=_FAILED[name].type) for name in ("failed_at", "last_at")]
    new = select(own, *first).select_from(who).where(~exists(select(failed.c.address)))
    counted = (
        insert(sign_in_failures)
        .from_select(["address", "failed_at", "last_at"], new)
        .on_conflict_do_nothing()  # somebody was faster: they are counted one after the other
        .returning(_FAILED.address)
        .cte("counted")
    )
    is_counted = exists(select(counted.c.address)).label("counted")
    return Query(select(*who.c, *failed.c, is_counted, _SOON).select_from(who.outerjoin(failed, true())))


def _count() -> tuple[Query, Query]:
    """For who is the first to be counted, and for who is not."""
    given = {name: bindparam(name, type_=_FAILED[name].type) for name in ("address", "failed_at", "last_at")}
    new = insert(sign_in_failures).values(given)
    unchanged = _FAILED.failed_at == bindparam("before", type_=ARRAY(DateTime(timezone=True)))
    changed = {name: new.excluded[name] for name in ("failed_at", "last_at")}
    first = new.on_conflict_do_update(index_elements=["address"], set_=changed, where=_FAILED.failed_at == [])
    # Where something was counted, nothing may be inserted: it would bring back what was forgiven meanwhile.
    further = update(sign_in_failures).where(_FAILED.address == given["address"], unchanged).values(given)
    return Query(first.returning(_SOON)), Query(further.returning(_SOON))


def _open() -> Query:
    # The row is locked before anything is written: an event's sequence number must be drawn after that.
    them = (
        select(user_account.c.id, user_account.c.roles)
        .where(
            user_account.c.id == bindparam("user_id", type_=Uuid),
            user_account.c.password_hash == bindparam("password_hash", type_=Text),
            user_account.c.suspended_at.is_(None),
        )
        .with_for_update()
        .cte("them")
    )

    def put(table: Table, names: Collection[str], prefix: str) -> Any:
        values: list[BindParameter[Any]] = [bindparam(prefix + name, type_=table.c[name].type) for name in names]
        return insert(table).from_select(list(names), select(*values).select_from(them)).cte(table.name)

    forgiven = (
        delete(sign_in_failures)
        .where(_FAILED.address == bindparam("forgiven", type_=LargeBinary), exists(select(them.c.id)))
        .cte("forgiven")
    )
    session = put(session_family, _SESSION, "session_")
    fact = put(bus.outbox, _FACT, "fact_")
    return Query(select(them.c.roles).add_cte(forgiven, session, fact))


_KNOCK, _OPEN = _knock(), _open()
_COUNT_FIRST, _COUNT = _count()


class SqlDoor:
    """See Door."""

    def __init__(self, database: Database, writing: Writing) -> None:
        self._database, self._writing = database, writing

    async def knock(
        self, email: str, *, device: bytes | None, known: bytes, strange: bytes, network: bytes | None, at: datetime
    ) -> Sight:
        """See Door."""
        new = Failures.first(strange, at=at)
        given = {"email": email, "device": device, "known": known, "strange": strange, "network": network}
        rows = await _KNOCK.rows(self._database, **given, failed_at=new.failed_at, last_at=new.last_at)
        first = rows[0]
        account = Account(id=first["id"], password_hash=first["password_hash"]) if first["id"] else None
        counts = [row for row in rows if row["address"] is not None]
        return Sight(
            account=account,
            device_used_at=first["device_used_at"],
            counted=first["counted"],
            failures={
                row["address"]: Failures(address=row["address"], failed_at=row["failed_at"], last_at=row["last_at"])
                for row in counts
            },
        )

    async def count(self, failures: Failures, *, before: list[datetime]) -> bool:
        """See Door."""
        row = {"address": failures.address, "failed_at": failures.failed_at, "last_at": failures.last_at}
        rows = await (_COUNT if before else _COUNT_FIRST).rows(self._database, **row, before=before)
        return bool(rows)

    async def open(
        self, session: Session, fact: SignedIn, *, password_hash: str, forgiven: bytes
    ) -> frozenset[str] | None:
        """See Door."""
        said = outbox_row(fact, actor=session.user_id)
        given = {f"session_{name}": getattr(session, name) for name in _SESSION}
        given |= {f"fact_{name}": value for name, value in said.items()} | {"fact_data": json.dumps(said["data"])}
        rows = await _OPEN.rows(
            self._database, **given, user_id=session.user_id, password_hash=password_hash, forgiven=forgiven
        )
        if rows and fact.announced:
            self._writing.wake()
        return frozenset(rows[0]["roles"]) if rows else None
