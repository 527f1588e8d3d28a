"""What is there in the end: ledger, databases by plain SQL, mails and feeds over HTTP."""

import asyncio
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.fire.checker.intents import Intent, read_intents

SOURCES = ("auth", "learning", "payments")
SERVICES = (*SOURCES, "notifications", "activity")
SECONDS = 20.0

Row = Any  # of SQL or of JSON: read by column name

ROWS = {
    "activity.feed_entry": "select id, user_id, visible, source, position from activity.feed_entry",
    "activity.person": "select user_id from activity.person",
    "learning.learner": "select user_id from learning.learner",
    "learning.entitlement": "select user_id, tier from learning.entitlement",
    "learning.enrolment": "select user_id, course_id from learning.enrolment",
    "learning.completion": "select user_id, lesson_id from learning.completion",
    "learning.submission": "select id, user_id, idempotency_key from learning.submission",
    "notifications.message": "select event_id, user_id, template, message_id, state from notifications.message",
    "payments.verified_person": "select user_id from payments.verified_person",
    "payments.payment": "select user_id from payments.payment",
    "auth.session_family": "select id, user_id from auth.session_family",
    "auth.user_account": "select id, email, email_verified_at is not null as verified from auth.user_account",
}


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One event of a source's log. `about` is the one of its ids, beside the key, that tells it from others of its type."""

    source: str
    position: int
    id: str
    type: str
    key: str
    data: Row

    @property
    def about(self) -> str:
        names = ("submission_id", "lesson_id", "course_id", "session_id")
        return next((str(self.data[name]) for name in names if name in self.data), "")

    def __str__(self) -> str:
        return f"{self.source}/{self.position} ({self.type} {self.id}, key {self.key})"


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One row that a committed transaction tried to insert, in the order `n` of doing so, even if the row was there already."""

    n: int
    table: str
    row: Row


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail in the sink."""

    to: str
    subject: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the evidence is. `admin` is the address and password of somebody who may read everybody's feed."""

    ledger: Path
    database: str
    gateway: str
    mail: str
    admin: tuple[str, str]


@dataclass(kw_only=True)
class Evidence:
    """All of it. `before` are the ids of people who were there before the first intent; `unrest` what was not at rest yet."""

    intents: list[Intent]
    before: set[str]
    logs: dict[str, list[Logged]]
    rows: dict[str, list[Row]]
    applied: list[Applied]
    starter: str
    mails: list[Mail]
    feeds: dict[str, list[str]]
    unrest: list[str] = field(default_factory=list)

    @cached_property
    def accounts(self) -> dict[str, str]:
        """The user id of every address."""
        return {row["email"]: str(row["id"]) for row in self.rows["auth.user_account"]}

    @cached_property
    def submissions(self) -> dict[tuple[str, str], str]:
        """The submission's id by user id and Idempotency-Key."""
        kept = self.rows["learning.submission"]
        return {(str(row["user_id"]), row["idempotency_key"]): str(row["id"]) for row in kept}


async def gather(places: Places, *, transport: httpx.AsyncBaseTransport | None = None) -> Evidence:
    """Look at everything once; `transport` is another way to gateway and mail than their names lead."""
    intents = await asyncio.to_thread(read_intents, places.ledger)
    connection = await asyncpg.connect(places.database, timeout=SECONDS, command_timeout=SECONDS)
    try:
        rows: dict[str, list[Row]] = {table: [*await connection.fetch(query)] for table, query in ROWS.items()}
        logs = {source: await _log(connection, source) for source in SOURCES}
        witnessed = await connection.fetch("select n, relation, row from witness.applied order by n")
        before = await connection.fetch("select user_id from witness.before")
        starter = await connection.fetchval("select id from learning.course where slug = 'small-programs'")
        restless = await unrest(connection)
    finally:
        await connection.close()
    evidence = Evidence(
        intents=intents,
        before={str(row["user_id"]) for row in before},
        logs=logs,
        rows=rows,
        applied=[Applied(n=row["n"], table=row["relation"], row=json.loads(row["row"])) for row in witnessed],
        starter=str(starter),
        mails=[],
        feeds={},
        unrest=restless,
    )
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, transport=transport) as client:
        evidence.mails = await _mails(client, places.mail)
        people = {evidence.accounts[i.person] for i in intents if i.person in evidence.accounts}
        evidence.feeds = await _feeds(client, places, people)
    return evidence


async def unrest(connection: "asyncpg.Connection[Any]") -> list[str]:
    """What is still to be done, in words; empty when the platform is at rest."""
    found: list[str] = []
    for service in SERVICES:
        outbox = await connection.fetch(f"select id, type from {service}.outbox")  # noqa: S608 - names of ours
        found += [f"{row['type']} {row['id']} is still in {service}'s outbox" for row in outbox]
        found += await _behind(connection, service)
        parked = await connection.fetch(f"select * from {service}.parked order by position")  # noqa: S608 - as above
        found += map(_parked, parked)
    pending = await connection.fetch("select id, last_error from notifications.message where state = 'pending'")
    return found + [f"message {row['id']} is not sent: {row['last_error']}" for row in pending]


def _parked(row: Row) -> str:
    where = f"{row['consumer']}/{row['source']}/{row['position']}"
    return f"{where} is parked ({row['state']}, {row['tries']} tries): {row['reason'][:120]}"


async def _behind(connection: "asyncpg.Connection[Any]", service: str) -> list[str]:
    found = []
    for row in await connection.fetch(f"select consumer, source, position from {service}.cursor"):  # noqa: S608 - as above
        head = await connection.fetchval(f"select position from {row['source']}.head")  # noqa: S608 - as above
        if row["position"] != head:
            found.append(f"{row['consumer']} stands at {row['position']} of {row['source']}, whose head is {head}")
    return found


async def _log(connection: "asyncpg.Connection[Any]", source: str) -> list[Logged]:
    rows = await connection.fetch(f"select position, id, type, key, data from {source}.log order by position")  # noqa: S608 - as above
    return [
        Logged(
            source=source,
            position=row["position"],
            id=str(row["id"]),
            type=row["type"],
            key=row["key"],
            data=json.loads(row["data"]),
        )
        for row in rows
    ]


async def _mails(client: httpx.AsyncClient, mail: str) -> list[Mail]:
    answer = await client.get(f"{mail}/api/email")
    answer.raise_for_status()
    return [
        Mail(to=to["address"], subject=mail["subject"], message_id=mail["headers"]["message-id"])
        for mail in answer.json()
        for to in mail["to"]
    ]


async def _feeds(client: httpx.AsyncClient, places: Places, people: set[str]) -> dict[str, list[str]]:
    email, password = places.admin
    credentials = {"email": email, "password": password, "client": "api"}
    answer = await client.post(f"{places.gateway}/api/auth/v1/sessions", json=credentials)
    answer.raise_for_status()
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    feeds = {}
    for person in sorted(people):
        feeds[person] = await _feed(client, f"{places.gateway}/api/activity/v1/feed", headers, person)
    return feeds


async def _feed(client: httpx.AsyncClient, url: str, headers: dict[str, str], person: str) -> list[str]:
    """The ids of a person's entries, newest first, from all pages."""
    ids: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = await client.get(url, params={"user_id": person, "limit": 100, **after}, headers=headers)
        answer.raise_for_status()
        page = answer.json()
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        after = {"after": page["next"]}
