"""/healthz, /readyz and /metrics."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import generate_latest

from codezest_operator.api.figures import Figures
from codezest_operator.api.queue import Queue
from codezest_operator.api.watching import Watch

# Without helm a pass is a few dozen requests; helm has deadlines of its own.
LONGEST_PASS = 300.0
LONGEST_WAIT = 120.0


def complaints(queue: Queue, watch: Watch, *, workers: int, helms: int) -> list[str]:
    """What is wrong with a replica that leads, has so many workers, and of whose helms so many run."""
    # Whoever waits for a worker that waits for helm is waiting well.
    hangs = queue.at_work > LONGEST_PASS and not helms
    late = queue.overdue > LONGEST_WAIT and queue.working < workers
    found = {
        "the watch does not tell of changes": watch.is_dead,
        f"a pass has lasted {queue.at_work:.0f} s": hangs,
        f"a pass has been due for {queue.overdue:.0f} s": late,
    }
    return [complaint for complaint, holds in found.items() if holds]


@asynccontextmanager
async def health_server(
    address: str, port: int, *, complaints: Callable[[], list[str]], figures: Figures
) -> AsyncIterator[int]:
    """Serve until the end of the block; yields the port. `complaints` says what is wrong; nothing is well."""

    async def healthz(_: web.Request) -> web.Response:
        wrong = complaints()
        return web.json_response({"complaints": wrong}, status=503 if wrong else 200)

    async def readyz(_: web.Request) -> web.Response:
        return web.json_response({})

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(figures.registry), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, address, port)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
