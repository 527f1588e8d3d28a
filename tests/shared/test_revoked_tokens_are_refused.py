"""Every replica knows which tokens were revoked, says so when it cannot know, and forgets what no longer matters."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from shared.dapr import SidecarError
from shared.errors import Unauthenticated
from shared.http import revocations as module
from shared.http.access import Principal
from shared.http.revocations import (
    KEPT_SECONDS,
    LATE_SECONDS,
    PAGE,
    PATH,
    TOKEN_SECONDS,
    Revocation,
    Revocations,
    RevocationsUnknown,
    following,
)
from shared.http.tokens import TokenVerifier
from tests.fakes import FakeSidecar
from tests.shared.test_tokens import ISSUER, Auth

NOW = 1_900_000_000.4


def ada(**changes: Any) -> Principal:
    return Principal(**{"user_id": uuid7(), "session_id": uuid7(), "roles": frozenset(), **changes})


def revoked(position: int, user_id: UUID, at: float | None = None, **told: Any) -> Revocation:
    return Revocation(position=position, user_id=user_id, at=time.time() if at is None else at, **told)


def known(*items: Revocation, epoch: str = "one") -> Revocations:
    kept = Revocations()
    kept.take(epoch, len(items), items)
    kept.confirmed()
    return kept


def aged(revocations: Revocations, seconds: float) -> Revocations:
    revocations._confirmed_at -= seconds
    return revocations


class Asked:
    """Auth's list, as the sidecar of another service brings it."""

    def __init__(self, list_: Revocations) -> None:
        self.list = list_
        self.queries: list[str] = []
        self.sidecar = FakeSidecar()
        self.sidecar.answer("auth", "GET", PATH, self._answer)

    async def _answer(self, query: str) -> Any:
        self.queries.append(query)
        given = dict(part.partition("=")[::2] for part in query.split("&"))
        return self.list.page(given["epoch"], int(given["after"])).model_dump(mode="json")


async def test_a_session_that_ended_is_refused_and_others_of_the_person_are_not() -> None:
    caller = ada()
    revocations = known(revoked(1, caller.user_id, session_id=caller.session_id))
    assert await revocations.refuses(caller, issued_at=time.time())
    assert not await revocations.refuses(ada(user_id=caller.user_id), issued_at=time.time())


async def test_tokens_from_before_a_suspension_or_new_password_are_refused_and_later_ones_are_not() -> None:
    caller = ada()
    revocations = known(revoked(1, caller.user_id, at=NOW))
    assert [await revocations.refuses(caller, issued_at=NOW // 1 + after) for after in (-1, 0, 1)] == [
        True,
        False,
        False,
    ]
    assert not await revocations.refuses(ada(), issued_at=NOW // 1 - 1)


async def test_tokens_with_roles_of_before_are_refused_and_refreshed_ones_are_not() -> None:
    person = uuid7()
    revocations = known(
        revoked(1, person, roles=frozenset({"author", "admin"})), revoked(2, person, roles=frozenset({"author"}))
    )
    for roles, refused in ((["author"], False), (["author", "admin"], True), ([], True)):
        caller = ada(user_id=person, roles=frozenset(roles))
        assert await revocations.refuses(caller, issued_at=time.time() + 60) is refused


async def test_what_was_heard_before_does_not_count_again() -> None:
    caller = ada()
    was, now = [revoked(n, caller.user_id, roles=roles) for n, roles in ((1, frozenset({"author"})), (2, frozenset()))]
    revocations = known(was, now)
    revocations.take("one", 2, [was])
    assert not await revocations.refuses(caller, issued_at=time.time())


async def test_a_revoked_token_is_refused_exactly_as_an_expired_one() -> None:
    auth, revocations = Auth(), known()
    verifier = TokenVerifier(auth.keys, issuer=ISSUER, revocations=revocations)
    token = auth.token()
    caller = await verifier.verify(token)
    revocations.take("one", 1, [revoked(1, caller.user_id, session_id=caller.session_id)])
    with pytest.raises(Unauthenticated) as expired:
        await verifier.verify(auth.token(exp=1))
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token)
    assert (refused.value.slug, refused.value.detail) == (expired.value.slug, expired.value.detail)


async def test_without_ever_having_had_the_list_no_token_is_accepted() -> None:
    auth, revocations, asked = Auth(), Revocations(), Asked(known())
    verifier = TokenVerifier(auth.keys, issuer=ISSUER, revocations=revocations)
    asked.sidecar.away.add("invoke")
    with pytest.raises(RevocationsUnknown, match="answered 503"):
        await following(asked.sidecar, revocations).work()
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(RevocationsUnknown) as refused:
            await verifier.verify(auth.token())
    assert (refused.value.slug, refused.value.retry_after) == ("revocations-unknown", 1)
    assert time.monotonic() - started < module.ANSWER_SECONDS, "nobody waits for an answer that has come"
    asked.sidecar.away.clear()
    await following(asked.sidecar, revocations).work()
    await verifier.verify(auth.token())


async def test_the_first_request_waits_for_the_first_answer() -> None:
    revocations, caller = Revocations(), ada()
    asking = asyncio.create_task(revocations.refuses(caller, issued_at=time.time()))
    await asyncio.sleep(0)
    revocations.take("one", 1, [revoked(1, caller.user_id, session_id=caller.session_id)])
    revocations.confirmed()
    assert await asking


async def test_while_auth_is_away_the_list_stays_in_use_until_no_token_can_be_as_old() -> None:
    caller = ada()
    revocations, asked = known(revoked(1, caller.user_id, session_id=caller.session_id)), Asked(known())
    asked.sidecar.away.add("invoke")
    aged(revocations, TOKEN_SECONDS - 60)
    with pytest.raises(RevocationsUnknown, match="in the last 540 s are still accepted here, for 60 s at most"):
        await following(asked.sidecar, revocations).work()
    assert await revocations.refuses(caller, issued_at=time.time())
    assert not await revocations.refuses(ada(), issued_at=time.time())
    aged(revocations, 61)
    with pytest.raises(RevocationsUnknown):
        await revocations.refuses(ada(), issued_at=time.time())


async def test_a_follower_hears_what_is_new_and_asks_for_nothing_else() -> None:
    people = [ada() for _ in range(3)]
    ended = [revoked(n, who.user_id, session_id=who.session_id) for n, who in enumerate(people, 1)]
    asked, mine = Asked(known(*ended[:2])), Revocations()
    follow = following(asked.sidecar, mine)
    await follow.work()
    asked.list.take("one", 3, ended[2:])
    await follow.work()
    assert [await mine.refuses(who, issued_at=time.time()) for who in people] == [True] * 3
    assert asked.queries == ["epoch=&after=0", "epoch=one&after=2"]
    assert asked.list.page("one", 3).items == []


async def test_a_long_list_comes_in_pages_and_is_believed_when_it_is_whole() -> None:
    person = uuid7()
    asked = Asked(known(*(revoked(n, person, session_id=uuid7()) for n in range(1, PAGE + 2))))
    mine, caller = Revocations(), ada(user_id=person)
    asked.list.take("one", PAGE + 2, [revoked(PAGE + 2, person, session_id=caller.session_id)])
    await following(asked.sidecar, mine).work()
    assert asked.queries == ["epoch=&after=0", f"epoch=one&after={PAGE}"]
    assert await mine.refuses(caller, issued_at=time.time())


async def test_a_replica_of_auth_that_is_behind_takes_nothing_back() -> None:
    caller = ada()
    behind, mine = Asked(known()), known(revoked(1, caller.user_id, session_id=caller.session_id))
    await following(behind.sidecar, mine).work()
    assert await mine.refuses(caller, issued_at=time.time())
    assert mine.position == 1


async def test_a_replica_of_auth_that_cannot_follow_its_log_passes_nothing_on() -> None:
    asked, mine = Asked(aged(known(), LATE_SECONDS + 1)), known()
    with pytest.raises(RevocationsUnknown):
        asked.list.page("one", 0)
    asked.sidecar.answer("auth", "GET", PATH, _service_unavailable)
    with pytest.raises(RevocationsUnknown, match="answered 503"):
        await following(asked.sidecar, mine).work()
    assert mine.age < LATE_SECONDS


async def _service_unavailable(_query: Any) -> Any:
    raise SidecarError(f"GET {PATH} was answered 503", status=503)


async def test_in_another_epoch_the_list_begins_anew() -> None:
    before, after = ada(), ada()
    mine = known(revoked(1, before.user_id, session_id=before.session_id))
    restored = Asked(known(revoked(1, after.user_id, session_id=after.session_id), epoch="two"))
    await following(restored.sidecar, mine).work()
    assert [await mine.refuses(who, issued_at=time.time()) for who in (before, after)] == [False, True]


async def test_half_a_list_of_another_epoch_is_not_believed() -> None:
    caller, person = ada(), uuid7()
    item = revoked(PAGE + 2, caller.user_id, session_id=caller.session_id)
    mine = known(item)
    restored = known(*(revoked(n, person, session_id=uuid7()) for n in range(1, PAGE + 2)), item, epoch="two")
    asked = Asked(restored)

    async def first_page_only(query: str) -> Any:
        return await (_service_unavailable(query) if asked.queries else asked._answer(query))

    asked.sidecar.answer("auth", "GET", PATH, first_page_only)
    with pytest.raises(RevocationsUnknown):
        await following(asked.sidecar, mine).work()
    assert await mine.refuses(caller, issued_at=time.time())


async def test_what_no_valid_token_can_be_concerned_by_is_forgotten_and_nothing_else() -> None:
    person, ended = uuid7(), uuid7()
    old = time.time() - KEPT_SECONDS - 1
    mine = known(
        revoked(1, person, at=old, session_id=ended),
        revoked(2, person, at=old),
        revoked(3, person, at=old, roles=frozenset({"author"})),
        revoked(4, person, at=old + 60, roles=frozenset({"admin"})),
    )
    assert [item.position for item in mine.page("", 0).items] == [4]
    assert not await mine.refuses(ada(user_id=person, session_id=ended, roles=frozenset({"admin"})), issued_at=old - 9)
    assert await mine.refuses(ada(user_id=person), issued_at=time.time())


async def test_what_is_no_list_is_not_believed() -> None:
    mine, sidecar = Revocations(), FakeSidecar()

    async def nonsense(_query: Any) -> Any:
        return {"items": []}

    sidecar.answer("auth", "GET", PATH, nonsense)
    with pytest.raises(RevocationsUnknown, match="not a list"):
        await following(sidecar, mine).work()
    with pytest.raises(RevocationsUnknown):
        await mine.refuses(ada(), issued_at=time.time())
