"""The scripts that the trial's PostgreSQL and Redis start by do what their pods need, with the programs themselves."""

import asyncio
import os
import subprocess
from pathlib import Path

import asyncpg
import pytest

from tests.charts.rendering import CHARTS, named, platform
from tests.charts.trials import STOP_SECONDS, free_port, give_away, started, wait_until
from tools.toolchain import programs

pytestmark = pytest.mark.thorough

FILES = CHARTS / "platform/files"
PASSWORD = "nobodys-and-long-enough"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the pod has mounted: a volume and a password that its user alone can read."""
    place = tmp_path / "pod"
    (place / "volume").mkdir(parents=True)
    (place / "password").write_text(f"{PASSWORD}\n")
    (place / "password").chmod(0o400)
    give_away(place)
    return place


@pytest.fixture(autouse=True)
def way_to_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs are found on PATH, as in an image."""
    folders = {str(programs.ensure(name).parent) for name in ("postgres", "redis-server")}
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))


def secret(folder: Path) -> str:
    return (folder / "password").read_text().strip()


async def ask(port: int, password: str) -> object:
    connection = await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", password=password, timeout=5)
    try:
        return await connection.fetchval("select count(*) from pg_class")
    finally:
        await connection.close()


def postgres(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    arguments = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
    return arguments, {"PGDATA": str(folder / "volume/cluster"), "PASSWORD_FILE": str(folder / "password")}


def is_ready(port: int) -> bool:
    probe = named(platform({}), "StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0][
        "readinessProbe"
    ]
    command = [*probe["exec"]["command"], f"--port={port}"]
    return subprocess.run(command, check=False, timeout=10, env=dict(os.environ)).returncode == 0


def test_the_database_is_made_once_kept_and_ends_promptly_with_somebody_connected(folder: Path) -> None:
    port = free_port()
    arguments, environment = postgres(folder, port)
    for _ in range(2):
        with started(FILES / "postgres.sh", arguments, folder, environment) as process:
            wait_until(lambda: is_ready(port), "the database is not ready", folder / "log")
            assert asyncio.run(ask(port, secret(folder)))
            with pytest.raises(asyncpg.InvalidPasswordError):
                asyncio.run(ask(port, "another"))
            end_while_connected(port, folder, process)
    assert (folder / "log").read_text().count("files belonging to this database system") == 1
    assert "database system was not properly shut down" not in (folder / "log").read_text()


def end_while_connected(port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
    async def stay() -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user="postgres", password=secret(folder), timeout=5
        )
        process.terminate()
        await asyncio.to_thread(process.wait, STOP_SECONDS)
        connection.terminate()

    asyncio.run(stay())
    assert process.returncode == 0


def test_a_cluster_that_was_cut_short_is_made_anew(folder: Path) -> None:
    (folder / "volume/cluster.unfinished").mkdir()
    (folder / "volume/cluster.unfinished/PG_VERSION").write_text("18\n")
    give_away(folder)
    port = free_port()
    arguments, environment = postgres(folder, port)
    with started(FILES / "postgres.sh", arguments, folder, environment):
        wait_until(lambda: is_ready(port), "the database is not ready", folder / "log")


def redis_ready(folder: Path, port: int) -> bool:
    environment = {**os.environ, "PASSWORD_FILE": str(folder / "password"), "REDISCLI_PORT": str(port)}
    text = (FILES / "redis-ready.sh").read_text().replace("redis-cli ping", f"redis-cli -p {port} ping")
    return (
        subprocess.run(
            ["sh", "-c", text], check=False, timeout=10, env=environment, stderr=subprocess.DEVNULL
        ).returncode
        == 0
    )


def test_redis_asks_for_its_password_and_keeps_what_it_was_told(folder: Path) -> None:
    port = free_port()
    script = folder / "redis.sh"
    script.write_text((FILES / "redis.sh").read_text().replace("/tmp/", f"{folder}/"))  # noqa: S108 - the pod's own
    give_away(folder)
    environment = {"DATA": str(folder / "volume"), "PASSWORD_FILE": str(folder / "password")}
    for number in range(2):
        with started(script, ["--port", str(port), "--bind", "127.0.0.1"], folder, environment) as process:
            wait_until(lambda: redis_ready(folder, port), "Redis is not ready", folder / "log")
            assert command(port, "get", "kept") == "NOAUTH Authentication required."
            assert command(port, "get", "kept", password=secret(folder)) == ("" if number == 0 else "yes")
            command(port, "set", "kept", "yes", password=secret(folder))
            words = Path(f"/proc/{process.pid}/cmdline").read_text()
            assert secret(folder) not in words


def command(port: int, *words: str, password: str = "") -> str:
    environment = {**os.environ, **({"REDISCLI_AUTH": password} if password else {})}
    done = subprocess.run(
        ["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=10, env=environment, check=False
    )
    return done.stdout.strip()
