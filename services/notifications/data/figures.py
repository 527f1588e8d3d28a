"""What `/metrics` tells of mail: what became of each try, and what waits in the queue."""

from collections.abc import Sequence
from datetime import UTC, datetime

from prometheus_client import Counter
from sqlalchemy import func, select

from shared.db.database import Database
from shared.db.notifications import message
from shared.http.metrics import Figure

# What a try leaves its message in, and how that is called here.
OUTCOMES = {"sent": "sent", "pending": "postponed", "failed": "failed"}
MAILS = Counter(
    "codezest_mails",
    "Tries to send a mail, by outcome: sent, postponed (tried again later), failed (given up)",
    ["outcome"],
)
# Known from the start: a rate over a series that begins with its first failure does not see that one.
for outcome in OUTCOMES.values():
    MAILS.labels(outcome)


def count_mail(state: str) -> None:
    """Count one try to send, which left its message in `state`."""
    MAILS.labels(OUTCOMES[state]).inc()


class QueueFigures:
    """How many messages wait to be sent, and for how long the oldest has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self) -> Sequence[Figure]:
        """Reads the queue, not what was sent: its index holds just that."""
        waiting = select(func.count(), func.min(message.c.created_at)).where(message.c.state == "pending")
        async with self._database.reading() as connection:
            messages, oldest = (await connection.execute(waiting)).one()
        age = max((datetime.now(UTC) - oldest).total_seconds(), 0.0) if oldest else 0.0
        return [
            Figure(name="codezest_mail_queue_messages", meaning="Messages not sent yet", value=messages),
            Figure(
                name="codezest_mail_queue_age_seconds",
                meaning="Age of the oldest of them, 0 if there is none",
                value=age,
            ),
        ]
