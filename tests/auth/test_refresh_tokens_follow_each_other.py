from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.derivation import DerivationKey
from services.auth.domain.refresh_tokens import SessionOver, read_refresh_token, refresh_token
from services.auth.domain.sessions import Client, SignedIn, refresh_session, sign_out
from services.auth.domain.sign_in import Credentials, forget_old, sign_in
from tests.auth.fakes import GOOD_PASSWORD, KEY, NOON, FakeUow, ada, gate_of, later


async def signed_in(uow: FakeUow, client: Client = "api") -> SignedIn:
    if not uow.state.users:
        user = ada()
        uow.state.users[user.id] = user
    credentials = Credentials(email="ada@example.com", password=GOOD_PASSWORD, client=client)
    return await sign_in(uow, credentials, gate=gate_of(uow), session_id=uuid7(), at=NOON)


async def refreshed(uow: FakeUow, token: str, client: Client = "api", **after: float) -> SignedIn:
    return await refresh_session(uow, token, client=client, key=KEY, at=later(**after))


async def test_each_token_leads_to_the_next() -> None:
    uow = FakeUow()
    first = await signed_in(uow)
    second = await refreshed(uow, first.refresh_token, minutes=9)
    third = await refreshed(uow, second.refresh_token, minutes=18)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert {first.session_id, second.session_id, third.session_id} == {first.session_id}


async def test_repeating_the_last_token_within_ten_seconds_gives_the_same_successor() -> None:
    uow = FakeUow()
    first = await signed_in(uow)
    second = await refreshed(uow, first.refresh_token, minutes=9)
    again = await refreshed(uow, first.refresh_token, minutes=9, seconds=10)
    assert again.refresh_token == second.refresh_token
    assert (await refreshed(uow, second.refresh_token, minutes=10)).refresh_token != second.refresh_token


async def test_repeating_it_later_ends_the_session() -> None:
    uow = FakeUow()
    first = await signed_in(uow)
    second = await refreshed(uow, first.refresh_token, minutes=9)
    with pytest.raises(SessionOver):
        await refreshed(uow, first.refresh_token, minutes=9, seconds=10.1)
    with pytest.raises(SessionOver):
        await refreshed(uow, second.refresh_token, minutes=9, seconds=11)
    assert uow.state.sessions[first.session_id].ended_reason == "reused"


async def test_repeating_it_after_its_successor_was_used_ends_the_session_even_within_ten_seconds() -> None:
    uow = FakeUow()
    first = await signed_in(uow)
    second = await refreshed(uow, first.refresh_token, seconds=1)
    third = await refreshed(uow, second.refresh_token, seconds=2)
    with pytest.raises(SessionOver):
        await refreshed(uow, first.refresh_token, seconds=3)
    with pytest.raises(SessionOver):
        await refreshed(uow, third.refresh_token, seconds=4)


async def test_reuse_ends_its_own_session_and_no_other() -> None:
    uow = FakeUow()
    stolen, other = await signed_in(uow), await signed_in(uow)
    await refreshed(uow, stolen.refresh_token, seconds=1)
    with pytest.raises(SessionOver):
        await refreshed(uow, stolen.refresh_token, minutes=1)
    assert (await refreshed(uow, other.refresh_token, minutes=1)).session_id == other.session_id


async def test_signing_out_ends_the_session_and_may_be_repeated() -> None:
    uow = FakeUow()
    session = await signed_in(uow)
    for _ in range(2):
        await sign_out(uow, session_id=session.session_id, at=later(minutes=1))
    await sign_out(uow, session_id=uuid7(), at=later(minutes=1))
    assert uow.state.sessions[session.session_id].ended_reason == "signed-out"
    with pytest.raises(SessionOver):
        await refreshed(uow, session.refresh_token, minutes=2)


async def test_a_session_lasts_thirty_days_whatever_is_done_with_it() -> None:
    uow = FakeUow()
    token = (await signed_in(uow)).refresh_token
    for days in (13, 26, 29.99):
        signed = await refreshed(uow, token, days=days)
        token = signed.refresh_token
        assert signed.expires_at <= later(days=30)
    with pytest.raises(SessionOver):
        await refreshed(uow, token, days=30)


async def test_a_session_that_is_not_refreshed_for_two_weeks_is_over() -> None:
    uow = FakeUow()
    token = (await signed_in(uow)).refresh_token
    token = (await refreshed(uow, token, days=13)).refresh_token
    with pytest.raises(SessionOver):
        await refreshed(uow, token, days=27)
    await forget_old(uow, at=later(days=27, seconds=1))
    assert not uow.state.sessions


async def test_what_is_told_of_a_sessions_end_takes_both_limits_into_account() -> None:
    uow = FakeUow()
    session = await signed_in(uow)
    assert session.expires_at == later(days=14)
    for days, until in ((10, 24), (20, 30), (29, 30)):
        session = await refreshed(uow, session.refresh_token, days=days)
        assert session.expires_at == later(days=until)


async def test_a_browsers_token_works_from_its_cookie_alone() -> None:
    uow = FakeUow()
    session = await signed_in(uow, client="browser")
    with pytest.raises(SessionOver):
        await refreshed(uow, session.refresh_token, client="api", seconds=1)
    assert (await refreshed(uow, session.refresh_token, client="browser", seconds=2)).session_id == session.session_id


async def test_a_session_whose_owner_is_gone_is_over() -> None:
    uow = FakeUow()
    session = await signed_in(uow)
    uow.state.users.clear()
    with pytest.raises(SessionOver):
        await refreshed(uow, session.refresh_token, seconds=1)


async def test_expired_sessions_and_old_failures_are_forgotten() -> None:
    uow = FakeUow()
    await signed_in(uow)
    async with uow:
        (await uow.failures.locked(b"somebody", at=NOON)).count(at=NOON)
    await forget_old(uow, at=later(minutes=59))
    assert uow.state.sessions
    assert uow.state.failures
    await forget_old(uow, at=later(days=14))
    assert uow.state.sessions
    await forget_old(uow, at=later(days=14, seconds=1))
    assert not uow.state.sessions
    assert not uow.state.failures


SESSION = UUID("0190a6d2-0000-7000-8000-000000000001")
TOKEN = refresh_token(KEY, SESSION, 7)


def test_a_token_says_which_session_and_generation_it_is_of() -> None:
    assert read_refresh_token(KEY, TOKEN) == (SESSION, 7)


@pytest.mark.parametrize(
    "made_up",
    [
        "",
        "x",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN.replace(".7.", ".8."),
        TOKEN.replace(".7.", ".07."),
        TOKEN.replace(".7.", ".\N{ARABIC-INDIC DIGIT SEVEN}."),
        TOKEN.replace("0190a6d2", "0190a6d3"),
        TOKEN.replace("0190a6d2", "0190A6D2"),
        refresh_token(DerivationKey(b"x" * 32), SESSION, 7),
        f"{SESSION.hex}.7.{'A' * 43}",
        "\ud800" + TOKEN,
    ],
)
def test_a_made_up_token_is_refused(made_up: str) -> None:
    with pytest.raises(SessionOver):
        read_refresh_token(KEY, made_up)


def test_a_key_that_is_too_short_is_refused_without_being_quoted() -> None:
    with pytest.raises(ValueError, match="shorter than 32 bytes") as refused:
        DerivationKey(b"hush")
    assert "hush" not in str(refused.value)
    assert "kkk" not in repr(KEY)


def test_what_is_derived_for_one_purpose_or_split_otherwise_is_another_secret() -> None:
    assert KEY.derive("refresh", "ab", "c") != KEY.derive("refresh", "a", "bc")
    assert KEY.derive("refresh", "ab") != KEY.derive("verify-email", "ab")
