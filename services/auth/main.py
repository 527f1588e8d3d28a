"""The auth service: the only file that sees all of its layers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from services.auth.api import (
    administration,
    email_verification,
    keys,
    mail_recipients,
    new_passwords,
    own_sessions,
    revocations,
    sessions,
    signing_keys,
    users,
)
from services.auth.api.deps import Deps
from services.auth.data.administration import SqlAccounts
from services.auth.data.argon2 import Argon2Hasher
from services.auth.data.common_passwords import common_passwords
from services.auth.data.door import SqlDoor
from services.auth.data.revocations import RevocationTail
from services.auth.data.sessions import SqlOwnSessions
from services.auth.data.signing import SignedTokens
from services.auth.data.signing_keys import AesSeal, read_keys
from services.auth.data.unit_of_work import SqlUow
from services.auth.data.users import SqlProfiles
from services.auth.domain.demo import add_demo_users
from services.auth.domain.derivation import DerivationKey
from services.auth.domain.links import forget_expired_links
from services.auth.domain.passwords import PasswordRules
from services.auth.domain.sessions import LastUsed
from services.auth.domain.sign_in import Gate, forget_old
from services.auth.domain.signing_keys import ensure_signing_key, forget_retired
from services.auth.domain.users import Admission
from services.auth.settings import Settings
from shared.dapr import Sidecar
from shared.db.auth import bus
from shared.http.app import Platform, Service, Wiring, build_app
from shared.http.cursors import CursorOf
from shared.http.revocations import Revocations
from shared.worker import Worker

FORGET_SECONDS = 600.0
FOLLOW_KEYS_SECONDS = 1.0


def create_app(settings: Settings | None = None, sidecar: Sidecar | None = None) -> FastAPI:
    """The app, configured by the environment; tests give `settings` and a `sidecar` of their own."""
    settings = settings or Settings()
    service = Service(
        title="Auth",
        tables=bus,
        routers=[
            users.router,
            email_verification.router,
            sessions.router,
            own_sessions.router,
            new_passwords.router,
            administration.router,
            signing_keys.router,
        ],
        internal_routers=[keys.router, mail_recipients.router, revocations.router],
        compose=partial(compose, settings),
    )
    return build_app(service, settings, sidecar=sidecar)


@asynccontextmanager
async def compose(settings: Settings, platform: Platform) -> AsyncIterator[Wiring]:
    """Bind the service's parts to each other; with `demo` set, make the demonstration's accounts."""
    secret = platform.sidecar.secret
    uow = partial(SqlUow, platform.writing)
    key = DerivationKey((await secret("auth-token-key")).encode())
    seal, key_wait = AesSeal(key), timedelta(seconds=settings.signing_key_wait)
    tokens = SignedTokens(
        read=partial(read_keys, platform.database),
        seal=seal,
        issuer=settings.public_url,
        new_id=platform.new_id,
        now=platform.now,
        stale_after=key_wait,
    )
    await ensure_signing_key(uow(), seal=seal, at=platform.now())
    await tokens.follow()

    revoked = Revocations()

    async def own_keys() -> dict[str, Any]:
        return tokens.public_keys()

    async def forget() -> None:
        await forget_old(uow(), at=platform.now())
        await forget_expired_links(uow(), at=platform.now())
        await forget_retired(uow(), at=platform.now())

    with Argon2Hasher(queue=settings.password_queue) as hasher:
        if settings.demo:
            password = await secret("auth-demo-password")
            await add_demo_users(uow(), password=password, hasher=hasher, new_id=platform.new_id, at=platform.now())
        deps = Deps(
            uow=uow,
            profiles=SqlProfiles(platform.database),
            own_sessions=SqlOwnSessions(platform.database),
            accounts=SqlAccounts(platform.database),
            session_cursors=CursorOf(platform.cursors, "sessions", LastUsed),
            account_cursors=CursorOf(platform.cursors, "accounts", UUID),
            audit_cursors=CursorOf(platform.cursors, "audit", int),
            revocations=revoked,
            admission=Admission(rules=PasswordRules(common_passwords()), hasher=hasher),
            gate=Gate(hasher=hasher, door=SqlDoor(platform.database, platform.writing), key=key),
            access_tokens=tokens,
            seal=seal,
            key_wait=key_wait,
            public_url=settings.public_url.rstrip("/"),
            now=platform.now,
            new_id=platform.new_id,
        )
        workers = [
            Worker(name="forget", work=forget, every=FORGET_SECONDS),
            Worker(name="signing keys", work=tokens.follow, every=FOLLOW_KEYS_SECONDS),
        ]
        tail = RevocationTail(revoked, platform.database)
        yield Wiring(deps=deps, uow=uow, workers=workers, tails=[tail], jwks=own_keys, revocations=revoked)
