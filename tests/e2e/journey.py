"""The main job with faults between its steps, and what must be true at its end whatever happened on the way."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tools.demo.walk import STEPS, Addresses, Learner, Walk
from tools.local.control import Control

Fault = Callable[[Control], Awaitable[None]]

FEED = Counter(
    {
        "Joined CodeZest": 1,
        "Started Thinking in small programs": 1,
        "Verified their e-mail address": 1,
        "Upgraded to Pro": 1,
    }
)


class Journey(Walk):
    """A walk on a platform that can be broken between the steps."""

    def __init__(self, platform: Control, addresses: Addresses, client: httpx.AsyncClient) -> None:
        super().__init__(addresses, client, Learner.somebody_new())
        self.platform = platform

    async def go(self, *, before: dict[str, Fault] | None = None) -> None:
        """All steps in order, each fault before the step it is named after; then the end state. StuckError, AssertionError."""
        faults = before or {}
        assert faults.keys() <= STEPS.keys(), "a fault is named after a step that is not there"
        for name, step in STEPS.items():
            if fault := faults.get(name):
                await fault(self.platform)
            await step(self)
        await self.arrive()

    async def user_id(self) -> str:
        """The id of this person, who has signed in."""
        me: Any = await self._get("/api/auth/v1/me")
        return str(me["id"])

    async def arrive(self) -> None:
        """The end state: everything happened, and nothing happened twice."""
        await self._until("every line of the feed", self._feed_is_whole)
        assert Counter(await self.feed()) == FEED
        await self._until("every message sent", self._messages_are_sent)
        # A sender that dies between acceptance and record sends a second copy, always under the same Message-ID.
        mails = {mail["headers"]["message-id"]: str(mail["subject"]) for mail in await self.mails()}
        kinds = Counter("receipt" in subject.lower() for subject in mails.values())
        assert kinds == {False: 1, True: 1}, f"one welcome mail and one receipt, not {sorted(mails.values())}"
        enrolments: Any = await self._get("/api/learning/v1/enrolments")
        assert [course["slug"] for course in enrolments["items"]] == ["small-programs"]
        subscription: Any = await self._get("/api/payments/v1/subscription")
        assert subscription["status"] == "active"

    async def _feed_is_whole(self) -> bool:
        return Counter(await self.feed()) >= FEED

    async def _messages_are_sent(self) -> bool:
        answer = await self._get("/api/notifications/v1/messages")
        return answer is not None and Counter(m["state"] for m in answer["items"]) == {"sent": 2}
