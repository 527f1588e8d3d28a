"""The installation with a ledger beside it, a course to learn from, and the witness in its database, as tests/fire has them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.cluster.clusters import told
from tests.cluster.containers import containers, node
from tests.cluster.door import door
from tests.cluster.installation import NAMESPACE, Installation, people
from tests.cluster.world import ByIngress
from tests.e2e.journey import Traveller
from tests.fire.checker.evidence import Places, gather
from tests.fire.checker.findings import Findings, examine
from tests.fire.database import Administrator
from tests.fire.ledger import Ledger
from tests.fire.people import Course, Town, write_course
from tools.demo.walk import Learner

LESSONS = 12
REST = 2.5  # longer than consumers wait between two pulls
SETTLED_WITHIN = 120.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything a proof needs."""

    installation: Installation
    admin: Administrator
    ledger: Ledger
    town: Town
    course: Course
    places: Places
    client: httpx.AsyncClient

    def traveller(self) -> "Visitor":
        """Somebody new."""
        return Visitor(self.installation.addresses, self.client, Learner.somebody_new())

    def note(self, learner: Learner) -> None:
        """Write down what somebody did who kept no ledger; they may have asked more than once."""
        for kind in ("registration", "verification", "purchase"):
            entry = self.ledger.intend(kind, learner.email)
            self.ledger.sent(entry)
            self.ledger.sent(entry)
            self.ledger.answered(entry, "accepted", "they arrived")

    async def settle(self) -> None:
        """Wait until everything is at rest and stays so for a while, or until the time is over."""
        loop = asyncio.get_running_loop()
        ends, quiet_since = loop.time() + SETTLED_WITHIN, loop.time()
        while loop.time() < ends and loop.time() - quiet_since < REST:
            if await self.admin.unrest():
                quiet_since = loop.time()
            await asyncio.sleep(0.2)

    async def judge(self) -> Findings:
        """What the checker says now."""
        findings = examine(await gather(self.places, transport=ByIngress()))
        told(str(findings))
        return findings


class Visitor(Traveller):
    """Somebody who comes through the ingress."""

    def transport(self) -> httpx.AsyncBaseTransport:
        """The ingress, whatever the name."""
        return ByIngress()


@asynccontextmanager
async def stage(installation: Installation, ledger: Path) -> AsyncIterator[Stage]:
    """Set it, and take the witness away in the end; `ledger` is a new file."""
    cluster = installation.cluster
    (postgres,) = containers(cluster, f"--namespace={NAMESPACE}", "--selector=app.kubernetes.io/name=postgres")
    password = installation.secret("postgres-admin", "password")
    demo = installation.secrets_of("auth")["auth-demo-password"]
    addresses = installation.addresses
    with closing(Ledger(ledger)) as book, door(node(cluster), postgres.address, 5432) as port:
        admin = Administrator(f"postgresql://postgres:{password}@127.0.0.1:{port}/codezest")
        async with people() as client:
            town = Town(addresses, book, client)
            course = await write_course(town, ("brian@codezest.local", demo), lessons=LESSONS)
            await admin.install_witness()
            places = Places(
                ledger=book.path,
                database=admin.url,
                gateway=addresses.gateway,
                mail=addresses.mail,
                admin=("grace@codezest.local", demo),
            )
            try:
                yield Stage(
                    installation=installation,
                    admin=admin,
                    ledger=book,
                    town=town,
                    course=course,
                    places=places,
                    client=client,
                )
            finally:
                await admin.ask("drop schema witness cascade")
