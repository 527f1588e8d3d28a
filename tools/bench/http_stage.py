"""The stage of the HTTP benchmark: a platform with a catalogue, somebody signed in, and every server that is compared."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import psutil
from uuid_utils.compat import uuid7

from shared.db.bootstrap import DATABASE
from tools.bench.figures import say
from tools.bench.http_servers import BARE, DJANGO, SERVICE, TEXTBOOK, UNCLAD, Cores, Side, serving
from tools.bench.journey import AS_IN_PRODUCTION
from tools.demo.walk import Addresses, Learner, Walk
from tools.local.control import Control
from tools.local.launch import free_ports, launched
from tools.local.ports import LOOPBACK

COURSES = 20
LIST = "/api/learning/v1/courses"
COURSE = """
with c as (
    insert into learning.course (id, slug, title, summary, language, published_at, changed_at, version)
    values ($1, $2, $3, $4, 'en', now(), now(), 1)
), m as (
    insert into learning.module (id, course_id, slug, title, position) values ($5, $1, 'all', 'All of them', 0)
)
insert into learning.lesson
    (id, course_id, module_id, slug, title, body, access, minutes, position, changed_at, version)
select gen_random_uuid(), $1, $5, 'step-' || number, 'Step ' || number, 'Go on.', 'free', 10, number, now(), 1
from generate_series(1, 10) as number
"""
SUMMARY = (
    "How to read what others wrote, and to write what others can read, in ten small steps, each with its exercise."
)


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Every way to the list of courses."""

    signed_in: Side
    cached: Side
    not_modified: Side
    bare: Side
    django: Side
    textbook: Side
    untraced: Side
    all_traced: Side
    unclad: Side


@asynccontextmanager
async def staged() -> AsyncIterator[Sides]:
    """Start everything; the gateway is left out, so that a side is one server and the database."""
    cores = Cores.of_this_machine()
    say(f"cores: {cores.server} serves, {cores.others} ask, and have the database")
    async with launched(*AS_IN_PRODUCTION) as platform, AsyncExitStack() as stack:
        cores.keep_free((await platform.status()).supervisor)
        url = await _database(platform)
        await _write_courses(url)
        token = await _signed_in(platform)
        base = stack.enter_context(free_ports())
        service = await _environment(platform)

        async def side(number: int, command: tuple[str, ...], environment: Mapping[str, str], name: str) -> Side:
            port, path = base + number, LIST if command in {SERVICE, UNCLAD} else "/courses"
            ours = {"CODEZEST_PORT": str(port), "CODEZEST_INSTANCE": f"bench-{number}"}
            everything = {**service, "CODEZEST_BENCH_DATABASE": url, **ours, **environment}
            await stack.enter_async_context(serving(command, port, everything, ready=path, cores=cores))
            return Side(name=name, port=port, path=path, headers=token)

        signed_in = await side(0, SERVICE, {}, "our list, signed in")
        cached = Side(name="our list, from the cache", port=signed_in.port, path=LIST, headers={})
        yield Sides(
            signed_in=signed_in,
            cached=cached,
            not_modified=await _unchanged(cached),
            bare=await side(1, BARE, {}, "Starlette + asyncpg + msgspec"),
            django=await side(2, DJANGO, {}, "Django REST framework"),
            textbook=await side(3, TEXTBOOK, {}, "FastAPI by the book"),
            untraced=await side(4, SERVICE, {"CODEZEST_TRACE_RATIO": "0"}, "our list, no trace"),
            all_traced=await side(5, SERVICE, {"CODEZEST_TRACE_RATIO": "1"}, "our list, every trace"),
            unclad=await side(6, UNCLAD, {}, "our list without middleware"),
        )


async def _unchanged(cached: Side) -> Side:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://{LOOPBACK}:{cached.port}{cached.path}")
    tag = {"If-None-Match": answer.raise_for_status().headers["etag"]}
    return Side(name="our list, unchanged", port=cached.port, path=cached.path, headers=tag, status=304)


async def _environment(platform: Control) -> dict[str, str]:
    """What the supervisor gave the service: a server of ours is one more replica of it, beside the same sidecar."""
    pid = (await platform.status())["learning-1"].pid
    return {**os.environ, **psutil.Process(pid).environ()}


async def _database(platform: Control) -> str:
    password = json.loads(platform.home.admin_secrets_file.read_text())["postgres-password"]
    return f"postgresql://postgres:{password}@{LOOPBACK}:{(await platform.ports())['postgres']}/{DATABASE}"


async def _write_courses(url: str) -> None:
    database = await asyncpg.connect(url, timeout=10)
    try:
        there = await database.fetchval("select count(*) from learning.course")
        for number in range(there, COURSES):
            title = f"Reading and writing programs, part {number}"
            await database.execute(COURSE, uuid7(), f"part-{number}", title, SUMMARY, uuid7())
        await database.execute("vacuum analyze learning.course, learning.module, learning.lesson")
    finally:
        await database.close()


async def _signed_in(platform: Control) -> dict[str, str]:
    addresses = Addresses.of(await platform.ports())
    async with httpx.AsyncClient(base_url=addresses.gateway, timeout=15, trust_env=False) as http:
        walk = Walk(addresses, http, Learner.somebody_new())
        await walk.register()
        await walk.read_welcome_mail()
        await walk.verify()
        await walk.sign_in()
    return walk.learner.headers
