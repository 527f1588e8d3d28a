"""Works with the bus of a running local platform: `python -m tools.bus show|parked|redrive|skip`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from shared.bus.overview import BusOverview, ParkedPage, ParkedState, Redriven, SkippedShown
from tools.bus.admin import GRACE, Admin, grace
from tools.bus.tables import show_buses, show_parked, show_redriven, show_skipped
from tools.local.console import add_command, complain
from tools.local.home import home_at
from tools.local.problem import Problem

SHOWN = 100
STATES: tuple[str, ...] = get_args(ParkedState)
LOOK_UP = "`make parked` lists the IDs, for example activity/auth/14."
Shown = TypeVar("Shown", bound=BaseModel)
Command = Callable[[argparse.Namespace], Coroutine[None, None, None]]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    command: Command = options.run
    try:
        asyncio.run(command(options))
    except Problem as problem:
        complain(problem, "")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _show(options: argparse.Namespace) -> None:
    async with grace(home_at(options.home)) as admin:
        answers = await admin.ask_all("")
    show_buses({service: _read(BusOverview, answer) for service, answer in answers.items()})


async def _parked(options: argparse.Namespace) -> None:
    if options.state not in {"", *STATES}:
        raise Problem(f"STATE is {options.state!r}.", f"Use {', '.join(STATES)}, or leave it out.")
    query: dict[str, str | int] = {"limit": SHOWN} | ({"state": options.state} if options.state else {})
    async with grace(home_at(options.home)) as admin:
        answers = await admin.ask_all("/parked", params=query)
    show_parked({service: _read(ParkedPage, answer) for service, answer in answers.items()})


async def _redrive(options: argparse.Namespace) -> None:
    if not options.id:
        raise Problem("Which event is to be tried again?", f"Write make redrive ID=... {LOOK_UP}")
    async with grace(home_at(options.home)) as admin:
        answer = await admin.ask(_service(admin, options.id), "POST", "/redrive", json={"id": options.id})
    show_redriven(Redriven.model_validate(answer))


async def _skip(options: argparse.Namespace) -> None:
    if not options.id:
        raise Problem("Which event is to be skipped?", f'Write make skip ID=... REASON="..." {LOOK_UP}')
    if not options.reason.strip():
        raise Problem(
            f"Why may {options.id} be skipped?", f'It is recorded: make skip ID={options.id} REASON="a test account"'
        )
    wanted = {"id": options.id, "reason": options.reason}
    async with grace(home_at(options.home)) as admin:
        answer = await admin.ask(_service(admin, options.id), "POST", "/skip", json=wanted)
    show_skipped(SkippedShown.model_validate(answer), GRACE)


def _read(model: type[Shown], answer: Any | Problem) -> Shown | Problem:
    return answer if isinstance(answer, Problem) else model.model_validate(answer)


def _service(admin: Admin, parked_id: str) -> str:
    """Whose event it is: an ID begins with its consumer."""
    service = parked_id.partition("/")[0]
    if service not in admin.services:
        raise Problem(f"{parked_id} names no service of this platform.", LOOK_UP)
    return service


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bus", description=__doc__)
    commands = parser.add_subparsers(required=True)
    add_command(commands, "show", _show, "every source's head and every consumer's place in it")
    parked = add_command(commands, "parked", _parked, "the parked events")
    parked.add_argument("--state", default="", help="only those that are retrying, waiting or dead")
    redrive = add_command(commands, "redrive", _redrive, "have a key's parked events tried again")
    redrive.add_argument("--id", default="", help="any of them, as `parked` prints it")
    skip = add_command(commands, "skip", _skip, "give one parked event up")
    skip.add_argument("--id", default="", help="as `parked` prints it")
    skip.add_argument("--reason", default="", help="why that is right; it is recorded")
    return parser


if __name__ == "__main__":
    sys.exit(main())
