import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.links import (
    LinkNotValid,
    MailRequest,
    UserUnknown,
    address_mail,
    forget_expired_links,
    verify_email,
)
from shared.events.auth import EmailVerified
from tests.auth.fakes import KEY, NOON, FakeUow, ada, later


async def link(uow: FakeUow, message: str = "m1", **after: float) -> str:
    if not uow.state.users:
        user = ada()
        uow.state.users[user.id] = user
    (user_id,) = uow.state.users
    request = MailRequest(user_id=user_id, message_id=message, link="verify-email")
    recipient = await address_mail(uow, request, key=KEY, at=later(**after))
    assert recipient.token
    return recipient.token


async def test_opening_a_link_verifies_its_owner_and_says_so_once() -> None:
    uow = FakeUow()
    token = await link(uow)
    for minutes in (1, 2):
        await verify_email(uow, token=token, at=later(minutes=minutes))
    (user,) = uow.state.users.values()
    assert user.email_verified_at == later(minutes=1)
    assert uow.facts == [EmailVerified(user_id=user.id)]


async def test_the_same_mail_carries_the_same_link_and_another_mail_another() -> None:
    uow = FakeUow()
    assert await link(uow) == await link(uow, hours=1)
    assert await link(uow) != await link(uow, "m2")


async def test_two_links_of_one_person_verify_once() -> None:
    uow = FakeUow()
    for message in ("m1", "m2"):
        await verify_email(uow, token=await link(uow, message), at=NOON)
    assert len(uow.facts) == 1


async def test_a_link_expires_after_three_days() -> None:
    uow = FakeUow()
    token = await link(uow)
    with pytest.raises(LinkNotValid):
        await verify_email(uow, token=token, at=later(days=3))
    assert not uow.facts


async def test_a_mail_that_leaves_late_carries_a_link_that_works() -> None:
    uow = FakeUow()
    await link(uow)
    token = await link(uow, days=4)
    await verify_email(uow, token=token, at=later(days=6))
    assert len(uow.facts) == 1


@pytest.mark.parametrize("token", ["", "made-up", "\ud800", "é"])
async def test_a_made_up_link_is_not_valid(token: str) -> None:
    uow = FakeUow()
    await link(uow)
    with pytest.raises(LinkNotValid):
        await verify_email(uow, token=token, at=NOON)


async def test_only_a_digest_of_the_link_is_kept() -> None:
    uow = FakeUow()
    token = await link(uow)
    (kept,) = uow.state.tokens.values()
    assert token.encode() not in kept.hash
    assert len(kept.hash) == 32


async def test_a_mail_without_a_link_makes_none() -> None:
    uow, user = FakeUow(), ada()
    uow.state.users[user.id] = user
    request = MailRequest(user_id=user.id, message_id="m1", link=None)
    recipient = await address_mail(uow, request, key=KEY, at=NOON)
    assert recipient.token is None
    assert not uow.state.tokens


async def test_nobody_gets_no_mail() -> None:
    with pytest.raises(UserUnknown):
        await address_mail(
            FakeUow(), MailRequest(user_id=uuid7(), message_id="m1", link="verify-email"), key=KEY, at=NOON
        )


async def test_links_are_forgotten_once_nobody_will_click_them() -> None:
    uow = FakeUow()
    await link(uow)
    await forget_expired_links(uow, at=later(days=5))
    assert uow.state.tokens
    await forget_expired_links(uow, at=later(days=6, seconds=1))
    assert not uow.state.tokens
