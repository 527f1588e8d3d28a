from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.access_tokens import LIFETIME
from services.auth.domain.signing_keys import (
    MARGIN,
    Order,
    RotationUnderWay,
    SigningKey,
    ensure_signing_key,
    forget_retired,
    rotate,
    signer,
)
from tests.auth.fakes import NOON, FakeSeal, FakeUow, later

WAIT = timedelta(seconds=12)


def order(*, at_once: bool = False) -> Order:
    return Order(by=uuid7(), reason="the yearly rotation", at_once=at_once, wait=WAIT)


async def with_a_key() -> tuple[FakeUow, FakeSeal]:
    uow, seal = FakeUow(), FakeSeal()
    await ensure_signing_key(uow, seal=seal, at=NOON)
    return uow, seal


def signing(uow: FakeUow, **by: float) -> str | None:
    key = signer(uow.state.signing_keys.values(), at=later(**by))
    return key.kid if key else None


def published(uow: FakeUow, **by: float) -> set[str]:
    return {key.kid for key in uow.state.signing_keys.values() if key.is_published(at=later(**by))}


async def test_the_first_key_signs_at_once_and_is_made_once() -> None:
    uow, seal = await with_a_key()
    await ensure_signing_key(uow, seal=seal, at=later(minutes=1))
    assert list(uow.state.signing_keys) == ["key-1"]
    assert signing(uow) == "key-1"


async def test_a_new_key_is_published_at_once_and_signs_when_everybody_knows_it() -> None:
    uow, seal = await with_a_key()
    await rotate(uow, order(), seal=seal, at=later(hours=1))
    assert published(uow, hours=1) == {"key-1", "key-2"}
    assert signing(uow, hours=1, seconds=11.9) == "key-1"
    assert signing(uow, hours=1, seconds=12) == "key-2"


async def test_the_former_key_stays_until_its_last_token_has_expired() -> None:
    uow, seal = await with_a_key()
    new, former = await rotate(uow, order(), seal=seal, at=NOON)
    assert (new.kid, new.retires_at) == ("key-2", None)
    assert former.retires_at == NOON + WAIT + LIFETIME + MARGIN
    just_before = former.retires_at - timedelta(seconds=1)
    await forget_retired(uow, at=just_before)
    assert former.is_published(at=just_before)
    assert set(uow.state.signing_keys) == {"key-1", "key-2"}
    await forget_retired(uow, at=former.retires_at)
    assert set(uow.state.signing_keys) == {"key-2"}


async def test_a_rotation_waits_until_the_last_ones_key_signs() -> None:
    uow, seal = await with_a_key()
    await rotate(uow, order(), seal=seal, at=NOON)
    with pytest.raises(RotationUnderWay) as refused:
        await rotate(uow, order(), seal=seal, at=later(seconds=2))
    assert refused.value.retry_after == 11
    keys = await rotate(uow, order(), seal=seal, at=later(seconds=12))
    assert [key.kid for key in keys] == ["key-3", "key-2", "key-1"]
    first = uow.state.signing_keys["key-1"]
    assert first.retires_at == NOON + WAIT + LIFETIME + MARGIN, "a second rotation keeps nobody longer"


async def test_after_a_leak_only_a_new_key_is_left() -> None:
    uow, seal = await with_a_key()
    await rotate(uow, order(), seal=seal, at=NOON)
    (new,) = await rotate(uow, order(at_once=True), seal=seal, at=later(seconds=1))
    assert set(uow.state.signing_keys) == {new.kid} == {"key-3"}
    assert signing(uow, seconds=1) == "key-3"


async def test_a_rotation_is_on_record() -> None:
    uow, seal = await with_a_key()
    wanted = order()
    await rotate(uow, wanted, seal=seal, at=later(minutes=3))
    (entry,) = uow.state.audit
    assert (entry.action, entry.actor, entry.reason) == ("signing-keys-rotated", wanted.by, "the yearly rotation")
    assert entry.details == {"kid": "key-2", "at_once": False, "former": ["key-1"]}
    assert entry.at == later(minutes=3)


async def test_keys_of_a_lost_secret_are_replaced_and_go_in_their_time() -> None:
    uow, _ = await with_a_key()
    await ensure_signing_key(uow, seal=FakeSeal("other"), at=later(minutes=1))
    assert signing(uow, minutes=1) == "other-1"
    assert uow.state.signing_keys["key-1"].retires_at == later(minutes=1) + LIFETIME + MARGIN


def test_nothing_signs_before_its_time_or_after_it_has_retired() -> None:
    key = SigningKey(kid="a", sealed=b"", created_at=NOON, signs_from=later(seconds=1), retires_at=later(seconds=2))
    assert signer([key], at=NOON) is None
    assert signer([key], at=later(seconds=1)) is key
    assert signer([key], at=later(seconds=2)) is None
