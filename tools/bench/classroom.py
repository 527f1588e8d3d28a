"""Somebody who finishes lesson after lesson on a running platform, and the databases' view of what came of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import httpx
from uuid_utils.compat import uuid7

from shared.db.bootstrap import DATABASE
from tools.demo.walk import Addresses, Learner, Walk
from tools.local.control import Control
from tools.local.ports import LOOPBACK

LOOK_SECONDS = 0.005
SLUG = "a-hundred-small-steps"

COURSE = """
with c as (
    insert into learning.course (id, slug, title, summary, language, published_at, changed_at, version)
    values ($1, $2, 'Many small steps', '', 'en', now(), now(), 1)
), m as (
    insert into learning.module (id, course_id, slug, title, position) values ($3, $1, 'all', 'All of them', 0)
)
insert into learning.lesson
    (id, course_id, module_id, slug, title, body, access, minutes, position, changed_at, version)
select id, $1, $3, 'step-' || number, 'Step ' || number, 'Go on.', 'free', 1, number, now(), 1
from unnest($4::uuid[]) with ordinality as lessons (id, number)
"""
# From the commit of the lesson's completion (T1) to that of its row in the log (T2) and to that of the feed's entry (T3).
MILLISECONDS = """
select
    extract(epoch from pg_xact_commit_timestamp(fact.xmin) - pg_xact_commit_timestamp(done.xmin))::float8 * 1000,
    extract(epoch from pg_xact_commit_timestamp(entry.xmin) - pg_xact_commit_timestamp(done.xmin))::float8 * 1000
from activity.feed_entry entry
join learning.log fact on fact.id = entry.id
join learning.completion done
    on done.user_id = (fact.data ->> 'user_id')::uuid and done.lesson_id = (fact.data ->> 'lesson_id')::uuid
where fact.position > $1
"""
BACKLOG = """
insert into learning.outbox (id, type, key, data, at)
select gen_random_uuid(), 'learning.lesson-completed.v1', person, jsonb_build_object(
    'user_id', person, 'course_id', $2::text, 'lesson_id', gen_random_uuid(), 'lesson_title', 'Step ' || number), now()
from (select number, md5((number % 1000)::text)::uuid::text as person from generate_series(1, $1::int) number) as facts
"""
APPLIED = """
select not exists (select from learning.outbox) and coalesce((select max(position) from learning.log), 0) = (
    select position from activity.cursor where consumer = 'activity' and source = 'learning')
"""


class Classroom:
    """One learner in one long course."""

    def __init__(self, http: httpx.AsyncClient, database: asyncpg.Connection, lessons: list[UUID]) -> None:
        self._http = http
        self._database = database
        self._lessons = iter(lessons)

    async def complete_a_lesson(self) -> None:
        """Finish the next one: an event."""
        answer = await self._http.post(f"/api/learning/v1/lessons/{next(self._lessons)}/completion")
        answer.raise_for_status()

    async def until_applied(self, within: float = 30) -> None:
        """Wait until activity has applied all that learning stated. TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not await self._database.fetchval(APPLIED):  # noqa: ASYNC110 - other programs work
                await asyncio.sleep(LOOK_SECONDS)

    async def position(self) -> int:
        """The last position of learning's log."""
        return int(await self._database.fetchval("select coalesce(max(position), 0) from learning.log"))

    async def milliseconds(self, *, after: int) -> list[tuple[float, float]]:
        """When each event behind `after` had its position, and when its effect was there, since its own commit."""
        return [(row[0], row[1]) for row in await self._database.fetch(MILLISECONDS, after)]

    async def log(self, count: int) -> None:
        """State `count` facts at once, and wait until they are in the log."""
        before = await self.position()
        await self._database.execute(BACKLOG, count, str(uuid7()))
        async with asyncio.timeout(60):
            while await self.position() < before + count:  # noqa: ASYNC110 - another program works
                await asyncio.sleep(0.1)


@asynccontextmanager
async def classroom(platform: Control, *, lessons: int) -> AsyncIterator[Classroom]:
    """Sign somebody up and into a course of so many lessons; the database begins to record when transactions commit."""
    await _record_commit_times(platform)
    ids = [uuid7() for _ in range(lessons)]
    database = await _connect(platform)
    addresses = Addresses.of(await platform.ports())
    async with httpx.AsyncClient(base_url=addresses.gateway, timeout=15, trust_env=False) as http:
        try:
            await database.execute(COURSE, uuid7(), SLUG, uuid7(), ids)
            http.headers.update(await _signed_in(addresses, http))
            (await http.post(f"/api/learning/v1/courses/{SLUG}/enrolment")).raise_for_status()
            room = Classroom(http, database, ids)
            await room.until_applied()
            yield room
        finally:
            await database.close()


async def _record_commit_times(platform: Control) -> None:
    database = await _connect(platform)
    await database.execute("alter system set track_commit_timestamp = on")
    await database.close()
    await platform.restart("postgres")
    await platform.wait_ready()


async def _connect(platform: Control) -> asyncpg.Connection:
    password = json.loads(platform.home.admin_secrets_file.read_text())["postgres-password"]
    port = (await platform.ports())["postgres"]
    return await asyncpg.connect(
        host=LOOPBACK, port=port, user="postgres", password=password, database=DATABASE, timeout=10
    )


async def _signed_in(addresses: Addresses, http: httpx.AsyncClient) -> dict[str, str]:
    walk = Walk(addresses, http, Learner.somebody_new())
    await walk.register()
    await walk.read_welcome_mail()
    await walk.verify()
    await walk.sign_in()
    return walk.learner.headers
