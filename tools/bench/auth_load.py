"""As many sign-ins as go, against bare argon2id by turns, and what somebody who only looks at courses feels of it."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import httpx
from argon2 import PasswordHasher
from argon2.low_level import Type

from services.auth.data.argon2 import LANES, MEMORY_KIB, PASSES, WORKERS, let_others_go_first
from tools.bench.auth_people import Person, registered, sign_ins_a_second
from tools.bench.figures import Figure, percentile, say
from tools.local.ports import LOOPBACK

PEOPLE = 12  # each signs in again as soon as they have: enough for two threads that never wait
ROUNDS = 8  # single ones differ by a tenth on a machine whose neighbours one does not know
SECONDS = 5.0
LOOKS_A_SECOND = 20.0
COURSES = "/api/learning/v1/courses"


async def load(ports: dict[str, int]) -> AsyncIterator[Figure]:
    """Sign-ins a second beside bare argon2id, and the course list's p99 meanwhile beside the quiet one."""
    gateway = f"http://localhost:{ports['gateway']}"
    async with httpx.AsyncClient(base_url=gateway, timeout=60, trust_env=False) as http:
        people = [await registered(http) for _ in range(PEOPLE)]
    shares: list[float] = []
    quiet: list[float] = []
    busy: list[float] = []
    # Both services are asked themselves: what the gateway costs is neither's.
    auth, learning = (f"http://{LOOPBACK}:{ports[name]}" for name in ("auth-1", "learning-1"))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as others:
        await _sign_ins(others, auth, people, 1.0)  # that process starts, and every connection
        async with httpx.AsyncClient(base_url=learning, timeout=60, trust_env=False) as http:
            await looks(http, 1.0)
            before = await _bare(http)
            for _ in range(ROUNDS):
                quiet += await looks(http, SECONDS)
                rate, seen = await asyncio.gather(_sign_ins(others, auth, people, SECONDS), looks(http, SECONDS))
                after = await _bare(http)
                busy += seen
                shares += [rate / before, rate / after]
                say(f"  argon2id {before:.1f}/s, sign-ins {rate:.1f}/s, argon2id {after:.1f}/s")
                before = after
    yield Figure(
        name="sign-ins a second, of bare argon2id's",
        value=statistics.median(shares) * 100,
        unit="%",
        gate=80,
        goal=90,
    )
    calm, felt = percentile(quiet, 0.99), percentile(busy, 0.99)
    yield Figure(name="course list, p99 while nobody signs in", value=calm, unit="ms")
    yield Figure(name="course list, p99 while as many as can sign in", value=felt, unit="ms")
    yield Figure(
        name="course list, p99 while they sign in, times the quiet one",
        value=felt / calm,
        unit="x",
        gate=3,
        goal=2,
        at_most=True,
    )


def bare_a_second(seconds: float) -> float:
    """Passwords that as many threads as auth has check a second, doing nothing else."""
    argon2 = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
    stored = argon2.hash("seven quiet lanterns adrift")
    started = time.perf_counter()

    def check_on(_: int) -> int:
        count = 0
        while time.perf_counter() < started + seconds:
            argon2.verify(stored, "seven quiet lanterns adrift")
            count += 1
        return count

    # Behind others as auth's threads are: what else this machine does must not flatter either side.
    with ThreadPoolExecutor(WORKERS, initializer=let_others_go_first) as threads:
        checked = sum(threads.map(check_on, range(WORKERS)))
    return checked / (time.perf_counter() - started)


async def looks(http: httpx.AsyncClient, seconds: float) -> list[float]:
    """The milliseconds that each look at the courses took; so many a second, whatever becomes of them."""

    async def look() -> float:
        started = time.perf_counter()
        (await http.get(COURSES)).raise_for_status()
        return (time.perf_counter() - started) * 1000

    async with asyncio.TaskGroup() as group:
        tasks = []
        for _ in range(int(seconds * LOOKS_A_SECOND)):
            tasks.append(group.create_task(look()))
            await asyncio.sleep(1 / LOOKS_A_SECOND)
    return [task.result() for task in tasks]


async def _bare(http: httpx.AsyncClient) -> float:
    """Bare argon2id beside the same looks at courses: those cost both sides alike."""
    rate, _ = await asyncio.gather(asyncio.to_thread(bare_a_second, SECONDS), looks(http, SECONDS))
    return rate


async def _sign_ins(others: ProcessPoolExecutor, auth: str, people: list[Person], seconds: float) -> float:
    return await asyncio.get_running_loop().run_in_executor(others, sign_ins_a_second, auth, people, seconds)
