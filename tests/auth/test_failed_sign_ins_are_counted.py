from datetime import datetime

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.failures import MOST_FAILURES, Failures, TooManyFailures
from services.auth.domain.new_passwords import change_password
from services.auth.domain.sessions import SignedIn
from services.auth.domain.sign_in import Claim, Credentials, Gate, SignInRefused, sign_in
from shared.errors import Unavailable
from tests.auth.fakes import GOOD_PASSWORD, KEY, NOON, FakeDoor, FakeHasher, FakeUow, ada, admission, gate_of, later

NEW = "four brass kettles humming"

BAD_PASSWORD = "not her password at all"


def with_ada() -> FakeUow:
    uow, user = FakeUow(), ada()
    uow.state.users[user.id] = user
    return uow


async def attempt(
    uow: FakeUow,
    password: str = BAD_PASSWORD,
    *,
    email: str | None = "ada@example.com",
    hasher: FakeHasher | None = None,
    minutes: float = 0,
) -> SignedIn:
    credentials = Credentials(email=email, password=password, client="api")
    gate = gate_of(uow, hasher or FakeHasher())
    return await sign_in(uow, credentials, gate=gate, session_id=uuid7(), at=later(minutes=minutes))


async def fail(uow: FakeUow, times: int, *, email: str = "ada@example.com", minutes: float = 0) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            await attempt(uow, email=email, minutes=minutes)


async def test_after_ten_failures_even_the_right_password_waits() -> None:
    uow = with_ada()
    await fail(uow, 1)
    await fail(uow, MOST_FAILURES - 1, minutes=10)
    with pytest.raises(TooManyFailures) as refused:
        await attempt(uow, GOOD_PASSWORD, minutes=15)
    assert refused.value.retry_after == 45 * 60
    assert "45 min" in refused.value.detail


async def test_an_hour_after_the_first_failure_one_more_may_be_tried() -> None:
    uow = with_ada()
    await fail(uow, 1)
    await fail(uow, MOST_FAILURES - 1, minutes=30)
    await fail(uow, 1, minutes=60)
    with pytest.raises(TooManyFailures):
        await attempt(uow, minutes=61)


async def test_the_right_password_forgives() -> None:
    uow = with_ada()
    await fail(uow, MOST_FAILURES - 1)
    await attempt(uow, GOOD_PASSWORD)
    await fail(uow, MOST_FAILURES)


async def test_letter_case_is_no_way_round() -> None:
    uow = with_ada()
    for email in ("ada@example.com", "Ada@example.com") * 5:
        await fail(uow, 1, email=email)
    with pytest.raises(TooManyFailures):
        await attempt(uow, email="ADA@EXAMPLE.COM")


async def test_an_address_without_an_account_is_counted_alike() -> None:
    uow = with_ada()
    await fail(uow, MOST_FAILURES, email="nobody@example.com")
    with pytest.raises(TooManyFailures):
        await attempt(uow, email="nobody@example.com")
    await attempt(uow, GOOD_PASSWORD)


async def test_attempts_at_once_are_counted_before_they_are_checked() -> None:
    class Inquisitive(FakeHasher):
        seen: tuple[int, ...] = ()

        async def verify(self, stored: str | None, password: str) -> bool:
            self.seen += tuple(len(failures.failed_at) for failures in uow.state.failures.values())
            return await super().verify(stored, password)

    uow, hasher = with_ada(), Inquisitive()
    with pytest.raises(SignInRefused):
        await attempt(uow, hasher=hasher)
    assert hasher.seen == (1,)


class Crowded(FakeDoor):
    """Somebody else fails at the same address between each look and what is counted then, so many times."""

    def __init__(self, uow: FakeUow, others: int) -> None:
        super().__init__(uow)
        self._others = others

    async def count(self, failures: Failures, *, before: list[datetime]) -> bool:
        if self._others:
            self._others -= 1
            await super().count(
                Failures(address=failures.address, failed_at=[*before, NOON], last_at=NOON), before=before
            )
        return await super().count(failures, before=before)


async def crowded(others: int) -> SignedIn:
    """One has failed before: nobody's try is the first."""
    uow = with_ada()
    await fail(uow, 1)
    credentials = Credentials(email="ada@example.com", password=GOOD_PASSWORD, client="api")
    gate = Gate(hasher=FakeHasher(), door=Crowded(uow, others), key=KEY)
    return await sign_in(uow, credentials, gate=gate, session_id=uuid7(), at=NOON)


async def test_who_tries_at_the_same_time_as_others_is_counted_after_them() -> None:
    await crowded(MOST_FAILURES - 2)
    with pytest.raises(TooManyFailures):
        await crowded(MOST_FAILURES - 1)


async def test_a_right_password_that_could_not_be_replaced_does_not_count_as_failed() -> None:
    class Busy(FakeHasher):
        async def hash(self, password: str) -> str:
            raise Unavailable("busy", retry_after=1)

    uow = with_ada()
    claim = Claim(email="ada@example.com", password=GOOD_PASSWORD)
    for _ in range(MOST_FAILURES + 1):
        with pytest.raises(Unavailable, match="busy"):
            await change_password(uow, claim, NEW, admission=admission(Busy()), gate=gate_of(uow), at=NOON)
    await attempt(uow, GOOD_PASSWORD)


async def test_who_never_gets_a_turn_is_told_to_come_again() -> None:
    class Jammed(FakeDoor):
        async def count(self, failures: Failures, *, before: list[datetime]) -> bool:
            return False

    uow, hasher = with_ada(), FakeHasher()
    await fail(uow, 1)
    credentials = Credentials(email="ada@example.com", password=GOOD_PASSWORD, client="api")
    gate = Gate(hasher=hasher, door=Jammed(uow), key=KEY)
    with pytest.raises(Unavailable, match="Try again"):
        await sign_in(uow, credentials, gate=gate, session_id=uuid7(), at=NOON)
    assert hasher.checked == []


async def test_an_attempt_that_could_not_be_checked_does_not_count() -> None:
    uow = with_ada()
    for _ in range(MOST_FAILURES + 1):
        with pytest.raises(Unavailable):
            await attempt(uow, hasher=FakeHasher(busy=True))
    await attempt(uow, GOOD_PASSWORD)


async def test_something_is_checked_for_an_unknown_address_too() -> None:
    uow, hasher = with_ada(), FakeHasher()
    for email in ("nobody@example.com", None):
        with pytest.raises(SignInRefused):
            await attempt(uow, email=email, hasher=hasher)
    assert hasher.checked == [None, None]
