"""What may happen while people work, besides kills: each lights one fire under a load and puts it out again."""

from collections.abc import Awaitable, Callable

import httpx

from tests.fire.database import Hindrance
from tests.fire.load import Load
from tests.fire.scene import Scene
from tests.local.platforms import eventually

Fire = Callable[[Scene, Load], Awaitable[None]]

WITHIN = 60.0
TO_WELCOME = """
select person.email from notifications.message join auth.user_account person on person.id = message.user_id
 where message.template = 'welcome' and message.state = 'pending'
"""


async def failing_handlers(stage: Scene, load: Load) -> None:
    """Three in ten of what handlers write is refused."""
    async with stage.faults.failing("activity", "learning", "payments", "notifications", share=0.3):
        await load.more(50)


async def failing_feed(stage: Scene, load: Load) -> None:
    """Three in ten of what the feed's handler writes are refused; mails, which people wait for, are not touched."""
    async with stage.faults.failing("activity", share=0.3):
        await load.more(50)


async def repeated_announcements(stage: Scene, load: Load) -> None:
    """The broker delivers everything it holds once more."""
    await load.more(30)
    await stage.faults.repeat_announcements()
    await load.more(10)


async def failing_log(stage: Scene, load: Load) -> None:
    """Two of three transactions that give events their positions fail at their commit, and half of the emitters take their
    time between drawing a sequence number and their commit.
    """
    most, half = "txid_current() % 3 > 0", "random() < 0.5"
    fails = Hindrance(name="log_fails", table="learning.log", condition=most, at_commit=True)
    late = Hindrance(name="emits_late", table="learning.outbox", condition=half, doing="perform pg_sleep(0.5)")
    async with stage.faults.hindered("commits of positions fail, commits of events are late", fails, late):
        await load.more(100)


async def unrecorded_mail(stage: Scene, load: Load) -> None:
    """The sender is killed after the mail server took a mail and before that was recorded."""
    table, slow = "notifications.message", "perform pg_sleep(3)"
    late = Hindrance(name="records_late", table=table, on="update", condition="new.state = 'sent'", doing=slow)

    async def taken_and_not_recorded() -> bool:
        pending = {row["email"] for row in await stage.admin.ask(TO_WELCOME)}
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            mails = (await client.get(f"{stage.places.mail}/api/email")).json()
        return any(to["address"] in pending for mail in mails for to in mail["to"])

    async with stage.faults.hindered("recording that a mail was sent takes long", late):
        await eventually(taken_and_not_recorded, within=WITHIN)
        await stage.faults.kill("notifications-1")
    await load.more(10)


async def forgotten_announcements(stage: Scene, load: Load) -> None:
    """A consumer hears nothing of the last things that happen, and the broker forgets them before it listens again."""
    await load.nobody_new()
    async with stage.faults.deaf("activity-1.sidecar"):
        await load.more(20)
        await load.end()
        await stage.faults.empty_redis()


async def broker_away(stage: Scene, load: Load) -> None:
    """There is no broker for a while."""
    async with stage.faults.away("redis"):
        await load.more(30)
