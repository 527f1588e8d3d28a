"""A service as it really is, over ASGI and a real database; only the sidecar is a fake one."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from uuid_utils.compat import uuid7

from shared.bus.bus import Bus
from shared.bus.envelope import Envelope, LogPage
from shared.dapr import SidecarError
from shared.db.database import Database
from shared.events.event import Event, load_catalogue
from shared.http.revocations import PATH
from shared.http.tokens import ALGORITHM, AUDIENCE
from shared.settings import ServiceSettings
from tests.fakes import FakeSidecar

APP_TOKEN = "app-token-of-the-tests"
PUBLIC_URL = "http://localhost:8000"
EPOCH = "test-1"
RUNTIME_PASSWORD = "runtime"


class FakeLog:
    """Another service's log, as the fake sidecar serves it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.events: list[Envelope] = []
        self.epoch, self.epoch_start = EPOCH, 0
        self.trimmed = 0  # positions up to this one are gone

    def append(self, event: Event, *, actor: UUID | None, at: datetime | None = None) -> Envelope:
        """State a fact as this service would."""
        envelope = Envelope(
            id=uuid7(),
            type=event.event_type,
            source=self.source,
            position=len(self.events) + 1,
            epoch=self.epoch,
            key=event.key,
            actor=actor,
            time=at or datetime.now(UTC),
            data=event.model_dump(mode="json"),
        )
        self.events.append(envelope)
        return envelope

    async def read(self, query: str) -> dict[str, Any]:
        """GET /bus/log."""
        after = int(parse_qs(query)["after"][0])
        if after < self.trimmed:
            raise SidecarError("GET /bus/log was answered 410", status=410)
        page = LogPage.model_construct(
            source=self.source,
            epoch=self.epoch,
            epoch_start=self.epoch_start,
            head=len(self.events),
            events=[event.model_copy(update={"epoch": self.epoch}) for event in self.events[after : after + 500]],
        )
        return page.model_dump(mode="json")


@dataclass(kw_only=True)
class Running:
    """A running service: `client` calls it as the gateway would, `database` is its own role's connection."""

    app: FastAPI
    client: httpx.AsyncClient
    sidecar: FakeSidecar
    database: Database
    bus: Bus
    logs: dict[str, FakeLog]
    _key: ECKey = field(repr=False)

    def sign_in(self, user_id: UUID, *roles: str) -> dict[str, str]:
        """Headers of a signed-in person."""
        now = int(time.time())
        claims = {
            "iss": PUBLIC_URL,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(uuid7()),
            "jti": str(uuid7()),
            "roles": list(roles),
            "iat": now,
            "exp": now + 600,
        }
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": str(self._key.kid)}
        return {"authorization": f"Bearer {jwt.encode(header, claims, self._key)}"}

    @property
    def from_sidecar(self) -> dict[str, str]:
        """Headers of a call that comes through the service's own sidecar."""
        return {"dapr-api-token": APP_TOKEN}

    def from_service(self, name: str) -> dict[str, str]:
        """Headers of a call from another service, as the two sidecars pass it on."""
        return {**self.from_sidecar, "dapr-caller-app-id": name}

    async def happens(self, event: Event, *, actor: UUID | None = None, at: datetime | None = None) -> Envelope:
        """Let another service state `event` and wait until this one has applied or parked it."""
        envelope = self.logs[event.source()].append(event, actor=actor, at=at)
        await self.bus.deliver(envelope)
        return envelope


@asynccontextmanager
async def running(
    create_app: Callable[..., FastAPI],
    settings: type[ServiceSettings],
    database_url: str,
    *,
    secrets: dict[str, str] | None = None,
    answers: dict[tuple[str, str, str], Any] | None = None,
    **overrides: Any,
) -> AsyncIterator[Running]:
    """Start `services.<x>.main.create_app` on `database_url` (without role or password) and stop it at the end.

    `secrets` and `answers` ((app, method, path) -> async function of the JSON body) are what the fake sidecar knows;
    `overrides` are settings.
    """
    name = str(settings.model_fields["service"].default)
    url = database_url.replace("://", f"://{name}@")
    key = ECKey.generate_key("P-256", {"kid": "test-key"})
    sidecar = FakeSidecar()
    own = {f"{name}-database-password": RUNTIME_PASSWORD, f"{name}-cursor-key": "c" * 48}
    sidecar.secrets = {**own, **(secrets or {})}
    logs = {source: FakeLog(source) for source in {event.source() for event in load_catalogue().values()}}
    for source, log in logs.items():
        sidecar.answer(source, "GET", "/bus/log", log.read)

    async def jwks(_body: Any) -> Any:
        return {"keys": [key.as_dict(private=False)]}

    async def nothing_revoked(_query: Any) -> Any:
        return {"epoch": EPOCH, "position": 0, "items": [], "complete": True}

    sidecar.answer("auth", "GET", "/.well-known/jwks.json", jwks)
    sidecar.answer("auth", "GET", PATH, nothing_revoked)
    for (app_id, method, path), give in (answers or {}).items():
        sidecar.answer(app_id, method, path, give)
    values = {"database_url": url, "APP_API_TOKEN": APP_TOKEN, "public_url": PUBLIC_URL, "trace_ratio": 0, **overrides}
    app = create_app(settings=settings(**values), sidecar=sidecar)
    database = Database(url, password=RUNTIME_PASSWORD, pool_size=4)
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        try:
            yield Running(
                app=app, client=client, sidecar=sidecar, database=database, bus=app.state.bus, logs=logs, _key=key
            )
        finally:
            await database.close()
