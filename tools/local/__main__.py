"""The local platform: `python -m tools.local up|down|reset|logs|status|ports`."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tools.local import logs
from tools.local.console import OUT, add_command, complain, process_table, say
from tools.local.control import Control
from tools.local.home import Home, home_at
from tools.local.ports import DEFAULT_BASE, Ports
from tools.local.problem import Problem
from tools.local.running import Place, find_programs, run
from tools.local.site import Options
from tools.local.supervisor import is_replica


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except Problem as problem:
        complain(problem, "")
        return 1
    except KeyboardInterrupt:
        return 130


def _up(options: argparse.Namespace) -> int:
    wanted = Options(
        apps_file=Path(options.file).absolute() if options.file else Options.apps_file,
        replicas=options.replicas,
        broker=options.broker == "on",
        traces=options.traces,
        demo=not options.no_demo,
        reload=options.reload,
        without=frozenset(options.without),
    )
    # Found before the event loop runs, so that Ctrl-C ends a build that takes minutes.
    place = Place(home_at(options.home), Ports(_base(options)), find_programs(wanted))
    return asyncio.run(run(place, wanted))


def _down(options: argparse.Namespace) -> int:
    home = home_at(options.home)
    if not home.is_held():
        say(f"CodeZest does not run in {home.path}.")
        return 0
    asyncio.run(Control(home).down())
    say("CodeZest has stopped.")
    return 0


def _reset(options: argparse.Namespace) -> int:
    home = home_at(options.home)
    if home.is_held():
        raise Problem(f"CodeZest is running in {home.path}.", "Stop it first: make down.")
    if not options.yes and not _confirmed(home):
        say("Nothing was deleted.")
        return 1
    home.forget()
    say(f"{home.path} is gone. `make up` begins anew.")
    return 0


def _confirmed(home: Home) -> bool:
    if not sys.stdin.isatty():
        raise Problem(f"This deletes all data in {home.path}.", "Say so with --yes.")
    return input(f"Delete all data, mails and secrets in {home.path}? [y/N] ").strip().lower() in {"y", "yes"}


def _logs(options: argparse.Namespace) -> int:
    home = home_at(options.home)
    files = _log_files(home, options.name)
    for file in files:
        for line in logs.last_lines(file, options.lines):
            _print_line(file, line, several=len(files) > 1)
    if options.follow:
        for file, line in logs.follow(files, home.is_held):
            _print_line(file, line, several=len(files) > 1)
    return 0


def _log_files(home: Home, name: str | None) -> list[Path]:
    known = sorted(home.logs.glob("*.log"))
    chosen = [file for file in known if name in {None, file.stem} or is_replica(file.stem, str(name))]
    if not chosen:
        names = ", ".join(file.stem for file in known) or "none yet"
        raise Problem(f"There is no log of {name} in {home.logs}.", f"These exist: {names}.")
    return chosen


def _print_line(file: Path, line: str, *, several: bool) -> None:
    OUT.print(f"{file.stem:<24} {line}" if several else line, markup=False)


def _status(options: argparse.Namespace) -> int:
    process_table(asyncio.run(Control(home_at(options.home)).status()))
    return 0


def _ports(options: argparse.Namespace) -> int:
    OUT.print(json.dumps(asyncio.run(Control(home_at(options.home)).ports()), indent=2), markup=False)
    return 0


def _base(options: argparse.Namespace) -> int:
    text = options.port_base or os.environ.get("CODEZEST_PORT_BASE") or str(DEFAULT_BASE)
    if not text.isdigit():
        raise Problem(f"CODEZEST_PORT_BASE is {text!r}, not a number.", "Use for example 9000.")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.local", description="The whole platform on this machine.")
    commands = parser.add_subparsers(required=True)
    up = add_command(commands, "up", _up, "start everything and stay until Ctrl-C")
    up.add_argument("--port-base", help="the first of 200 ports (default 8000, or CODEZEST_PORT_BASE)")
    up.add_argument("--replicas", type=int, default=1, help="processes of every service")
    up.add_argument("--broker", choices=("on", "off"), default="on", help="off: no Redis; events arrive by pulling")
    up.add_argument("--reload", action="store_true", help="restart a service when its code changes")
    up.add_argument("--no-demo", action="store_true", help="no demo accounts; the starter course is there all the same")
    up.add_argument("--without", action="append", default=[], metavar="NAME", help="leave a program out, e.g. zipkin")
    up.add_argument("--traces", type=float, default=1.0, help="share of new traces that is recorded, 0 to 1")
    up.add_argument("--file", help="another file than dapr.yaml")
    add_command(commands, "down", _down, "stop a running instance")
    reset = add_command(commands, "reset", _reset, "delete all data of an instance")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    log = add_command(commands, "logs", _logs, "print a log")
    log.add_argument("name", nargs="?", help="a service or a process, e.g. auth, auth-1.sidecar, postgres")
    log.add_argument("-f", "--follow", action="store_true", help="go on until the platform stops")
    log.add_argument("--lines", type=int, default=200, help="how many lines to begin with")
    add_command(commands, "status", _status, "list the processes")
    add_command(commands, "ports", _ports, "print every port as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
