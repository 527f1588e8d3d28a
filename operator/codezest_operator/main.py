"""The operator's composition root: settings, adapters, the Lease, the watch, the queue and its workers."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx2
import kopf
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError
from opentelemetry import trace

from codezest_operator.api.figures import Figures
from codezest_operator.api.health import complaints, health_server
from codezest_operator.api.logs import write_logs
from codezest_operator.api.queue import Queue
from codezest_operator.api.spans import record_spans
from codezest_operator.api.watching import Watch, key_of, registry_of, settings_of
from codezest_operator.data.charts import catalogue
from codezest_operator.data.cluster import KubernetesCluster
from codezest_operator.data.helm import HelmCli, HelmProgram
from codezest_operator.data.lease import Lease
from codezest_operator.data.objects import Objects
from codezest_operator.data.releases import HelmReleases
from codezest_operator.data.resources import KubernetesResources
from codezest_operator.data.web import HttpWeb
from codezest_operator.domain.ports import Key, LeaderLost, Outside
from codezest_operator.domain.reconciling import reconcile
from codezest_operator.settings import Settings

COMPARE_SECONDS = 20.0
LOST = 1
LOG = logging.getLogger("codezest_operator")
SPANS = trace.get_tracer("codezest_operator")


class Operator:
    """One replica."""

    def __init__(self, settings: Settings, client: AsyncClient) -> None:
        self.settings = settings
        self.figures = Figures()
        self.lease = Lease(
            Objects(client), namespace=settings.namespace, holder=settings.instance, seconds=settings.lease_seconds
        )
        objects = Objects(client, may_write=lambda: self.lease.leads)
        self.resources = KubernetesResources(objects, self.figures.written)
        program = HelmProgram(path=settings.helm, folder=settings.scratch, leading_until=lambda: self.lease.until)
        self.helm = HelmCli(program, at_once=settings.helms, ran=self.figures.ran)
        self.outside = Outside(
            resources=self.resources,
            releases=HelmReleases(objects),
            helm=self.helm,
            cluster=KubernetesCluster(objects),
            web=HttpWeb(),
            clock=lambda: datetime.now(UTC),
            observe=self.figures.acted,
        )
        self.catalogue = catalogue(settings.root, registry=settings.registry, platform_values=settings.platform_values)
        self.queue = Queue(self.work)
        self.watch = Watch(self.queue)
        self.figures.leader.set_function(lambda: float(self.lease.leads))
        self.figures.waiting.set_function(lambda: float(len(self.queue.entries)))
        self.figures.overdue.set_function(lambda: max(self.queue.overdue, 0.0))

    async def work(self, key: Key, full: bool) -> timedelta | None:  # noqa: FBT001 - the queue hands it over
        """One pass, measured. LeaderLost if this replica does not lead any more."""
        if not self.lease.leads:
            raise LeaderLost
        began, outcome = time.monotonic(), "failed"
        try:
            with SPANS.start_as_current_span("reconcile", attributes={"codezest": str(key), "full": full}):
                pause = await reconcile(key, self.catalogue, self.outside, full=full)
            outcome = "succeeded"
        finally:
            self.figures.passes.labels(outcome=outcome).inc()
            self.figures.seconds.observe(time.monotonic() - began)
        if pause is None:
            with suppress(KeyError):
                self.figures.forgotten(key)
        return pause

    def complaints(self) -> list[str]:
        """What is wrong with this replica, for its health. One that does not lead has nothing to do wrong."""
        if not self.lease.leads:
            return []
        return complaints(self.queue, self.watch, workers=self.settings.passes, helms=self.helm.running)

    async def run(self, stop: asyncio.Event) -> int:
        """Wait for the Lease, lead, give it up; the exit status."""
        LOG.info("Waiting for the Lease", extra={"instance": self.settings.instance, "version": self.catalogue.version})
        if not await self.lease.acquire(stop=stop):
            return 0
        LOG.info("Leading", extra={"instance": self.settings.instance})
        lost = await self._lead(stop)
        if lost:
            LOG.error("The Lease is lost; another replica leads from now on")
            return LOST
        await self.lease.release()
        return 0

    async def _lead(self, stop: asyncio.Event) -> bool:
        """Lead until the stop or until the Lease is lost: True. At the stop, what helm has begun it may finish."""
        over = asyncio.Event()
        keeping = asyncio.create_task(self.lease.keep(stop=over))
        stopping = asyncio.create_task(stop.wait())
        workers = [asyncio.create_task(self.queue.serve()) for _ in range(self.settings.passes)]
        async with _watching(self.watch, stop, identity=self.settings.instance), self._comparing():
            await asyncio.wait([keeping, stopping, *workers], return_when=asyncio.FIRST_COMPLETED)
            self.queue.close()
            self.helm.close()
            if not keeping.done():
                done = asyncio.create_task(_all(workers))
                seconds = self.settings.shutdown_seconds
                await asyncio.wait([keeping, done], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            lost = not self.lease.leads
            for task in (*workers, stopping):
                task.cancel()
            await asyncio.gather(*workers, stopping, return_exceptions=True)
        over.set()
        await keeping
        return lost

    @asynccontextmanager
    async def _comparing(self) -> AsyncIterator[None]:
        """Now and then compare what was heard of with what is there, which is also what figures tell of."""

        async def compare() -> None:
            while True:
                with suppress(ApiError, httpx2.HTTPError):
                    found = await self.resources.all()
                    self.watch.compare(found)
                    for one in found:
                        if one.get("status"):
                            self.figures.written(key_of(one), one["status"])
                await asyncio.sleep(COMPARE_SECONDS)

        comparing = asyncio.create_task(compare())
        try:
            yield
        finally:
            comparing.cancel()
            await asyncio.wait([comparing])


async def _all(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _watching(watch: Watch, stop: asyncio.Event, *, identity: str) -> AsyncIterator[None]:
    """Kopf's watch for as long as the block lasts. Should it end before, the replica stops and is started anew."""
    ready, end = asyncio.Event(), asyncio.Event()
    watching = asyncio.create_task(
        kopf.operator(
            registry=registry_of(watch),
            settings=settings_of(),
            clusterwide=True,
            standalone=True,
            # By itself it would ask for the user's name, and a pod's has none.
            identity=identity,  # type: ignore[arg-type]  # of a type that it does not export
            ready_flag=ready,
            stop_flag=end,
        )
    )
    watching.add_done_callback(partial(_ended, stop))
    await asyncio.wait([watching, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    _heed_signals(stop)  # Kopf has taken them to itself
    try:
        yield
    finally:
        end.set()
        await asyncio.wait([watching], timeout=10)


def _ended(stop: asyncio.Event, watching: asyncio.Task[None]) -> None:
    if not watching.cancelled() and (problem := watching.exception()) is not None:
        LOG.error("The watch has failed", extra={"error": f"{type(problem).__name__}: {problem}"})
    stop.set()


def _heed_signals(stop: asyncio.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def serve(settings: Settings) -> int:
    """Run one replica until SIGTERM or until it must not lead any more; the exit status."""
    stop = asyncio.Event()
    _heed_signals(stop)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    async with AsyncClient() as client:
        operator = Operator(settings, client)
        shown = health_server(settings.address, settings.port, complaints=operator.complaints, figures=operator.figures)
        async with shown as port:
            LOG.info("Serving", extra={"port": port})
            return await operator.run(stop)


def main() -> None:
    """The program."""
    write_logs()
    record_spans()
    sys.exit(asyncio.run(serve(Settings())))


if __name__ == "__main__":
    main()
