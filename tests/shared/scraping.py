"""A service started for its /metrics, and what Prometheus would read there."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.running import Running, running
from tools.local.credentials import ensure_credentials
from tools.local.home import Home

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
OUTSIDE: dict[str, Any] = {"stripe_api_base": "http://127.0.0.1:9", "smtp_host": "127.0.0.1", "smtp_port": 9}


@asynccontextmanager
async def serving(service: str, database_url: str, home: Path) -> AsyncIterator[Running]:
    """Any service, with the secrets that a local platform gives it and nothing around it."""
    create_app = importlib.import_module(f"services.{service}.main").create_app
    settings = importlib.import_module(f"services.{service}.settings").Settings
    secrets = {**ensure_credentials(Home(home), [service]).served}
    del secrets[f"{service}-database-password"]  # the tests' database has its own
    async with running(create_app, settings, database_url, secrets=secrets, **OUTSIDE) as run:
        yield run


async def scraped(run: Running) -> Samples:
    """Every sample of /metrics by name and labels. The parser raises for what Prometheus would refuse."""
    answer = await run.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    samples = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in found}
    assert len(samples) == len(found), "Prometheus refuses a sample that comes twice"
    return samples


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """The key of one sample."""
    return name, frozenset(labels.items())
