"""A platform of its own with a ledger beside it, and the checker to judge it in the end."""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.fire.checker.evidence import Places, gather
from tests.fire.checker.findings import Findings, examine
from tests.fire.database import Administrator
from tests.fire.faults import Faults, Poison, parked_id
from tests.fire.ledger import Ledger
from tests.fire.people import Course, Town, sign_in, write_course
from tests.local.platforms import eventually
from tools.demo.walk import Addresses
from tools.local.control import Control
from tools.local.launch import launched
from tools.local.site import ROOT

LEAN = ("--without=zipkin", "--without=collector")
LESSONS = 12
REST = 2.5  # longer than consumers wait between two pulls
SETTLED_WITHIN = 180.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything a proof needs."""

    platform: Control
    admin: Administrator
    ledger: Ledger
    town: Town
    course: Course
    faults: Faults
    places: Places

    async def settle(self, within: float = SETTLED_WITHIN) -> None:
        """Wait until everything is at rest and stays so for a while, or until the time (seconds) is over."""
        loop = asyncio.get_running_loop()
        ends, quiet_since = loop.time() + within, None
        while loop.time() < ends:
            if await self.admin.unrest():
                quiet_since = None
            elif quiet_since is None:
                quiet_since = loop.time()
            elif loop.time() - quiet_since > REST:
                return
            await asyncio.sleep(0.2)

    async def heal(self, poison: Poison) -> None:
        """Take the poison away, and have what it parked tried again as an admin does; returns when all that is applied."""
        begin = time.time()
        headers = await sign_in(self.town, self.places.admin)
        await self.admin.put_off(poison.consumer, poison.person)  # or the product may be faster than the admin
        await self.admin.let_go(poison.hindrance)
        path = f"/api/{poison.consumer}/v1/bus/redrive"
        last: dict[str, int] = {}  # a key's events of each source are redriven apart

        async def gone_on() -> bool:
            parked = await self.admin.parked(poison.consumer, poison.person)
            of_source = defaultdict(list)
            for row in parked:
                of_source[row["source"]].append(row)
            for source, rows in of_source.items():
                if source not in last:
                    answer = await self.town.once("POST", path, json={"id": parked_id(rows[0])}, headers=headers)
                    if answer.is_success:
                        last[source] = rows[-1]["position"]
            # Meanwhile the person goes on, and what is new waits behind what is parked.
            return all(source in last and last[source] < rows[0]["position"] for source, rows in of_source.items())

        await eventually(gone_on, within=SETTLED_WITHIN)
        assert last, "the poisoned person's events went on before they were redriven"
        self.faults.note(f"{poison.consumer} healed", begin, f"one person's events redriven, up to {last}")

    async def judge(self) -> Findings:
        """What the checker says now."""
        findings = examine(await gather(self.places))
        sys.stdout.write(f"\n{self.faults}\n{findings}\n")
        return findings


@asynccontextmanager
async def scene(ledger: Path, *, root: Path = ROOT) -> AsyncIterator[Scene]:
    """A fresh platform that runs the code in `root`, with a course and the witness; `ledger` is a new file."""
    with closing(Ledger(ledger)) as book:
        async with launched(*LEAN, root=root) as platform, httpx.AsyncClient(timeout=5, trust_env=False) as client:
            yield await _set(platform, book, client)


async def _set(platform: Control, book: Ledger, client: httpx.AsyncClient) -> Scene:
    ports = await platform.ports()
    demo_password = json.loads(platform.home.secrets_file.read_text())["auth-demo-password"]
    password = json.loads((platform.home.path / "admin-secrets.json").read_text())["postgres-password"]
    admin = Administrator(f"postgresql://postgres:{password}@127.0.0.1:{ports['postgres']}/codezest")
    addresses = Addresses.of(ports)
    town = Town(addresses, book, client)
    course = await write_course(town, ("brian@codezest.local", demo_password), lessons=LESSONS)
    await admin.install_witness()
    return Scene(
        platform=platform,
        admin=admin,
        ledger=book,
        town=town,
        course=course,
        faults=Faults(platform, admin, book),
        places=Places(
            ledger=book.path,
            database=admin.url,
            gateway=addresses.gateway,
            mail=addresses.mail,
            admin=("grace@codezest.local", demo_password),
        ),
    )
