"""Gives and takes roles on a running local platform: `python -m tools.accounts grant|revoke-role`."""

import argparse
import asyncio
import sys

from services.auth.commands import Refused, Request, carry_out
from shared.db.bootstrap import DATABASE
from shared.db.database import Database
from tools.local.console import add_command, complain, say
from tools.local.control import Control
from tools.local.credentials import read_served
from tools.local.home import home_at
from tools.local.problem import Problem

USAGE = 'The command: make grant EMAIL=ada@example.com ROLE=author REASON="writes our courses"'


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_change(options))
    except Problem as problem:
        complain(problem, "")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _change(options: argparse.Namespace) -> None:
    home = home_at(options.home)
    request = Request(email=options.email, role=options.role, reason=options.reason, gets=options.gets)
    port = (await Control(home).ports())["postgres"]
    url, password = f"postgresql://auth@127.0.0.1:{port}/{DATABASE}", read_served(home)["auth-database-password"]
    database = Database(url, password=password, pool_size=1, application="accounts")
    try:
        user = await carry_out(request, database)
    except Refused as refused:
        raise Problem(refused.cause, f"{refused.remedy} {USAGE}") from refused
    finally:
        await database.close()
    say(f"{request.email} has {' and '.join(f'the role {role}' for role in user.roles) or 'no role'}.")
    say("Within seconds every service refuses access tokens with other roles; clients refresh theirs.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.accounts", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, gets, purpose in (
        ("grant", True, "give somebody a role"),
        ("revoke-role", False, "take a role from somebody"),
    ):
        command = add_command(commands, name, _change, purpose)
        command.add_argument("--email", default="", help="whose account")
        command.add_argument("--role", default="", help="author or admin")
        command.add_argument("--reason", default="", help="why; it is on record for ever")
        command.set_defaults(gets=gets)
    return parser


if __name__ == "__main__":
    sys.exit(main())
