"""Writes a new service that runs: `python -m tools.new certificates` (`make new SERVICE=certificates`)."""

import argparse
import sys
from pathlib import Path

from tools.new.entries import changed_files
from tools.new.names import check_name
from tools.new.refusal import Refused
from tools.new.staging import finish, install, staged
from tools.new.templates import service_files

ROOT = Path(__file__).resolve().parents[2]

NEXT = """
{name} is written: one noun, one table, two routes, one event, one handler, and their tests.
  make check test-fast     everything that holds for the other services holds for it
  make up                  http://localhost:8000/api/{name}/docs
Read docs/guides/new-service.md, then put your own noun in the place of `notes`.
A platform that is running now has to be stopped (make down) and started again to take the service in."""


def main(arguments: list[str] | None = None) -> int:
    """Make the service named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.new", description="Write a new service that runs.")
    parser.add_argument("service", nargs="?", default="", help="its name, e.g. certificates")
    name = parser.parse_args(arguments).service
    try:
        written = new_service(name, ROOT)
    except Refused as reason:
        print(f"make new: {reason}", file=sys.stderr)
        return 1
    print("\n".join(f"wrote {path}" for path in sorted(written)))
    print(NEXT.format(name=name))
    return 0


def new_service(name: str, root: Path) -> list[str]:
    """Write the service into the repository at `root`; returns the paths. Refused, and nothing written, if it cannot be."""
    if not name:
        raise Refused("name the service: make new SERVICE=certificates.")
    check_name(name, root)
    files = service_files(name)
    for path in files:
        if (root / path).exists():
            raise Refused(f"{path} exists already and is not overwritten. Move it away or choose another name.")
    wanted = {**files, **changed_files(name, root)}
    with staged(root) as folder:
        made = finish(folder, name, wanted)
    install(root, made)
    return list(made)


if __name__ == "__main__":
    sys.exit(main())
