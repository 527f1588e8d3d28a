"""What tests do as people and as the mail worker, and how they look into the database."""

from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, union_all
from uuid_utils.compat import uuid7

from services.auth.api.deps import Deps
from services.auth.domain import sessions
from services.auth.domain.sessions import Session
from services.auth.domain.users import User
from shared.db.auth import bus, user_account
from shared.events.auth import SignedIn
from tests.running import Running

API = "/api/auth/v1"
PASSWORD = "seven quiet lanterns adrift"
WRONG = "seven loud lanterns adrift"

_numbers = count(1)
_hashes: dict[str, str] = {}


def fresh_email(name: str = "ada") -> str:
    """An address nobody has used in this run."""
    return f"{name}.{next(_numbers)}@example.com"


async def register(run: Running, email: str, **changes: Any) -> httpx.Response:
    body = {"email": email, "password": PASSWORD, "name": "Ada", **changes}
    return await run.client.post(f"{API}/users", json=body)


async def sign_in(run: Running, email: str, password: str = PASSWORD, **changes: Any) -> httpx.Response:
    return await run.client.post(f"{API}/sessions", json={"email": email, "password": password, **changes})


async def registered(run: Running, **changes: Any) -> tuple[str, UUID]:
    """A new person: their address and id."""
    if not changes:
        user = await account(run)
        return user.email, user.id
    email = fresh_email()
    assert (await register(run, email, **changes)).status_code == 202
    return email, await user_id_of(run, email)


async def account(run: Running, *roles: str, name: str = "Ada") -> User:
    """A new person with these roles, as if registered; their password was hashed once for all."""
    deps: Deps = run.app.state.deps
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = await deps.gate.hasher.hash(PASSWORD)
    user = User(
        id=uuid7(),
        email=fresh_email(),
        password_hash=_hashes[PASSWORD],
        name=name,
        locale="en",
        timezone="UTC",
        roles=list(roles),
        created_at=deps.now(),
    )
    async with deps.uow() as uow:
        assert await uow.users.add(user)
        uow.emit(user.created())
    return user


async def let_in(run: Running, user: User) -> dict[str, Any]:
    """Tokens of a session that is opened without anybody's hashing a password."""
    deps: Deps = run.app.state.deps
    at = deps.now()
    session = Session.begin(uuid7(), user_id=user.id, client="api", at=at)
    fact = SignedIn(user_id=user.id, session_id=session.id)
    roles = await deps.gate.door.open(session, fact, password_hash=user.password_hash, forgiven=bytes(32))
    assert roles is not None
    opened = sessions.signed_in(session, roles, deps.gate.key)
    return {"access_token": deps.access_tokens.issue(opened, at=at), "refresh_token": opened.refresh_token}


async def signed_in(run: Running, **changes: Any) -> tuple[str, dict[str, Any]]:
    """A new person who is signed in: their address and tokens."""
    email, _ = await registered(run)
    answer = await sign_in(run, email, **changes)
    assert answer.status_code == 200, answer.text
    return email, answer.json()


async def signed_in_as(run: Running, *roles: str) -> dict[str, Any]:
    """The tokens of a new person who has these roles."""
    return await let_in(run, await account(run, *roles))


async def refresh(run: Running, token: str) -> httpx.Response:
    return await run.client.post(f"{API}/sessions/refresh", json={"refresh_token": token})


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


async def user_id_of(run: Running, email: str) -> UUID:
    async with run.database.reading() as connection:
        found: UUID = (
            await connection.execute(select(user_account.c.id).where(user_account.c.email == email))
        ).scalar_one()
    return found


async def facts_about(run: Running, user_id: UUID) -> list[str]:
    """The types of what was emitted about a person, in order, without `auth.` and the version."""
    key = str(user_id)
    logged = select(bus.log.c.position.label("n"), bus.log.c.type).where(bus.log.c.key == key)
    waiting = select(bus.outbox.c.seq + 1_000_000_000, bus.outbox.c.type).where(bus.outbox.c.key == key)
    async with run.database.reading() as connection:
        rows = (await connection.execute(union_all(logged, waiting).order_by("n"))).all()
    return [row.type.split(".")[1] for row in rows]


async def actors_about(run: Running, user_id: UUID) -> list[tuple[str, UUID | None]]:
    """Who did what was emitted about a person, by its type, without `auth.` and the version, in alphabetical order."""
    both = (select(table.c.type, table.c.actor).where(table.c.key == str(user_id)) for table in (bus.log, bus.outbox))
    async with run.database.reading() as connection:
        rows = (await connection.execute(union_all(*both).order_by("type"))).all()
    return [(row.type.split(".")[1], row.actor) for row in rows]


async def verification_link(run: Running, user_id: UUID, message: str = "m1") -> str:
    """The link that the welcome mail holds, as the mail worker gets it."""
    return await mailed_link(run, user_id, "verify-email", message)


async def mailed_link(run: Running, user_id: UUID, purpose: str, message: str = "m1") -> str:
    """The link that a mail holds, as the mail worker gets it."""
    question = {"user_id": str(user_id), "message_id": message, "link": purpose}
    answer = await run.client.post(
        "/internal/v1/mail-recipients", json=question, headers=run.from_service("notifications")
    )
    link: str = answer.json()["link"]
    return link
