"""What payments does when other services state a fact."""

from services.payments.domain.people import Uow, note_verified
from shared.bus.handlers import Delivery, Handlers
from shared.events.auth import EmailVerified

handlers = Handlers()


@handlers.on(EmailVerified)
async def remember_verified_person(event: EmailVerified, delivery: Delivery, uow: Uow) -> None:
    """From now on they may buy."""
    await note_verified(uow, user_id=event.user_id, at=delivery.time)
