"""Words that nobody else says, said where secrets go; and every place that a platform leaves behind, to look for them."""

import asyncio
import json
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import redis.asyncio as redis

from tools.local.control import Control
from tools.local.credentials import ensure_credentials, read_served
from tools.toolchain import programs

# Mails are spooled there, and their sink logs them: whoever may read a mail may read its link.
SPOOLS = ("maildev",)
TABLE = "COPY "  # how a table begins in a dump


def word() -> str:
    """A word that is nowhere else: letters and digits only, so that no encoding changes it."""
    return f"canary{secrets.token_hex(10)}"


@dataclass(kw_only=True)
class Canaries:
    """By what they are: each word, and the places where that is allowed to be."""

    words: dict[str, str] = field(default_factory=dict)
    home: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def hatch(self, what: str, *places: str) -> str:
        """A new word for `what`, which may be found in `places` and nowhere else."""
        return self.known(what, word(), *places)

    def known(self, what: str, text: str, *places: str) -> str:
        """Watch a text that the platform made itself: a token, a link, a secret."""
        assert len(text) >= 16, f"{what} is so short that it would be found by chance"
        self.words[what], self.home[what] = text, places
        return text

    def strays(self, evidence: dict[str, str]) -> list[str]:
        """What is where it does not belong; the places and what it is, never the text itself."""
        return [
            f"{what} is in {place}"
            for what, text in self.words.items()
            for place in found(text, evidence)
            if not place.startswith(self.home[what])
        ]


def found(text: str, evidence: dict[str, str]) -> list[str]:
    """The places that hold `text`, as it is or as databases write bytes."""
    forms = (text, text.encode().hex(), b64encode(text.encode()).decode().rstrip("=")[:-1])
    return [place for place, content in evidence.items() if any(form in content for form in forms)]


async def evidence(platform: Control) -> dict[str, str]:
    """All that the platform left behind until now, by place."""
    return {
        **_logs(platform),
        **await _metrics(platform),
        "traces": "".join(path.read_text(errors="replace") for path in platform.home.path.glob("traces*.jsonl")),
        "redis": await _redis(platform),
        **await _tables(platform),
    }


def _logs(platform: Control) -> dict[str, str]:
    files = [path for path in platform.home.logs.iterdir() if not path.name.startswith(SPOOLS)]
    return {f"log {path.name}": path.read_text(errors="replace") for path in files}


async def _metrics(platform: Control) -> dict[str, str]:
    """What Prometheus would read: of services and of sidecars."""
    answers = {}
    processes = (await platform.status()).processes
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        for process in processes:
            ports = [port for port in (process.port, *process.other_ports) if port is not None]
            for port in ports if "-" in process.name else []:
                if (text := await _metrics_at(client, port)) is not None:
                    answers[f"metrics {process.name}"] = text
    return answers


async def _metrics_at(client: httpx.AsyncClient, port: int) -> str | None:
    """None where another protocol is spoken, or another thing served."""
    try:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    except httpx.TransportError:
        return None
    return answer.text if answer.is_success and "# TYPE" in answer.text else None


async def _redis(platform: Control) -> str:
    """Every key with all that it holds."""
    port = (await platform.ports())["redis"]
    password = read_served(platform.home)["redis-password"]
    # The library's own annotations leave this call without one.
    made: Any = redis.Redis
    async with made(port=port, password=password, decode_responses=True, encoding_errors="replace") as client:
        return "\n".join([f"{key}: {await _value(client, key)}" async for key in client.scan_iter(count=1000)])


async def _value(client: Any, key: str) -> Any:
    readers: dict[str, Any] = {
        "string": lambda: client.get(key),
        "hash": lambda: client.hgetall(key),
        "list": lambda: client.lrange(key, 0, -1),
        "set": lambda: client.smembers(key),
        "zset": lambda: client.zrange(key, 0, -1),
        "stream": lambda: client.xrange(key),
        "none": lambda: asyncio.sleep(0),  # it expired meanwhile
    }
    return await readers[await client.type(key)]()


async def _tables(platform: Control) -> dict[str, str]:
    """A dump of the whole database, table by table; what is no table's data is the schema's."""
    dump = await _dump(platform)
    tables = {"schema": ""}
    for place, line in _by_table(dump):
        tables[place] = tables.get(place, "") + line
    return tables


def _by_table(dump: str) -> Iterator[tuple[str, str]]:
    place = "schema"
    for line in dump.splitlines(keepends=True):
        if line.startswith(TABLE):
            place = f"table {line.split()[1]}"
        yield place, line
        if line == "\\.\n":
            place = "schema"


async def _dump(platform: Control) -> str:
    program = programs.ensure("postgres").with_name("pg_dump")
    password = ensure_credentials(platform.home, ()).admin["postgres-password"]
    port = (await platform.ports())["postgres"]
    process = await asyncio.create_subprocess_exec(
        str(program),
        f"--dbname=postgresql://postgres@127.0.0.1:{port}/codezest",
        env={**os.environ, "PGPASSWORD": password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        dump, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return dump.decode()


def kept_secrets(platform: Control) -> dict[str, str]:
    """Every secret of the instance by its name, a PEM key by one of its lines."""
    files = (platform.home.secrets_file, platform.home.admin_secrets_file)
    given = {name: str(value) for file in files for name, value in json.loads(file.read_text()).items()}
    return {name: max(value.splitlines(), key=len) for name, value in given.items()}
