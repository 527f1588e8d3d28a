"""`up`: one instance from its first line of progress to the last process stopped."""

import asyncio
import shutil
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.local import logs
from tools.local.console import complain, say, welcome
from tools.local.control_api import ControlApi
from tools.local.credentials import ensure_credentials
from tools.local.daprfile import App, read_apps
from tools.local.home import Home
from tools.local.leftovers import end_leftovers
from tools.local.page import ACCOUNTS, Address, StartPage
from tools.local.plan import needed_programs, plan
from tools.local.ports import OFFSETS, Ports, demand_free
from tools.local.problem import Problem
from tools.local.reload import reload_changed
from tools.local.serving import loopback_socket, private_socket, serving
from tools.local.sidecars import renew_identities
from tools.local.site import Options, Site
from tools.local.supervisor import Supervisor
from tools.local.unit import Unit
from tools.toolchain import programs

Say = Callable[[str], None]
FAILED = "CodeZest did not start."


@dataclass(frozen=True)
class Place:
    """Where an instance lives, and the outside programs it is made of."""

    home: Home
    ports: Ports
    programs: Mapping[str, Path]


async def run(place: Place, options: Options) -> int:
    """Run the instance until it is asked to stop; returns the exit code."""
    try:
        place.home.create()
        with place.home.lock():
            return await _run_held(place, options, _journal(place.home))
    except Problem as problem:
        complain(problem, FAILED)
        return 1


def _journal(home: Home) -> Say:
    """Says a line to the person and keeps it in a log of the supervisor's own."""
    file = home.logs / "supervisor.log"
    logs.begin(file)

    def tell(line: str) -> None:
        say(line)
        logs.append(file, line)

    return tell


async def _run_held(place: Place, options: Options, say: Say) -> int:
    home = place.home
    for name in end_leftovers(home):
        say(f"          {name} was left behind by a supervisor that was killed; ended it")
    apps = read_apps(options.apps_file)
    site = _site(place, options, apps)
    units = plan(site, apps)
    demand_free(_needed_ports(site, units))
    renew_identities(home)
    supervisor = Supervisor(units, home, say)
    leave = asyncio.Event()
    _stop_on_signals(leave, supervisor.kill_all, say)
    async with AsyncExitStack() as stack:
        await _serve(stack, site, supervisor, leave.set)
        try:
            return await _live(site, supervisor, leave, say)
        finally:
            say("stopping: gateway, services, sidecars, the rest")
            began = time.monotonic()
            await supervisor.down()
            home.processes_file.unlink(missing_ok=True)
            say(f"stopped after {time.monotonic() - began:.1f} s")


async def _live(site: Site, supervisor: Supervisor, leave: asyncio.Event, say: Say) -> int:
    began = time.monotonic()
    leaving = asyncio.create_task(leave.wait())
    starting = asyncio.create_task(supervisor.up())
    await asyncio.wait({leaving, starting}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        await _cancel(starting)
        return 0
    leaving.cancel()
    await starting
    say(f"\nCodeZest is ready after {time.monotonic() - began:.1f} s.")
    welcome(
        [(address.title, address.url) for address in _addresses(site)],
        [(account.email, f"{account.name}, {account.role}") for account in ACCOUNTS],
        _password(site),
    )
    jobs: list[Coroutine[None, None, None]] = [supervisor.keep_logs_short(), supervisor.renew_incomplete()]
    if site.options.reload:
        jobs.append(reload_changed(supervisor, site.services, say))
    running = [asyncio.create_task(job) for job in jobs]
    await leave.wait()
    await _cancel(*running)
    return 0


async def _cancel(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _site(place: Place, options: Options, apps: list[App]) -> Site:
    services = tuple(app.id for app in apps)
    return Site(
        home=place.home,
        ports=place.ports,
        options=options,
        credentials=ensure_credentials(place.home, services),
        programs=place.programs,
        services=services,
    )


def find_programs(options: Options) -> dict[str, Path]:
    """Every outside program, prepared if need be, which may take minutes the first time. Raises Problem."""
    if shutil.which("setpriv") is None:
        raise Problem("The program setpriv is missing.", "Install your system's package util-linux.")
    try:
        return {name: programs.ensure(name, say=say) for name in needed_programs(options)}
    except programs.ToolError as error:
        raise Problem(f"A program is missing: {error}", "`make tools` prepares all programs.") from error


def _needed_ports(site: Site, units: list[Unit]) -> list[tuple[int, str]]:
    needed = [(port, unit.name) for unit in units for port in (unit.port, *unit.other_ports) if port is not None]
    return sorted([*needed, (site.ports["page"], "start page")])


def _stop_on_signals(leave: asyncio.Event, kill_all: Callable[[], None], say: Say) -> None:
    def stop() -> None:
        if leave.is_set():
            say("asked twice: ending everything at once")
            kill_all()
        leave.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)


async def _serve(stack: AsyncExitStack, site: Site, supervisor: Supervisor, leave: Callable[[], None]) -> None:
    control = ControlApi(supervisor, ports=port_list(site, supervisor), public_url=site.public_url, leave=leave)
    page = StartPage(
        addresses=_addresses(site), services=site.services, password=_password(site), status=control.status
    )
    stack.callback(site.home.control_socket.unlink, missing_ok=True)
    await stack.enter_async_context(serving(control.app(), private_socket(site.home.control_socket)))
    await stack.enter_async_context(serving(page.app(), loopback_socket(site.ports["page"])))


def port_list(site: Site, supervisor: Supervisor) -> dict[str, int]:
    """Port by name: the fixed ones and those of every service process and its sidecar."""
    fixed = {name: site.ports[name] for name in OFFSETS}
    units = [process.unit for process in supervisor.processes.values()]
    return fixed | {unit.name: unit.port for unit in units if unit.port is not None and unit.name not in fixed}


def _password(site: Site) -> str | None:
    return site.credentials.served["auth-demo-password"] if site.options.demo else None


def _addresses(site: Site) -> list[Address]:
    pages = {
        "stripe": ("Stripe stand-in", "customers, payments and the checkout page", ""),
        "mail": ("Mail", "every mail the platform sends", "/"),
        "zipkin": ("Traces", "what one request or event did, service by service", "/zipkin/"),
    }
    running = [name for name in pages if site.has("maildev" if name == "mail" else name)]
    start = Address(title="CodeZest", url=f"{site.public_url}/", purpose="this page, and every API below /api/")
    return [start] + [
        Address(title=pages[name][0], url=site.ports.url(name) + pages[name][2], purpose=pages[name][1])
        for name in running
    ]
