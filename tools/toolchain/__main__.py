"""The outside programs from the command line: prepare, list, path, clean."""

import argparse
import signal
import sys
import time

from tools.toolchain.cache import Say
from tools.toolchain.pins import Pin
from tools.toolchain.programs import MEGABYTE, Toolchain, ToolError, toolchain


def prepare(tools: Toolchain, names: list[str], group: str = "") -> int:
    """Prepares the named programs, or all of a group, and says of each where it is."""
    first: dict[str, str] = {}
    for name in names or tools.group(group):
        first.setdefault(tools.pin(name).name, name)
    started, total = time.monotonic(), len(first)
    for number, name in enumerate(first.values(), start=1):
        say = _numbered(number, total)
        say(f"{name}: {tools.ensure(name, say=say)}")
    print(f"All there after {time.monotonic() - started:.1f} s, in {tools.cache.root}")
    return 0


def _numbered(number: int, total: int) -> Say:
    return lambda line: print(f"[{number}/{total}] {line}", flush=True)


def show(tools: Toolchain) -> int:
    """A table of all programs: name, version, state, size."""
    for pin in tools.pins.values():
        for name in pin.programs:
            state, size = _state(tools, pin, name)
            print(f"{name:14} {pin.version:12} {size:>7}  {state}")
    print(f"\nCache: {tools.cache.root}")
    return 0


def _state(tools: Toolchain, pin: Pin, name: str) -> tuple[str, str]:
    if found := tools.outside(name):
        return f"this machine's own: {found}", ""
    if tools.cache.is_complete(pin):
        return "ready", f"{tools.cache.size(pin) / MEGABYTE:.0f} MB"
    if tools.cache.entry(pin).exists():
        return "damaged: it will be made anew", ""
    return f"missing: about {pin.takes}", ""


def clean(tools: Toolchain) -> int:
    """Forgets everything the cache holds."""
    removed = tools.cache.clean()
    print(f"Removed {len(removed)} folders from {tools.cache.root}" if removed else "There was nothing to remove.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 after one message on standard error."""
    parser = argparse.ArgumentParser(prog="python -m tools.toolchain", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("prepare", help="build or fetch what is missing")
    one.add_argument("names", nargs="*", metavar="NAME")
    one.add_argument("--group", default="", help="all of this group instead: cluster")
    commands.add_parser("list", help="name, version, state and size of each")
    commands.add_parser("path", help="where a program is; fails if it is not here").add_argument("name")
    commands.add_parser("clean", help="forget all of it")
    chosen = parser.parse_args(arguments)
    # Asked to end, a build ends its compilers too, as after Ctrl-C, instead of leaving them running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tools = toolchain()
    try:
        match chosen.command:
            case "prepare":
                return prepare(tools, chosen.names, chosen.group)
            case "list":
                return show(tools)
            case "clean":
                return clean(tools)
            case _:
                return path(tools, chosen.name)
    except ToolError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is finished is kept; `make tools` goes on from there.", file=sys.stderr)
        return 130


def path(tools: Toolchain, name: str) -> int:
    """Prints where the program is."""
    found = tools.find(name)
    if found is None:
        raise ToolError(f"{name} is not here yet: `python -m tools.toolchain prepare {name}` gets it.")
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
