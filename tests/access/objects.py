"""The things that paths name, made for their owners. A path parameter of a new name needs a line in FACTORIES."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from uuid_utils.compat import uuid7

from shared.db import auth
from tests.access.callers import Person
from tests.learning.school import Human, WrittenCourse, created, write_course
from tests.running import Running

Factory = Callable[[Running, Person, bool], Awaitable[str]]

FIXED = {"topic": "auth"}  # path parameters that name no object
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("seven quiet lanterns adrift")


async def account(run: Running, person: Person) -> None:
    """Give the person an account with auth, unless they have one."""
    row = {
        "id": person.id,
        "email": f"{person.id}@example.com",
        "password_hash": HASH,
        "name": person.name,
        "locale": "en",
        "timezone": "UTC",
        "roles": list(person.roles),
        "created_at": datetime.now(UTC),
    }
    async with run.database.transaction() as session:
        await session.execute(upsert(auth.user_account).values(row).on_conflict_do_nothing())


async def user(run: Running, owner: Person, published: bool) -> str:  # noqa: FBT001 - the factories' common signature
    """Their account itself."""
    return str(owner.id)


async def session(run: Running, owner: Person, published: bool) -> str:  # noqa: FBT001 - as user
    """A session of theirs."""
    await account(run, owner)
    family = uuid7()
    now = datetime.now(UTC)
    row: dict[str, Any] = {"id": family, "user_id": owner.id, "client": "api", "generation": 1, "created_at": now}
    ages = {"last_used_at": now, "expires_at": now + timedelta(days=30)}
    async with run.database.transaction() as transaction:
        await transaction.execute(insert(auth.session_family).values({**row, **ages}))
    return str(family)


async def course(run: Running, owner: Person, published: bool) -> WrittenCourse:  # noqa: FBT001 - as user
    """A course they have written, whatever they are now."""
    author = Human(run=run, roles=("author",), id=owner.id)
    return await write_course(author, f"course-{uuid4().hex}", publish=published)


async def submission(run: Running, owner: Person, published: bool) -> str:  # noqa: FBT001 - as user
    """What they handed in, in a course of Brian's (or of somebody else's, where Brian is the owner)."""
    author = Person(name="teacher", id=uuid7(), roles=("author",))
    written = await course(run, author, published=True)
    handed_in = await created(
        Human(run=run, id=owner.id).post(
            f"/assignments/{written.free_assignment}/submissions", {"code": "x = 1\n"}, idempotency_key=str(uuid4())
        )
    )
    return str(handed_in["id"])


async def checkout(run: Running, owner: Person, published: bool) -> str:  # noqa: FBT001 - as user
    """A payment page of theirs."""
    headers = {**run.sign_in(owner.id), "idempotency-key": str(uuid4())}
    path = "/api/payments/v1/checkouts"
    opened = await created(run.client.post(path, json={"plan": "pro_monthly"}, headers=headers))
    return str(opened["id"])


def part(name: str) -> Factory:
    """A part of a course of theirs."""

    async def make(run: Running, owner: Person, published: bool) -> str:  # noqa: FBT001 - as user
        return str(getattr(await course(run, owner, published), name))

    return make


FACTORIES: dict[str, Factory] = {
    "slug": part("slug"),
    "module_id": part("module_id"),
    "lesson_id": part("free_lesson"),
    "assignment_id": part("free_assignment"),
    "submission_id": submission,
    "checkout_id": checkout,
    "session_id": session,
    "user_id": user,
}
UNPUBLISHED = {"slug", "module_id", "lesson_id", "assignment_id"}  # of these there are some that others do not know of


def absent(name: str) -> str:
    """What names no object."""
    return f"absent-{uuid4().hex}" if name == "slug" else str(UUID(int=uuid7().int))
