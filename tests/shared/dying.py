"""A probe in a process of its own, whose handler kills it: `python -m tests.shared.dying <database url> <log> <key>`.

`log` is a file with the events of auth as JSON; the handler of the event with `key` ends the process as kill -9 does.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import make_url

from shared.bus.envelope import LogPage
from shared.bus.handlers import Delivery, Handlers
from shared.events.auth import UserCreated
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tests.shared.conftest import connect
from tests.shared.probe import Probe, ProbeUow, started, tables, until


async def main(url: str, page: str, key: str) -> None:
    """Run until every event of `page` is applied or parked, or the process is dead."""
    log, sidecar = FakeLog("auth"), FakeSidecar()
    log.events = LogPage.model_validate_json(page).events
    sidecar.answer("auth", "GET", "/bus/log", log.read)
    probe = Probe(connect(make_url(url)), sidecar)
    handlers = Handlers()

    @handlers.on(UserCreated, keeps=())
    async def handle(event: UserCreated, delivery: Delivery, uow: ProbeUow) -> None:
        if event.key == key:
            os.kill(os.getpid(), signal.SIGKILL)
        await probe.record(event, delivery, uow)

    async def done() -> bool:
        return len(await probe.effects()) + len(await probe.rows(tables.parked)) == len(log.events)

    async with started(probe, handlers):
        await until(done, "all is applied or parked")
    await probe.database.close()


if __name__ == "__main__":
    url, log_file, key = sys.argv[1:]
    asyncio.run(main(url, Path(log_file).read_text(), key))
