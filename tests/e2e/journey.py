"""The main job with faults between its steps, and what must be true at its end whatever happened on the way."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, TypeVar

import httpx
from codezest_client import auth, learning, notifications, payments
from codezest_client.auth.api.users import me
from codezest_client.auth.models import Me
from codezest_client.learning.api.learning import list_enrolments
from codezest_client.learning.models import ProgressPage
from codezest_client.notifications.api.messages import own_messages
from codezest_client.notifications.models import MessagesShown
from codezest_client.payments.api.subscriptions import subscription
from codezest_client.payments.models import SubscriptionView

from tools.demo.walk import STEPS, Addresses, Learner, Walk
from tools.local.control import Control

T = TypeVar("T")
Fault = Callable[[Control], Awaitable[None]]

FEED = Counter(
    {
        "Joined CodeZest": 1,
        "Started Thinking in small programs": 1,
        "Verified their e-mail address": 1,
        "Upgraded to Pro": 1,
    }
)


class Traveller(Walk):
    """Somebody on the way, to whom anything may happen between two steps, and whose end state is looked at."""

    def transport(self) -> httpx.AsyncBaseTransport | None:
        """Another way to the gateway than its name leads."""
        return None

    async def travel(self, before: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        """All steps in order, what happens before the step it is named after; then the end state. StuckError, AssertionError."""
        assert before.keys() <= STEPS.keys(), "what happens is named after a step that is not there"
        for name, step in STEPS.items():
            if happens := before.get(name):
                await happens()
            await step(self)
        await self.arrive()

    async def user_id(self) -> str:
        """The id of this person, who has signed in."""
        found = await self._ask(auth.AuthenticatedClient, me.asyncio)
        assert isinstance(found, Me), found
        return str(found.id)

    async def arrive(self) -> None:
        """The end state: everything happened, and nothing happened twice."""
        await self._until("every line of the feed", self._feed_is_whole)
        assert Counter(await self.feed()) == FEED
        await self._until("every message sent", self._messages_are_sent)
        # A sender that dies between acceptance and record sends a second copy, always under the same Message-ID.
        mails = {mail["headers"]["message-id"]: str(mail["subject"]) for mail in await self.mails()}
        kinds = Counter("receipt" in subject.lower() for subject in mails.values())
        assert kinds == {False: 1, True: 1}, f"one welcome mail and one receipt, not {sorted(mails.values())}"
        joined = await self._ask(learning.AuthenticatedClient, list_enrolments.asyncio)
        assert isinstance(joined, ProgressPage), joined
        assert [course.slug for course in joined.items] == ["small-programs"]
        bought = await self._ask(payments.AuthenticatedClient, subscription.asyncio)
        assert isinstance(bought, SubscriptionView), bought
        assert bought.status == "active"

    async def _feed_is_whole(self) -> bool:
        return Counter(await self.feed()) >= FEED

    async def _messages_are_sent(self) -> bool:
        sent = await self._ask(notifications.AuthenticatedClient, own_messages.asyncio)
        return isinstance(sent, MessagesShown) and Counter(str(one.state) for one in sent.items) == {"sent": 2}

    async def _ask(
        self, service: Callable[..., AbstractAsyncContextManager[Any]], operation: Callable[..., Awaitable[T]]
    ) -> T:
        """What an operation of a service's generated client answers this person."""
        async with service(
            base_url=self.addresses.gateway,
            token=self.learner.token,
            httpx_args={"trust_env": False, "transport": self.transport()},
        ) as client:
            return await operation(client=client)


class Journey(Traveller):
    """A walk on a platform that can be broken between the steps."""

    def __init__(self, platform: Control, addresses: Addresses, client: httpx.AsyncClient) -> None:
        super().__init__(addresses, client, Learner.somebody_new())
        self.platform = platform

    async def go(self, *, before: dict[str, Fault] | None = None) -> None:
        """All steps in order, each fault before the step it is named after; then the end state. StuckError, AssertionError."""
        await self.travel({step: partial(fault, self.platform) for step, fault in (before or {}).items()})
