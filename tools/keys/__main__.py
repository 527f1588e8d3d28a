"""Has a running local platform sign access tokens with a new key: `python -m tools.keys rotate`."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from tools.bus.admin import grace
from tools.local.console import add_command, complain, say
from tools.local.home import home_at
from tools.local.problem import Problem

PATH = "/signing-keys/rotation"
WITHOUT_REASON = "a planned rotation"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(options.run(options))
    except Problem as problem:
        complain(problem, "")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _rotate(options: argparse.Namespace) -> None:
    wanted = {"reason": options.reason.strip() or WITHOUT_REASON, "at_once": options.now}
    async with grace(home_at(options.home)) as admin:
        answer = await admin.call("auth", "POST", PATH, json=wanted)
    new, *former = answer["items"]
    if options.now:
        say(f"{new['kid']} signs from now on; every other key is gone.")
        say("Whoever is signed in refreshes once. Within 10 s no service accepts a token of the former keys.")
        return
    say(f"{new['kid']} is published now and signs from {_when(new['signs_from'])} on. Nobody notices.")
    for key in former:
        say(f"{key['kid']} is published until {_when(key['retires_at'])}, when its last token has expired.")


def _when(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{at:%H:%M:%S} UTC (in {max(0, round((at - datetime.now(UTC)).total_seconds()))} s)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.keys", description=__doc__)
    rotation = add_command(parser.add_subparsers(required=True), "rotate", _rotate, "let a new signing key take over")
    rotation.add_argument("--now", action="store_true", help="the former key leaked: end it at once")
    rotation.add_argument("--reason", default="", help="why; it is recorded")
    return parser


if __name__ == "__main__":
    sys.exit(main())
