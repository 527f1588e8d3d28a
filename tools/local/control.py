"""Client of a running instance: E2E and chaos tests, and the commands `down`, `status` and `ports`, use only this."""

import asyncio
import time
from typing import Any

import httpx
import psutil

from tools.local.home import Home
from tools.local.problem import Problem
from tools.local.status import Status

# A stop may take as long as the slowest process is allowed, several times over for replicas.
ACTION_WITHIN = 120.0


class Control:
    """The instance in `home`. Every method raises Problem when it does not run, or refuses."""

    def __init__(self, home: Home) -> None:
        self.home = home

    async def status(self) -> Status:
        """All processes now."""
        return Status.parse(await self._call("GET", "/status"))

    async def ports(self) -> dict[str, int]:
        """Port by name: gateway, mail, stripe, zipkin, postgres, redis, smtp ..., auth-1, auth-1.sidecar ..."""
        ports: dict[str, int] = await self._call("GET", "/ports")
        return ports

    async def start(self, name: str) -> None:
        """Start a stopped process; does not wait until it is ready."""
        await self._act(name, "start")

    async def stop(self, name: str) -> None:
        """Stop a process and wait for its end; it stays stopped until it is started."""
        await self._act(name, "stop")

    async def kill(self, name: str) -> None:
        """SIGKILL to its process group, and wait for its end; the supervisor starts it again."""
        await self._act(name, "kill")

    async def restart(self, name: str) -> None:
        """Stop it, start it, wait until it is ready; replicas one after the other."""
        await self._act(name, "restart")

    async def freeze(self, name: str) -> None:
        """SIGSTOP: it lives, but does nothing."""
        await self._act(name, "freeze")

    async def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        await self._act(name, "thaw")

    async def wait_ready(self, name: str | None = None, within: float = 60.0) -> None:
        """Wait (seconds) until a process, or all, is ready."""
        query: dict[str, str | float] = {"within": within} | ({"name": name} if name else {})
        await self._call("POST", "/wait", params=query, timeout=within + 5)

    async def down(self, within: float = 30.0) -> None:
        """Stop the whole instance and wait (seconds) until its supervisor has ended."""
        supervisor = psutil.Process((await self.status()).supervisor)
        await self._call("POST", "/down")
        ends = time.monotonic() + within
        while lives(supervisor):
            if time.monotonic() > ends:
                raise Problem(f"CodeZest in {self.home.path} still runs after {within:.0f} s.", "Look at its terminal.")
            await asyncio.sleep(0.1)

    async def _act(self, name: str, action: str) -> None:
        await self._call("POST", f"/processes/{name}/{action}")

    async def _call(self, method: str, path: str, *, timeout: float = ACTION_WITHIN, **request: Any) -> Any:
        transport = httpx.AsyncHTTPTransport(uds=str(self.home.control_socket))
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://supervisor", timeout=timeout) as client:
                response = await client.request(method, path, **request)
        except httpx.TransportError as error:
            terms = self.home.terms
            raise Problem(
                f"{terms.name} does not run in {self.home.path}.", f"Start it with `{terms.start}`."
            ) from error
        if response.is_error:
            document = response.json() if response.status_code in {404, 409} else {}
            raise Problem(
                document.get("cause", f"The supervisor answered {response.status_code}."),
                document.get("remedy", "Look at the terminal where it runs."),
                document.get("excerpt", []),
            )
        return response.json() if response.content else None


def lives(process: psutil.Process) -> bool:
    """Whether the process runs; one that only waits to be buried does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
