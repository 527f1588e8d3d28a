"""What `up` prints: progress, the table at the end, and problems."""

import argparse
import sys
from collections.abc import Callable, Iterable

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tools.local.problem import Problem
from tools.local.status import Status

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)
MIB = 1024 * 1024


def say(line: str) -> None:
    """One line of progress."""
    OUT.print(escape(line))
    sys.stdout.flush()


def complain(problem: Problem, heading: str) -> None:
    """One message: what happened, the lines that show it, what to do."""
    ERR.print(f"\n[bold red]{escape(f'{heading} {problem.cause}'.strip())}[/]")
    for line in problem.excerpt:
        ERR.print(f"    {escape(line)}", style="dim")
    ERR.print(f"[bold]What to do:[/] {escape(problem.remedy)}")


def welcome(addresses: Iterable[tuple[str, str]], accounts: Iterable[tuple[str, str]], password: str | None) -> None:
    """The table of a platform that is ready: where things are, who may sign in, what to do next."""
    table = Table(box=SIMPLE, show_header=False)
    for what, where in addresses:
        table.add_row(what, f"[bold cyan]{where}[/]")
    if password is not None:
        table.add_section()
        for address, role in accounts:
            table.add_row(address, role)
        table.add_row("their password", f"[bold]{password}[/]")
    table.add_section()
    table.add_row("see the main job run", "make demo")
    table.add_row("read a service's log", "make logs SERVICE=auth")
    table.add_row("stop", "Ctrl-C here, or make down")
    OUT.print(table)
    sys.stdout.flush()


def process_table(status: Status) -> None:
    """What runs, with ports, restarts and memory."""
    table = Table(box=SIMPLE)
    for title in ("process", "state", "pid", "port", "restarts", "memory"):
        table.add_column(title, justify="left" if title in {"process", "state"} else "right")
    for process in status.processes:
        numbers = (process.pid or "", process.port or "", process.restarts, f"{process.memory // MIB} MiB")
        table.add_row(process.name, process.state, *map(str, numbers))
    total = sum(process.memory for process in status.processes)
    table.add_section()
    table.add_row("all", "", "", "", "", f"{total // MIB} MiB")
    OUT.print(table)


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run_it: Callable[[argparse.Namespace], object],
    purpose: str,
) -> argparse.ArgumentParser:
    """Give a program that works with an instance one more command: `run` of what is parsed is what it does."""
    parser = commands.add_parser(name, help=purpose, description=purpose)
    parser.add_argument("--home", help="the instance's folder (default .local, or CODEZEST_HOME)")
    parser.set_defaults(run=run_it)
    return parser
