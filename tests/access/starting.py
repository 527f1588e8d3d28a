"""Every service as it really runs, over ASGI and a real database; what is outside of it is a stand-in."""

import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI

from services.payments.domain.provider import PaymentProvider
from shared.events.auth import EmailVerified
from tests.access.callers import ADA, BRIAN, GRACE, MALLORY, OTHER
from tests.access.objects import account
from tests.auth.conftest import SECRETS
from tests.payments.fakes import FakeProvider
from tests.running import Running, running

PEOPLE = (ADA, BRIAN, GRACE, MALLORY, OTHER)
CONFIGURATIONS = Path(__file__).parents[2] / "components" / "configuration"


@asynccontextmanager
async def started(service: str, database_url: str) -> AsyncIterator[Running]:
    """The service by that name, with its secrets made up; a new service needs no line here."""
    create_app: Callable[..., FastAPI] = importlib.import_module(f"services.{service}.main").create_app
    settings = importlib.import_module(f"services.{service}.settings").Settings
    if service == "payments":
        create_app = partial(create_app, open_provider=_provider_in_memory)
    async with running(create_app, settings, database_url, secrets=_secrets(service)) as run:
        if service == "auth":
            await _with_people(run)
        if service == "payments":
            for person in PEOPLE:
                await run.happens(EmailVerified(user_id=person.id), actor=person.id)
        yield run


def _secrets(service: str) -> dict[str, str]:
    scopes = yaml.safe_load((CONFIGURATIONS / f"{service}.yaml").read_text())["spec"]["secrets"]["scopes"]
    names = [name for scope in scopes for name in scope["allowedSecrets"] if not name.endswith("-database-password")]
    return {name: SECRETS.get(name, "k" * 32) for name in names}


@asynccontextmanager
async def _provider_in_memory(*_given: Any) -> AsyncIterator[PaymentProvider]:
    yield FakeProvider()


async def _with_people(run: Running) -> None:
    """Auth checks the tests' tokens, as all others do, instead of its own; and everybody has an account."""

    async def keys() -> dict[str, Any]:
        return {"keys": [run._key.as_dict(private=False)]}

    run.app.state.tokens._fetch = keys
    for person in PEOPLE:
        await account(run, person)
