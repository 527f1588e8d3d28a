"""What this service does when something happened elsewhere."""

from datetime import timedelta
from typing import Protocol

from services.notifications.domain.messages import Desk, Intent, Uow, queue_message
from services.notifications.domain.templates import (
    EXISTING_ACCOUNT,
    PASSWORD_CHANGED,
    PASSWORD_RESET,
    RECEIPT,
    VERIFICATION,
    WELCOME,
    Template,
)
from shared.bus.handlers import Delivery, Handlers
from shared.events.auth import (
    PasswordChanged,
    PasswordResetRequested,
    RegistrationRepeated,
    UserCreated,
    VerificationRequested,
)
from shared.events.payments import PaymentSucceeded
from shared.telemetry import current_traceparent

handlers = Handlers()


class DeskUow(Uow, Protocol):
    """The unit of work that main makes for handlers: it brings what making messages needs."""

    desk: Desk


@handlers.on(UserCreated, keeps=())
async def welcome(event: UserCreated, delivery: Delivery, uow: DeskUow) -> None:
    """Greet, and ask to confirm the address."""
    await _tell(WELCOME, event, delivery, uow)


@handlers.on(RegistrationRepeated, max_age=timedelta(days=1))
async def remind_of_account(event: RegistrationRepeated, delivery: Delivery, uow: DeskUow) -> None:
    """Tell the owner of the address that they have an account already."""
    await _tell(EXISTING_ACCOUNT, event, delivery, uow)


@handlers.on(VerificationRequested, max_age=VERIFICATION.max_age)
async def send_verification(event: VerificationRequested, delivery: Delivery, uow: DeskUow) -> None:
    """Send the verification link once more."""
    await _tell(VERIFICATION, event, delivery, uow)


@handlers.on(PasswordResetRequested, max_age=PASSWORD_RESET.max_age)
async def send_reset_link(event: PasswordResetRequested, delivery: Delivery, uow: DeskUow) -> None:
    """Send the link that sets a new password."""
    await _tell(PASSWORD_RESET, event, delivery, uow)


@handlers.on(PasswordChanged, max_age=PASSWORD_CHANGED.max_age)
async def tell_of_new_password(event: PasswordChanged, delivery: Delivery, uow: DeskUow) -> None:
    """Tell the owner, in case it was somebody else."""
    await _tell(PASSWORD_CHANGED, event, delivery, uow)


@handlers.on(PaymentSucceeded)
async def send_receipt(event: PaymentSucceeded, delivery: Delivery, uow: DeskUow) -> None:
    """Send the receipt."""
    paid = event.model_dump(mode="json", include={"invoice_number", "plan", "amount", "currency"})
    await _tell(RECEIPT, event, delivery, uow, paid_at=delivery.time.isoformat(), **paid)


async def _tell(
    template: Template,
    event: UserCreated
    | RegistrationRepeated
    | VerificationRequested
    | PasswordResetRequested
    | PasswordChanged
    | PaymentSucceeded,
    delivery: Delivery,
    uow: DeskUow,
    **params: object,
) -> None:
    intent = Intent(
        event_id=delivery.id,
        at=delivery.time,
        user_id=event.user_id,
        template=template,
        params=params,
        traceparent=current_traceparent() or delivery.traceparent,
    )
    await queue_message(uow, intent, desk=uow.desk)
