"""The Jobs that make roles and schemas and bring them up to date, as a cluster runs them: a process, files and a real server."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from shared.db import jobs
from tests.shared.conftest import statement
from tools.database.scratch import scratch_postgres
from tools.database.services import services

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    """An administrator's URL of a server on which nothing was done yet."""
    with scratch_postgres() as url:
        yield make_url(url)


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    """The folder that the bootstrap Job finds mounted."""
    folder = tmp_path / "roles"
    for service in services():
        (folder / service).mkdir(parents=True)
        (folder / service / "owner").write_text(f"owner of {service}\n")
        (folder / service / "runtime").write_text(f"runtime of {service}\n")
    return folder


def environment_of(url: URL, folder: Path) -> dict[str, str]:
    password = folder / "password"
    password.write_text(url.password or "")
    return {
        "PATH": os.environ["PATH"],
        "CODEZEST_DATABASE_URL": url.set(password=None).render_as_string(),
        "CODEZEST_DATABASE_PASSWORD_FILE": str(password),
    }


def run(*arguments: str, url: URL, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return started(*arguments, environment=environment_of(url, folder) | more)


def started(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.db.jobs", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def ask(url: URL, query: str) -> object:
    connection = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_bootstrapped_and_migrated_a_service_finds_its_tables(server: URL, roles: Path, tmp_path: Path) -> None:
    for _ in range(2):  # an upgrade runs them again
        done = run("bootstrap", url=server, folder=tmp_path, CODEZEST_ROLES_FOLDER=str(roles))
        assert done.returncode == 0, done.stderr
        owner = server.set(username="auth_owner", password="owner of auth", database="codezest")
        done = run("migrate", "auth", url=owner, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "migrated auth in " in done.stdout
    runtime = server.set(username="auth", password="runtime of auth", database="codezest")
    assert await ask(runtime, "select count(*) from auth.log") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(runtime, "select count(*) from learning.log")


async def test_an_administrator_without_superuser_does_as_well(server: URL, roles: Path, tmp_path: Path) -> None:
    await statement(server, "drop database if exists codezest")
    for service in services():
        await statement(server, f'drop role if exists "{service}"')
        await statement(server, f'drop role if exists "{service}_owner"')
    await statement(server, "create role landlord login createdb createrole password 'landlord'")
    landlord = server.set(username="landlord", password="landlord")
    done = run("bootstrap", url=landlord, folder=tmp_path, CODEZEST_ROLES_FOLDER=str(roles))
    assert done.returncode == 0, done.stderr
    owner = server.set(username="auth_owner", password="owner of auth", database="codezest")
    assert run("migrate", "auth", url=owner, folder=tmp_path).returncode == 0


async def test_a_database_that_starts_late_is_waited_for(server: URL, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    late = server.set(port=port)
    job = asyncio.to_thread(run, "migrate", "auth", url=late, folder=tmp_path, CODEZEST_DATABASE_SECONDS="20")
    relay = asyncio.create_task(_listen_later(port, server.port or 0))
    try:
        done = await job
    finally:
        relay.cancel()
    # It got as far as being refused: this server does not know the role `postgres` as an owner of anything yet.
    assert "did not answer" not in done.stderr


async def _listen_later(port: int, target: int) -> None:
    await asyncio.sleep(2)  # the time in which nobody listens is what this is about

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

    async with await asyncio.start_server(passed_on, "127.0.0.1", port) as listener:
        await listener.serve_forever()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.close()


def test_a_database_that_never_answers_is_named_after_the_deadline(server: URL, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = server.set(port=nobody.getsockname()[1])
        done = run("migrate", "auth", url=gone, folder=tmp_path, CODEZEST_DATABASE_SECONDS="1")
    assert done.returncode == 1
    assert f"127.0.0.1:{gone.port}/postgres did not answer within 1 s" in done.stderr
    assert str(server.password) not in done.stderr


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Kubernetes would find a container's last words."""
    path = tmp_path / "termination-log"
    path.touch()
    monkeypatch.setattr(jobs, "LAST_WORDS", path)
    return path


def here(monkeypatch: pytest.MonkeyPatch, url: URL, folder: Path, *arguments: str) -> None:
    """The job in this process."""
    for name, value in environment_of(url, folder).items():
        monkeypatch.setenv(name, value)
    jobs.main(list(arguments))


WRONG = "a wrong one that is nobody's business"


async def test_what_waiting_cannot_mend_is_said_at_once_without_a_password(
    server: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Path
) -> None:
    await statement(server, "create role barred nologin password 'barred by us'")
    for url, remedy in (
        (server.set(password=WRONG), "Is the Secret that of this database?"),
        (server.set(database="nowhere"), "let the platform's bootstrap Job do so"),
        (server.set(username="barred", password="barred by us"), "Does its pg_hba.conf know it?"),
    ):
        with pytest.raises(SystemExit, match=re.escape(remedy)):
            await asyncio.to_thread(here, monkeypatch, url, tmp_path, "migrate", "auth")
        left = await asyncio.to_thread(words.read_text)
        assert remedy in left
        assert str(url.password) not in left


async def test_what_nobody_foresaw_is_left_as_the_database_says_it(
    server: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Path
) -> None:
    await statement(server, "create database odd")
    odd = server.set(database="odd")  # it has no schema for anybody
    with pytest.raises(DBAPIError):
        await asyncio.to_thread(here, monkeypatch, odd, tmp_path, "migrate", "auth")
    left = await asyncio.to_thread(words.read_text)
    assert 'schema "auth" does not exist' in left
    assert str(server.password) not in left


def with_detail() -> asyncpg.PostgresError:
    error = asyncpg.UniqueViolationError("duplicate key value")
    error.detail = f"Key (email)=({WRONG})"
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (with_detail(), "The database: duplicate key value. The log says more."),
        (DBAPIError("insert", {}, with_detail()), "The database: duplicate key value. The log says more."),
        (TimeoutError(), "The database: TimeoutError. The log says more."),
        (
            PermissionError(13, "Permission denied", "/roles"),
            "/roles cannot be read by this user: which mode is the Secret",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_last_words_name_the_cause_and_no_row(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, words: Path
) -> None:
    def fail(_arguments: list[str]) -> None:
        raise error

    monkeypatch.setattr(jobs, "_do", fail)
    with pytest.raises((SystemExit, type(error))):
        jobs.main(["migrate", "auth"])
    assert words.read_text().startswith(said)
    assert WRONG not in words.read_text()


async def test_a_database_of_a_later_version_is_left_as_it_is(server: URL, roles: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(run, "bootstrap", url=server, folder=tmp_path, CODEZEST_ROLES_FOLDER=str(roles))
    owner = server.set(username="learning_owner", password="owner of learning", database="codezest")
    assert (await asyncio.to_thread(run, "migrate", "learning", url=owner, folder=tmp_path)).returncode == 0
    await statement(owner, "update learning.alembic_version set version_num = '9999'")
    done = await asyncio.to_thread(run, "migrate", "learning", url=owner, folder=tmp_path)
    assert done.returncode == 0, "one can go back to this version"
    assert "learning is at revision 9999 of a later version, which this one can live with" in done.stdout
    assert await ask(owner, "select version_num from learning.alembic_version") == "9999"
    await statement(owner, "update learning.alembic_version set version_num = '0000'")
    done = await asyncio.to_thread(run, "migrate", "learning", url=owner, folder=tmp_path)
    assert done.returncode == 1
    assert "Can't locate revision identified by '0000'" in done.stderr
    await statement(owner, "drop schema learning cascade")


async def test_an_administrator_who_may_not_is_told_what_it_takes(server: URL, roles: Path, tmp_path: Path) -> None:
    await statement(server, "create role guest login password 'guest'")
    done = run(
        "bootstrap",
        url=server.set(username="guest", password="guest"),
        folder=tmp_path,
        CODEZEST_ROLES_FOLDER=str(roles),
    )
    assert done.returncode == 1
    assert "needs CREATEDB and CREATEROLE" in done.stderr
    assert run("bootstrap", url=server, folder=tmp_path, CODEZEST_ROLES_FOLDER=str(roles)).returncode == 0
    await statement(server, "create role builder login createdb createrole password 'builder'")
    await statement(server, "drop database codezest")  # builder makes its own, and finds the roles of another
    builder = server.set(username="builder", password="builder")
    done = run("bootstrap", url=builder, folder=tmp_path, CODEZEST_ROLES_FOLDER=str(roles))
    assert done.returncode == 1
    assert "permission denied to alter role" in done.stderr
    assert not [service for service in services() if f"owner of {service}" in done.stdout + done.stderr]


def test_its_last_words_are_left_where_kubernetes_finds_them(monkeypatch: pytest.MonkeyPatch, words: Path) -> None:
    words.unlink()
    monkeypatch.delenv("CODEZEST_DATABASE_PASSWORD_FILE", raising=False)
    with pytest.raises(SystemExit):
        jobs.main(["migrate", "auth"])
    assert not words.exists(), "outside of a pod there is no such file"
    words.touch()
    with pytest.raises(SystemExit, match="Set CODEZEST_DATABASE_PASSWORD_FILE"):
        jobs.main(["migrate", "auth"])
    assert words.read_text().startswith("Set CODEZEST_DATABASE_PASSWORD_FILE")


def test_a_job_that_lacks_something_says_what(server: URL, tmp_path: Path) -> None:
    empty = tmp_path / "roles"
    empty.mkdir()
    done = run("bootstrap", url=server, folder=tmp_path, CODEZEST_ROLES_FOLDER=str(empty))
    assert f"{empty} is not there: is the Secret mounted" in done.stderr
    assert "Set CODEZEST_DATABASE_PASSWORD_FILE" in started("migrate", "auth", environment={}).stderr
    assert "Say what to do" in started(environment={}).stderr
