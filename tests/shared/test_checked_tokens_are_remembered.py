"""A token's signature is checked once in a while, not with every request; what it says ends when it says so."""

import time

from uuid_utils.compat import uuid7

from shared.http.access import Principal
from shared.http.token_cache import KEEP_SECONDS, CheckedToken, TokenCache


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def checked(*, expires: float) -> CheckedToken:
    return CheckedToken(caller=Principal(user_id=uuid7(), session_id=uuid7()), issued_at=time.time(), expires=expires)


def test_a_checked_token_is_known() -> None:
    cache, ada = TokenCache(), checked(expires=time.time() + 600)
    cache.put("token", ada)
    assert cache.get("token") is ada
    assert cache.get("token2") is None


def test_it_is_forgotten_when_it_expires() -> None:
    clock = Clock()
    cache = TokenCache(now=clock)
    cache.put("token", checked(expires=clock.now + 10))
    clock.now += 9.9
    assert cache.get("token") is not None
    clock.now += 0.1
    assert cache.get("token") is None
    assert len(cache) == 0


def test_it_is_checked_again_after_a_minute_however_long_it_lives() -> None:
    clock = Clock()
    cache = TokenCache(now=clock)
    cache.put("token", checked(expires=clock.now + 100_000))
    clock.now += KEEP_SECONDS
    assert cache.get("token") is None


def test_one_that_has_expired_is_not_remembered_at_all() -> None:
    cache = TokenCache()
    cache.put("token", checked(expires=time.time() - 1))
    assert len(cache) == 0


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    cache = TokenCache(most=3)
    for number in range(5):
        cache.put(str(number), checked(expires=time.time() + 600))
    assert [cache.get(str(number)) is not None for number in range(5)] == [False, False, True, True, True]


def test_no_token_lies_in_memory() -> None:
    cache = TokenCache()
    cache.put("a-secret-token", checked(expires=time.time() + 600))
    assert "a-secret-token" not in repr(vars(cache))
