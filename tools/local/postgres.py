"""PostgreSQL: its binaries only, a data folder per instance, scram passwords, loopback TCP. Then roles and schemas."""

import asyncio
import os
import pwd
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from tools.local.home import write_private, write_private_json
from tools.local.ports import LOOPBACK
from tools.local.probes import postgres_answers
from tools.local.problem import Problem
from tools.local.site import ROOT, Site
from tools.local.spawn import surroundings
from tools.local.unit import Stage, Unit

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_error_verbosity": "terse",  # a DETAIL would quote the refused row
    "log_line_prefix": "%m [%p] %u@%d ",
}
INITDB = ("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions")
INITDB_WITHIN = 60


def postgres_unit(site: Site) -> Unit:
    """The database server."""
    folder = site.home.path / "postgres"
    binary = site.programs["postgres"]
    settings = {**SETTINGS, "port": str(site.ports["postgres"])}

    async def prepare() -> Mapping[str, str]:
        await _ready_folder(folder, binary.with_name("initdb"), site.credentials.admin["postgres-password"])
        return {}

    return Unit(
        name="postgres",
        command=[str(binary), "-D", str(folder / "data"), *(f"-c{key}={value}" for key, value in settings.items())],
        stage=Stage.backing,
        directory=site.home.path,
        prepare=prepare,
        prefix=as_another_user(folder),
        ready=postgres_answers(site.ports["postgres"], site.credentials.admin["postgres-password"]),
        port=site.ports["postgres"],
        # Fast shutdown: sessions are ended, data are written.
        stop_signal=signal.SIGINT,
        stop_within=8.0,
        orphan_signal=signal.SIGINT,
    )


def migrations_unit(site: Site) -> Unit:
    """Creates the database, the roles and the schemas, and brings each schema up to date."""
    passwords = site.home.run / "database-passwords.json"
    administrator = f"postgres:{site.credentials.admin['postgres-password']}"

    async def prepare() -> Mapping[str, str]:
        write_private_json(passwords, site.credentials.database_passwords(site.services))
        return {}

    return Unit(
        name="migrations",
        command=[sys.executable, "-m", "shared.db.prepare"],
        stage=Stage.service,
        directory=ROOT,
        environment={
            "CODEZEST_ADMIN_DATABASE_URL": f"postgresql://{administrator}@{LOOPBACK}:{site.ports['postgres']}/postgres",
            "CODEZEST_DATABASE_PASSWORDS_FILE": str(passwords),
        },
        needs=site.present("postgres"),
        prepare=prepare,
        once=True,
        ready_within=120.0,
    )


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def as_another_user(folder: Path) -> tuple[str, ...]:
    """PostgreSQL refuses to run as root, so root runs it as the owner of its data, who may also read on the way there."""
    if os.geteuid() != 0:
        return ()
    user = _user() if not folder.exists() else pwd.getpwuid(folder.stat().st_uid)
    # The programs and this folder may lie below folders that only root may enter; containers often lack the
    # capability for just that, and have the wider one instead.
    way = "dac_read_search" if _may("dac_read_search") else "dac_override"
    identity = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    # access(2), which initdb asks about its programs, forgets capabilities of other users unless told not to.
    return (*identity, f"--inh-caps=+{way}", f"--ambient-caps=+{way}", "--securebits=+no_setuid_fixup")


def _may(capability: str) -> bool:
    number = {"dac_override": 1, "dac_read_search": 2}[capability]
    status = Path("/proc/self/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> number & 1)


async def _ready_folder(folder: Path, initdb: Path, password: str) -> None:
    data = folder / "data"
    if not data.exists():
        await create_cluster(folder, initdb, password)
    _drop_stale_pid(data)


async def create_cluster(folder: Path, initdb: Path, password: str) -> None:
    """Make `folder` (its parent exists) with a fresh cluster in `folder/data`. Raises Problem with initdb's own words."""
    unfinished, password_file = folder / "unfinished", folder / "password"
    prefix = as_another_user(folder)
    _lay_out(folder, password_file, password, give_away=bool(prefix))
    guard = ("setpriv", "--pdeathsig=KILL", *prefix, "--")
    shutil.rmtree(unfinished, ignore_errors=True)
    files = (f"--pgdata={unfinished}", f"--pwfile={password_file}")
    await _run(*guard, str(initdb), *INITDB, *files, folder=folder)
    # An initdb that was cut short leaves nothing under the final name.
    _finish(unfinished, folder / "data", password_file)


def _lay_out(folder: Path, password_file: Path, password: str, *, give_away: bool) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(password_file, password)
    for path in (folder, password_file) if give_away else ():
        os.chown(path, _user().pw_uid, _user().pw_gid)


def _finish(unfinished: Path, data: Path, password_file: Path) -> None:
    password_file.unlink()
    unfinished.rename(data)


async def _run(*command: str, folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=surroundings(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), INITDB_WITHIN)
    except TimeoutError:
        process.kill()
        raise Problem(f"initdb did not end within {INITDB_WITHIN} s.", "Is the disk very slow or full?") from None
    if process.returncode != 0:
        lines = output.decode(errors="replace").splitlines()
        raise Problem("initdb could not create the database folder.", "Its output says why.", lines[-25:])


def _drop_stale_pid(data: Path) -> None:
    """After a crash the file names a process that may be someone else's by now, which PostgreSQL would believe."""
    file = data / "postmaster.pid"
    if not file.exists():
        return
    pid = int(file.read_text().split("\n", 1)[0])
    if not psutil.pid_exists(pid) or str(data) not in psutil.Process(pid).cmdline():
        file.unlink()
