"""What other services' facts mean for learning."""

from services.learning.domain import enrolments
from shared.bus.handlers import Delivery, Handlers
from shared.events.auth import UserCreated
from shared.events.payments import EntitlementGranted

handlers = Handlers()


@handlers.on(UserCreated, keeps=())
async def start_progress(event: UserCreated, delivery: Delivery, uow: enrolments.Uow) -> None:
    """A new person becomes a learner and joins the starter course."""
    await enrolments.start_learner(uow, user_id=event.user_id, at=delivery.time)


@handlers.on(EntitlementGranted)
async def open_content(event: EntitlementGranted, delivery: Delivery, uow: enrolments.Uow) -> None:
    """What the person bought opens."""
    await enrolments.entitle(uow, user_id=event.user_id, tier=event.tier, at=delivery.time)
