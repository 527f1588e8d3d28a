"""Six ways to break the product, each a few exact replacements in its text, and what the checker must say then.

They name lines of the event path: who changes such a line changes it here, too.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.fire.fires import (
    Fire,
    failing_feed,
    failing_log,
    forgotten_announcements,
    repeated_announcements,
    unrecorded_mail,
)
from tests.new.copies import copy_of_the_repository

LANE, BUS, SOURCE = "shared/bus/lane.py", "shared/bus/bus.py", "shared/bus/source.py"


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """`changes` are (file, what stands there once, what is to stand there); `fire` brings it out; `found` is the kind of violation."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    fire: Fire
    found: str
    settles_within: float = 45.0  # seconds

    def __str__(self) -> str:
        return self.name


NO_CURSOR_CHECK = Breakage(
    name="without the cursor check",
    changes=(
        (
            LANE,
            """\
            for position in [p for p in self._arrived if p <= place.position]:
                del self._arrived[position]
            if not self._arrived:
                return
            self._known = None
            if batch := [] if self._stopped else self._joining(place):
""",
            """\
            if not self._arrived:
                return
            self._known = None
            if batch := [self._arrived.pop(p) for p in sorted(self._arrived)]:
""",
        ),
        (
            LANE,
            """\
    fresh = [event for event in events if event.position > place.position and place.reaches(event.position)]
    if fresh and (fresh[0].position != place.position + 1 or any(event.epoch != place.epoch for event in fresh)):
        raise _Gap
""",
            "    fresh = list(events)\n",
        ),
    ),
    fire=repeated_announcements,
    found="doubled",
)

CURSOR_FIRST = Breakage(
    name="the cursor advanced before the effect",
    changes=(
        (
            LANE,
            """\
            done = await self._applier.apply(session, self.id, place, fresh)
            self.over = await self._cursors.move(
                session, self.id, place, fresh[-1].position if fresh else place.position
            )
""",
            """\
            self.over = await self._cursors.move(
                session, self.id, place, fresh[-1].position if fresh else place.position
            )
        async with self._database.transaction() as session:
            done = await self._applier.apply(session, self.id, place, fresh)
""",
        ),
    ),
    fire=failing_feed,
    found="lost",
)

ANNOUNCED_EARLY = Breakage(
    name="announced before the positions are committed",
    changes=(
        (
            SOURCE,
            "            moved = await self._move(session)\n",
            """\
            moved = await self._move(session)
            from contextvars import Context  # in a fresh one, the guard against calls within a transaction is blind
            for event in moved:
                await asyncio.create_task(self.relay._publish(event), context=Context())
""",
        ),
        (SOURCE, "        self._source = source\n", "        self._source = source\n        source.relay = self\n"),
    ),
    fire=failing_log,
    found="phantom",
)

NEW_MESSAGE_ID = Breakage(
    name="a new Message-ID for each attempt",
    changes=(
        (
            "services/notifications/domain/messages.py",
            "        self.lease = lease\n",
            """\
        self.lease = lease
        self.message_id = f"<{lease}.{self.id}@localhost>"
""",
        ),
    ),
    fire=unrecorded_mail,
    found="renamed",
)

ERROR_SWALLOWED = Breakage(
    name="a handler's error swallowed",
    changes=(
        (
            LANE,
            "            await self._applier.park(session, self.id, event, state=state, reason=reason, tries=tries)\n",
            "",
        ),
    ),
    fire=failing_feed,
    found="lost",
)

NO_PULL = Breakage(
    name="the pull switched off",
    changes=(
        (
            BUS,
            "                    work=lane.pull,\n",
            "                    work=asyncio.Event().wait,\n",
        ),
    ),
    fire=forgotten_announcements,
    found="lost",
    settles_within=6.0,  # it never does
)

QUICK = (ERROR_SWALLOWED,)
THOROUGH = (NO_PULL, NO_CURSOR_CHECK, CURSOR_FIRST, ANNOUNCED_EARLY, NEW_MESSAGE_ID)


def broken_copy(folder: Path, breakage: Breakage) -> Path:
    """A copy of the repository below `folder` with the breakage in it. AssertionError when a text is not there exactly once."""
    copy = copy_of_the_repository(folder)
    for name, old, new in breakage.changes:
        text = (copy / name).read_text()
        times = text.count(old)
        assert times == 1, f"to break {breakage}, this must be in {name} once, not {times} times:\n{old}"
        (copy / name).write_text(text.replace(old, new))
    return copy
