"""What a cluster's Jobs run: `python -m shared.db.jobs bootstrap`, and `python -m shared.db.jobs migrate auth`.

Environment: CODEZEST_DATABASE_URL, without a password (an administrator's for bootstrap, `<service>_owner`'s for migrate);
CODEZEST_DATABASE_PASSWORD_FILE, a file that holds the password; for bootstrap CODEZEST_ROLES_FOLDER with the files
`<service>/owner` and `<service>/runtime`, the passwords to give. CODEZEST_DATABASE_SECONDS (120): how long to wait for the
database to answer. What went wrong is also left where Kubernetes finds a container's last words.
"""

import asyncio
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
from alembic.util import CommandError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from shared.db.bootstrap import Passwords, bootstrap
from shared.db.migrate import migrate

WAIT_SECONDS = 120.0
POLL_SECONDS = 1.0
ATTEMPT_SECONDS = 5.0
TELL_SECONDS = 10.0
# The default of a container's terminationMessagePath; nowhere else is it there.
LAST_WORDS = Path("/dev/termination-log")

# What a server says, or does not say, while it starts. A wrong password is not among them: waiting would not mend it.
STARTING = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)


class Unreachable(Exception):
    """The database did not answer in time."""


class Misused(Exception):
    """The command line names no job."""


class Missing(Exception):
    """A variable of the environment is not set."""


# What each of these means to whoever installs a platform; the first that fits is said.
REMEDIES: dict[type[Exception], str] = {
    Missing: "Set {words}: the top of shared/db/jobs.py says to what.",
    FileNotFoundError: "{error.filename} is not there: is the Secret mounted, and does it hold this key?",
    PermissionError: "{error.filename} cannot be read by this user: which mode is the Secret mounted with?",
    Misused: "Say what to do: `python -m shared.db.jobs bootstrap` or `... migrate <service>`.",
    Unreachable: "{words}",
    asyncpg.InvalidPasswordError: "The database refuses the password: {words}. Is the Secret that of this database?",
    asyncpg.InvalidAuthorizationSpecificationError: "The database lets this user not in: {words}. Does its pg_hba.conf know it?",
    asyncpg.InvalidCatalogNameError: "{words}. Make it, or let the platform's bootstrap Job do so.",
    asyncpg.InsufficientPrivilegeError: (
        "The database refuses: {words}. An administrator needs CREATEDB and CREATEROLE; "
        "a service's roles get their rights from the bootstrap Job."
    ),
}
# What nobody foresaw is said as the database, or the way to it, says it; the log has where that was.
UNFORESEEN = (asyncpg.PostgresError, asyncpg.InterfaceError, CommandError, DBAPIError, OSError)


def main(arguments: list[str]) -> None:
    """Do one job, exit 0; or say what is missing and how to mend it, exit 1."""
    try:
        _do(arguments)
    except tuple(REMEDIES) as error:
        remedy = next(text for kind, text in REMEDIES.items() if isinstance(error, kind))
        words = remedy.format(words=_words(error), error=error)
        _leave(words)
        sys.exit(words)
    except UNFORESEEN as error:
        _leave(f"The database: {_words(error)}. The log says more.")
        raise


def _words(error: BaseException) -> str:
    """What it says. Not the detail of a PostgresError, which may be a row's values, and which `str` adds."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return _words(error.orig)
    return (
        str(error.args[0] if isinstance(error, asyncpg.PostgresError) and error.args else error) or type(error).__name__
    )


def _leave(words: str) -> None:
    if LAST_WORDS.exists():
        with suppress(OSError):  # whatever is wrong with it, the log has the words as well
            LAST_WORDS.write_text(words)


def _do(arguments: list[str]) -> None:
    match arguments:
        case ["bootstrap"]:
            asyncio.run(_bootstrap(database_url()))
        case ["migrate", service]:
            url = database_url()
            asyncio.run(answering(url, seconds=_patience()))
            _migrate(service, url)
        case _:
            raise Misused


def database_url() -> URL:
    """The database as the environment names it, with the password from its file. Raises Missing, FileNotFoundError."""
    password = Path(_given("CODEZEST_DATABASE_PASSWORD_FILE")).read_text().strip()
    return make_url(_given("CODEZEST_DATABASE_URL")).set(password=password)


def passwords_in(folder: Path) -> dict[str, Passwords]:
    """The passwords of each service's two roles. Raises FileNotFoundError for a folder without services or files."""
    services = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not services:
        raise FileNotFoundError(2, "holds no service", str(folder))
    return {
        name: Passwords(
            owner=(folder / name / "owner").read_text().strip(),
            runtime=(folder / name / "runtime").read_text().strip(),
        )
        for name in services
    }


async def answering(url: URL, *, seconds: float) -> None:
    """Wait until the database lets us in. Raises Unreachable after `seconds`, and at once what waiting cannot mend."""
    place = url.render_as_string(hide_password=True)
    began = told = time.monotonic()
    while True:
        try:
            connection = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=ATTEMPT_SECONDS)
        except STARTING as error:
            now = time.monotonic()
            if now - began > seconds:
                raise Unreachable(
                    f"{place} did not answer within {seconds:.0f} s ({type(error).__name__}: {error}). "
                    "Is its address right, does it run, and does a NetworkPolicy let this Job reach it?"
                ) from None
            if now - told > TELL_SECONDS:
                told = now
                _say(f"waiting for {place} ({now - began:.0f} s of {seconds:.0f})")
            await asyncio.sleep(POLL_SECONDS)
        else:
            await connection.close()
            return


async def _bootstrap(url: URL) -> None:
    passwords = passwords_in(Path(_given("CODEZEST_ROLES_FOLDER")))
    await answering(url, seconds=_patience())
    await bootstrap(url.render_as_string(hide_password=False), passwords)
    _say(f"database, roles and schemas are there: {', '.join(passwords)}")


def _migrate(service: str, url: URL) -> None:
    began = time.monotonic()
    if later := migrate(service, url):
        _say(f"{service} is at revision {later} of a later version, which this one can live with: nothing was changed")
    else:
        _say(f"migrated {service} in {time.monotonic() - began:.1f} s")


def _given(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise Missing(name)


def _patience() -> float:
    return float(os.environ.get("CODEZEST_DATABASE_SECONDS", WAIT_SECONDS))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
