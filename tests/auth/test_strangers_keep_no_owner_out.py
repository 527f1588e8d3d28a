"""Failures count where they come from: the account's unknown devices together, each known device and each network apart."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.derivation import digest_of
from services.auth.domain.failures import (
    DEVICE_LIFETIME,
    FREE_FROM_A_CLIENT,
    MOST_DEVICES,
    MOST_FAILURES,
    MOST_FROM_A_CLIENT,
    WINDOW,
    Origin,
    TooManyFailures,
)
from services.auth.domain.sign_in import (
    AccountSuspended,
    Claim,
    Credentials,
    Gate,
    Opened,
    SignInRefused,
    accepted,
    check_password,
    forget_old,
    sign_in,
)
from services.auth.domain.users import User
from tests.auth.fakes import GOOD_PASSWORD, KEY, NOON, FakeHasher, FakeUow, ada, gate_of, later

BAD_PASSWORD = "not her password at all"
NETWORK = "203.0.113.7/32"


def with_ada(**changes: object) -> FakeUow:
    uow, user = FakeUow(), ada(**changes)
    uow.state.users[user.id] = user
    return uow


def the_user(uow: FakeUow) -> User:
    (user,) = uow.state.users.values()
    return user


async def attempt(
    uow: FakeUow,
    password: str = GOOD_PASSWORD,
    *,
    email: str = "ada@example.com",
    origin: Origin = Origin(),  # noqa: B008 - frozen
    gate: Gate | None = None,
    seconds: float = 0,
) -> Opened:
    credentials = Credentials(email=email, password=password, client="api", origin=origin, device="curl/8")
    gate = gate or gate_of(uow)
    return await sign_in(uow, credentials, gate=gate, session_id=uuid7(), at=later(seconds=seconds))


async def fail(uow: FakeUow, times: int = MOST_FAILURES, *, origin: Origin = Origin(), seconds: float = 0) -> None:  # noqa: B008 - frozen
    for _ in range(times):
        with pytest.raises(SignInRefused):
            await attempt(uow, BAD_PASSWORD, origin=origin, seconds=seconds)


async def test_the_owner_gets_in_from_a_known_device_whatever_strangers_fail() -> None:
    uow = with_ada()
    mine = Origin(device_token=(await attempt(uow)).device_token)
    await fail(uow)
    with pytest.raises(TooManyFailures):
        await attempt(uow)
    assert (await attempt(uow, origin=mine)).device_token == mine.device_token


async def test_what_the_owner_fails_on_a_known_device_is_limited_too_and_hinders_no_other() -> None:
    uow = with_ada()
    mine = Origin(device_token=(await attempt(uow)).device_token)
    await fail(uow, origin=mine)
    with pytest.raises(TooManyFailures):
        await attempt(uow, origin=mine)
    await attempt(uow)


async def test_signing_in_from_a_known_device_lets_strangers_try_no_more_often() -> None:
    uow = with_ada()
    mine = Origin(device_token=(await attempt(uow)).device_token)
    await fail(uow)
    await attempt(uow, origin=mine)
    with pytest.raises(TooManyFailures):
        await attempt(uow, BAD_PASSWORD)


async def test_a_made_up_device_and_somebody_elses_are_unknown_ones() -> None:
    uow = with_ada()
    mallory = ada(email="mallory@example.com")
    uow.state.users[mallory.id] = mallory
    hers = (await attempt(uow, email="mallory@example.com")).device_token
    for token in (hers, "made up"):
        await fail(uow, MOST_FAILURES // 2, origin=Origin(device_token=token))
    for unknown in (hers, "made up", None):
        with pytest.raises(TooManyFailures):
            await attempt(uow, origin=Origin(device_token=unknown))


async def test_each_new_device_gets_a_token_of_its_own_and_only_its_digest_is_kept() -> None:
    uow = with_ada()
    tokens = {(await attempt(uow, origin=Origin(device_token="planted"))).device_token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)
    assert set(uow.state.devices) == {digest_of(token) for token in tokens}


async def test_an_account_knows_the_devices_that_were_used_last() -> None:
    uow = with_ada()
    tokens = [(await attempt(uow, seconds=number)).device_token for number in range(MOST_DEVICES + 1)]
    assert set(uow.state.devices) == {digest_of(token) for token in tokens[1:]}
    await forget_old(uow, at=NOON + DEVICE_LIFETIME + timedelta(seconds=2))
    assert set(uow.state.devices) == {digest_of(token) for token in tokens[2:]}


async def test_a_network_that_fails_waits_longer_and_longer_and_the_right_password_does_not_help() -> None:
    uow = with_ada()
    waits: list[int | None] = []
    at = 0.0
    for number in range(MOST_FROM_A_CLIENT):
        origin, email = Origin(network=NETWORK), f"{number}@example.com"
        if number >= FREE_FROM_A_CLIENT:
            with pytest.raises(TooManyFailures) as refused:
                await attempt(uow, origin=origin, seconds=at)
            waits.append(refused.value.retry_after)
            at += refused.value.retry_after or 0
        with pytest.raises(SignInRefused):
            await attempt(uow, email=email, origin=origin, seconds=at)
    assert waits[::10] == [1, 2, 4, 8, 16, 32, 64, 128]
    with pytest.raises(TooManyFailures):
        await attempt(uow, origin=Origin(network=NETWORK), seconds=at - 1)
    await attempt(uow, origin=Origin(network="203.0.113.8/32"), seconds=at - 1)


async def test_a_hundred_failures_from_a_network_are_the_most_in_an_hour() -> None:
    uow = with_ada()
    for number in range(MOST_FROM_A_CLIENT):
        address = KEY.derive("network-failures", NETWORK)
        async with uow:
            (await uow.failures.locked(address, at=NOON)).count(at=later(seconds=number))
    with pytest.raises(TooManyFailures) as refused:
        await attempt(uow, origin=Origin(network=NETWORK), seconds=MOST_FROM_A_CLIENT + 600)
    assert refused.value.retry_after == WINDOW.total_seconds() - MOST_FROM_A_CLIENT - 600
    await attempt(uow, origin=Origin(network=NETWORK), seconds=WINDOW.total_seconds() + 130)


async def test_who_shares_a_network_with_an_attacker_gets_in_from_a_known_device() -> None:
    uow = with_ada()
    token = (await attempt(uow)).device_token
    for number in range(FREE_FROM_A_CLIENT):
        with pytest.raises(SignInRefused):
            await attempt(uow, BAD_PASSWORD, email=f"{number}@example.com", origin=Origin(network=NETWORK))
    with pytest.raises(TooManyFailures):
        await attempt(uow, origin=Origin(network=NETWORK))
    await attempt(uow, origin=Origin(network=NETWORK, device_token=token))


async def test_many_who_sign_in_at_once_from_one_network_do_not_count() -> None:
    uow = with_ada()
    for _ in range(2 * FREE_FROM_A_CLIENT):
        await attempt(uow, origin=Origin(network=NETWORK))
    assert uow.state.failures == {}


async def test_a_suspended_account_says_so_to_the_right_password_alone() -> None:
    uow = with_ada(suspended_at=NOON)
    with pytest.raises(SignInRefused):
        await attempt(uow, BAD_PASSWORD)
    with pytest.raises(AccountSuspended):
        await attempt(uow)
    assert (uow.state.sessions, uow.state.devices, uow.facts) == ({}, {}, [])


async def test_a_hash_of_weaker_parameters_is_renewed_unless_it_changed_meanwhile() -> None:
    class Meanwhile(FakeHasher):
        async def hash(self, password: str) -> str:
            the_user(uow).password_hash = "$argon2id$changed meanwhile"
            return await super().hash(password)

    uow = with_ada()
    with pytest.raises(SignInRefused):
        await attempt(uow, gate=gate_of(uow, Meanwhile(outdated=True)))
    assert the_user(uow).password_hash == "$argon2id$changed meanwhile"
    assert uow.state.sessions == {}


async def test_signing_in_is_a_fact_and_its_session_knows_the_device() -> None:
    uow = with_ada()
    opened = await attempt(uow)
    (fact,) = uow.facts
    assert (fact.event_type, fact.key, uow.actor) == ("auth.signed-in.v1", str(opened.user_id), opened.user_id)
    assert uow.state.sessions[opened.session_id].device == "curl/8"


async def test_a_password_that_is_asked_for_again_is_counted_alike() -> None:
    uow = with_ada()
    gate = gate_of(uow)
    claim = Claim(email="ada@example.com", password=BAD_PASSWORD)
    for _ in range(MOST_FAILURES):
        with pytest.raises(SignInRefused):
            await check_password(uow, claim, gate=gate, at=NOON)
    with pytest.raises(TooManyFailures):
        await attempt(uow)
    at = NOON + WINDOW
    checked = await check_password(uow, Claim(email="ada@example.com", password=GOOD_PASSWORD), gate=gate, at=at)
    async with uow:
        assert (await accepted(uow, checked)).id == the_user(uow).id
    assert uow.state.failures == {}
