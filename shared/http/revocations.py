"""What makes an access token worthless before it expires, in the memory of every replica of every service.

Auth keeps the list by following its own log; everybody else asks auth for what is new about every second.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import takewhile
from urllib.parse import urlencode
from uuid import UUID

from prometheus_client import Gauge
from pydantic import BaseModel, ConfigDict

from shared.dapr import Sidecar, SidecarError
from shared.errors import Unavailable
from shared.http.access import Principal
from shared.worker import Worker

PATH = "/internal/v1/revocations"
EVERY, SPREAD = 1.0, 0.5  # seconds
ANSWER_SECONDS = 2.0
LATE_SECONDS = 5.0  # so soon everybody has heard of what was revoked; later, a list is too old to be passed on
TOKEN_SECONDS = 600.0  # access tokens live so long, and no list is believed for longer
KEPT_SECONDS = TOKEN_SECONDS + 60.0  # what is older concerns no token that is still valid, whatever the clocks say
PAGE = 2000

AGE = Gauge("codezest_revocations_age_seconds", "Since when nothing new was learned of revoked access tokens")


class Revocation(BaseModel):
    """Tokens of a person that are refused: those of `session_id`, or those whose roles are not `roles`, or, if neither
    is there, those issued before `at`. `position` is that of the fact in auth's log, `at` in seconds since 1970.
    """

    model_config = ConfigDict(frozen=True)

    position: int
    at: float
    user_id: UUID
    session_id: UUID | None = None
    roles: frozenset[str] | None = None


class Page(BaseModel):
    """The list after a position of auth's log in its `epoch`; `complete` unless there is more."""

    epoch: str
    position: int
    items: Sequence[Revocation]
    complete: bool


class RevocationsUnknown(Unavailable):
    """Whether a token was revoked cannot be told just now."""

    slug = "revocations-unknown"


class Revocations:
    """The list. Unknown until it was `confirmed` once, and again ten minutes after it was confirmed last."""

    def __init__(self) -> None:
        self.epoch = ""
        self.position = 0
        self._clear()
        self._confirmed_at = float("-inf")
        self._asked = asyncio.Event()

    @property
    def age(self) -> float:
        """Seconds since the list was known to be complete; infinite if it never was."""
        return time.monotonic() - self._confirmed_at

    def confirmed(self) -> None:
        """The list is complete as of now."""
        self._confirmed_at = time.monotonic()
        self._asked.set()

    def not_confirmed(self) -> None:
        """It was asked for in vain: nobody is to wait for the first answer any more."""
        self._asked.set()

    def take(self, epoch: str, position: int, items: Iterable[Revocation]) -> None:
        """Add what was revoked up to a position. In another epoch the list begins anew: the past may be another one."""
        if epoch != self.epoch:
            self.epoch, self.position = epoch, 0
            self._clear()
        for item in items:
            if item.position > self.position:
                self._add(item)
                self.position = item.position
        self.position = max(self.position, position)
        self._forget(before=time.time() - KEPT_SECONDS)

    def page(self, epoch: str, after: int) -> Page:
        """What somebody who has the list up to `after` in `epoch` does not know. RevocationsUnknown if it is too old itself."""
        if self.age > LATE_SECONDS:
            raise RevocationsUnknown("What was revoked is not known here just now. Try again.", retry_after=1)
        known = after if epoch == self.epoch else 0
        new = list(takewhile(lambda item: item.position > known, reversed(self._items)))[::-1]
        complete = len(new) <= PAGE
        position = self.position if complete else new[PAGE - 1].position
        return Page(epoch=self.epoch, position=position, items=new[:PAGE], complete=complete)

    async def refuses(self, caller: Principal, *, issued_at: float) -> bool:
        """Whether a token of `caller` that was issued then is worthless. RevocationsUnknown if that cannot be told."""
        if self.age > TOKEN_SECONDS:
            await self._first_answer()
        by_time, roles = self._users.get(caller.user_id), self._roles.get(caller.user_id)
        return (
            caller.session_id in self._sessions
            # Tokens know the second in which they were issued. Within that second the session's end tells.
            or (by_time is not None and issued_at < int(by_time.at))
            or (roles is not None and roles.roles != caller.roles)
        )

    async def _first_answer(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._asked.wait()
        except TimeoutError:
            pass
        if self.age > TOKEN_SECONDS:
            raise RevocationsUnknown("Sign-in cannot be checked just now. Try again.", retry_after=1)

    def _clear(self) -> None:
        self._items: deque[Revocation] = deque()
        self._sessions: dict[UUID, Revocation] = {}
        self._users: dict[UUID, Revocation] = {}
        self._roles: dict[UUID, Revocation] = {}

    def _index(self, item: Revocation) -> tuple[dict[UUID, Revocation], UUID]:
        if item.session_id is not None:
            return self._sessions, item.session_id
        return (self._users if item.roles is None else self._roles), item.user_id

    def _add(self, item: Revocation) -> None:
        index, key = self._index(item)
        index[key] = item
        self._items.append(item)

    def _forget(self, *, before: float) -> None:
        while self._items and self._items[0].at < before:
            old = self._items.popleft()
            index, key = self._index(old)
            if index.get(key) is old:
                del index[key]


def following(sidecar: Sidecar, revocations: Revocations) -> Worker:
    """The work that keeps the list of a service other than auth. A list that cannot be renewed stays in use."""

    async def follow() -> None:
        epoch, position, items, complete = revocations.epoch, revocations.position, list[Revocation](), False
        while not complete:
            query = urlencode({"epoch": epoch, "after": position})
            try:
                page = Page.model_validate(await sidecar.poll("auth", f"{PATH}?{query}", timeout=ANSWER_SECONDS))
            except (SidecarError, ValueError) as error:
                revocations.not_confirmed()
                raise RevocationsUnknown(_what_follows(revocations, error)) from error
            if page.epoch != epoch:
                items.clear()
            epoch, position, complete = page.epoch, page.position, page.complete
            items += page.items
        # Not page by page: half the list of another epoch is not to be believed, and the one of before still may be.
        revocations.take(epoch, position, items)
        revocations.confirmed()

    return Worker(name="following what auth revokes", work=follow, every=EVERY, spread=SPREAD)


def _what_follows(revocations: Revocations, error: Exception) -> str:
    reason = str(error) if isinstance(error, SidecarError) else "auth answered what is not a list of revocations"
    if revocations.age > TOKEN_SECONDS:
        return f"{reason}. Without the list no access token is accepted: requests with one are answered 503."
    left = TOKEN_SECONDS - revocations.age
    return f"{reason}. Tokens revoked in the last {revocations.age:.0f} s are still accepted here, for {left:.0f} s at most."
