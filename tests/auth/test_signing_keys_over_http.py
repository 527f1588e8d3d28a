import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jws import extract_compact
from sqlalchemy import delete, select, text, update

from services.auth.api.deps import Deps
from services.auth.data.signing_keys import AesSeal, read_keys
from services.auth.domain.derivation import DerivationKey
from services.auth.domain.signing_keys import SigningKey, ensure_signing_key
from services.auth.main import create_app
from services.auth.settings import Settings
from shared.db.auth import audit_entry, session_family, signing_key
from shared.errors import Unauthenticated
from shared.http.revocations import Revocations
from shared.http.tokens import TokenVerifier
from tests.auth.conftest import SECRETS
from tests.auth.fakes import NOON
from tests.auth.people import API, bearer, refresh, sign_in, signed_in, signed_in_as
from tests.running import PUBLIC_URL, Running, running
from tests.shared.probe import until

pytestmark = pytest.mark.thorough

ROTATION = f"{API}/signing-keys/rotation"
JWKS = "/.well-known/jwks.json"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replica(auth: Running, database_url: str) -> AsyncIterator[Running]:
    """A second replica of auth."""
    async with running(create_app, Settings, database_url, secrets=SECRETS) as run:
        yield run


async def rotated(run: Running, **wanted: Any) -> httpx.Response:
    grace = await signed_in_as(run, "admin")
    return await run.client.post(ROTATION, json={"reason": "a test", **wanted}, headers=bearer(grace))


async def kids(run: Running) -> list[str]:
    return [key["kid"] for key in (await run.client.get(JWKS)).json()["keys"]]


async def let_the_newest_sign(run: Running) -> None:
    """The wait is over, and all replicas know it."""
    async with run.database.transaction() as session:
        await session.execute(update(signing_key).values(signs_from=signing_key.c.created_at))
    await run.app.state.deps.access_tokens.follow()


def kid_of(tokens: dict[str, Any]) -> str:
    return str(extract_compact(tokens["access_token"].encode()).headers()["kid"])


async def test_of_replicas_that_start_together_one_makes_the_first_key(auth: Running) -> None:
    needs: Deps = auth.app.state.deps
    async with auth.database.transaction() as session:
        await session.execute(delete(signing_key))
    await asyncio.gather(*(ensure_signing_key(needs.uow(), seal=needs.seal, at=needs.now()) for _ in range(8)))
    assert len(await read_keys(auth.database)) == 1
    await needs.access_tokens.follow()


async def test_tokens_of_before_and_after_a_rotation_are_accepted_in_every_replica(
    auth: Running, replica: Running
) -> None:
    _, before = await signed_in(auth)
    answer = await rotated(auth)
    assert answer.status_code == 201, answer.text
    new, former = answer.json()["items"][:2]
    assert (new["retires_at"], former["kid"]) == (None, kid_of(before))
    assert (await kids(auth))[0] == new["kid"]
    _, meanwhile = await signed_in(auth)
    assert kid_of(meanwhile) == former["kid"]

    async def follows() -> bool:
        return bool((await kids(replica))[0] == new["kid"])

    await until(follows, "the other replica publishes the new key")
    await let_the_newest_sign(auth)
    _, after = await signed_in(auth)
    assert kid_of(after) == new["kid"]
    for run in (auth, replica):
        for tokens in (before, meanwhile, after):
            assert (await run.client.get(f"{API}/me", headers=bearer(tokens))).status_code == 200


async def test_until_the_new_key_signs_another_rotation_is_told_to_wait(auth: Running) -> None:
    assert (await rotated(auth)).status_code == 201
    again = await rotated(auth)
    assert again.status_code == 409
    assert again.json()["type"].endswith("/rotation-under-way")
    assert 0 < int(again.headers["retry-after"]) <= 13
    await let_the_newest_sign(auth)


async def test_after_a_leak_every_access_token_is_refused_and_every_session_goes_on(auth: Running) -> None:
    _, before = await signed_in(auth)
    revocations = Revocations()
    revocations.confirmed()
    verifier = TokenVerifier(lambda: published(auth), issuer=PUBLIC_URL, revocations=revocations)
    await verifier.verify(before["access_token"])
    assert len((await rotated(auth, at_once=True)).json()["items"]) == 1

    async def is_refused() -> bool:
        return (await auth.client.get(f"{API}/me", headers=bearer(before))).status_code == 401

    await until(is_refused, "auth itself forgets the key")
    await verifier.renew()
    with pytest.raises(Unauthenticated):
        await verifier.verify(before["access_token"])
    fresh = (await refresh(auth, before["refresh_token"])).json()
    assert (await auth.client.get(f"{API}/me", headers=bearer(fresh))).status_code == 200
    await verifier.verify(fresh["access_token"])


async def published(run: Running) -> Any:
    return (await run.client.get(JWKS)).json()


@pytest.mark.parametrize("roles", [(), ("author",)], ids=["Ada", "Brian"])
async def test_only_admins_rotate(auth: Running, roles: tuple[str, ...]) -> None:
    before = await kids(auth)
    headers = bearer(await signed_in_as(auth, *roles))
    assert (await auth.client.post(ROTATION, json={"reason": "mine"}, headers=headers)).status_code == 403
    assert (await auth.client.post(ROTATION, json={"reason": "mine"})).status_code == 401
    assert await kids(auth) == before


async def test_who_rotates_says_why_and_is_on_record(auth: Running) -> None:
    grace = bearer(await signed_in_as(auth, "admin"))
    assert (await auth.client.post(ROTATION, json={"reason": " "}, headers=grace)).status_code == 422
    answer = await auth.client.post(ROTATION, json={"reason": "it leaked", "at_once": True}, headers=grace)
    (shown,) = answer.json()["items"]
    async with auth.database.reading() as connection:
        newest = select(audit_entry).order_by(audit_entry.c.seq.desc()).limit(1)
        entry = (await connection.execute(newest)).one()
    assert (entry.action, entry.reason, entry.actor) == ("signing-keys-rotated", "it leaked", entry.user_id)
    assert (entry.details["kid"], entry.details["at_once"]) == (shown["kid"], True)


async def test_a_dump_and_a_log_do_not_show_a_private_key(auth: Running, caplog: pytest.LogCaptureFixture) -> None:
    answer = await rotated(auth, at_once=True)
    (stored,) = await read_keys(auth.database)
    pair = AesSeal(DerivationKey(SECRETS["auth-token-key"].encode())).open(stored)
    assert pair
    private = str(pair.as_dict(private=True)["d"])
    raw = base64.urlsafe_b64decode(private + "=")
    async with auth.database.reading() as connection:
        dump = (await connection.execute(text("select t::text from auth.signing_key t"))).scalars().all()
    assert raw not in stored.sealed
    for shown in (answer.text, (await auth.client.get(JWKS)).text, caplog.text, repr(stored), str(dump)):
        assert private not in shown
        assert raw.hex() not in shown
    assert repr(stored.sealed) not in repr(stored)


def test_what_was_sealed_is_opened_by_the_same_secret_alone_and_only_unchanged() -> None:
    seal, other = AesSeal(DerivationKey(b"k" * 32)), AesSeal(DerivationKey(b"o" * 32))
    kid, sealed = seal.make()

    def key(kid: str, sealed: bytes) -> SigningKey:
        return SigningKey(kid=kid, sealed=sealed, created_at=NOON, signs_from=NOON)

    assert seal.opens(key(kid, sealed))
    assert not other.opens(key(kid, sealed))
    assert not seal.opens(key("another id", sealed))
    assert not seal.opens(key(kid, sealed[:-1] + bytes([sealed[-1] ^ 1])))
    assert not seal.opens(key(kid, b""))


async def generations(auth: Running) -> list[int]:
    """Those of all sessions."""
    async with auth.database.reading() as connection:
        return sorted((await connection.execute(select(session_family.c.generation))).scalars())


async def test_who_could_not_read_the_keys_for_too_long_signs_nothing(auth: Running) -> None:
    tokens = auth.app.state.deps.access_tokens
    email, mine = await signed_in(auth)
    last, tokens.now = tokens.now, lambda: NOON - timedelta(days=300)
    reading, tokens.read = tokens.read, lambda: read_keys(auth.database)
    await tokens.follow()
    before = await generations(auth)
    answer = await refresh(auth, mine["refresh_token"])
    assert await generations(auth) == before  # the token is still the newest
    assert (await sign_in(auth, email)).status_code == 503
    assert len(await generations(auth)) == len(before)
    tokens.now, tokens.read = last, reading
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/nothing-to-sign-with")
    assert answer.headers["retry-after"] == "1"
    await tokens.follow()


async def test_a_platform_without_keys_makes_one_at_its_next_start(database_url: str) -> None:
    async with (
        running(create_app, Settings, database_url, secrets=SECRETS) as run,
        run.database.transaction() as session,
    ):
        await session.execute(delete(signing_key))
    async with running(create_app, Settings, database_url, secrets=SECRETS) as run:
        assert len(await kids(run)) == 1
        _, tokens = await signed_in(run)
        assert (await run.client.get(f"{API}/me", headers=bearer(tokens))).status_code == 200
