"""Whom a mail goes to: the one place where an address leaves this service, for the mail worker alone."""

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.auth.api.deps import Needs
from services.auth.domain.links import MailRequest, Purpose, address_mail
from shared.http.access import service_only

router = APIRouter(include_in_schema=False)

PAGES: dict[Purpose, str] = {
    "verify-email": "/api/auth/v1/email-verification",
    "reset-password": "/api/auth/v1/password-resets/confirmation",
}


class Mail(BaseModel):
    """A mail that is about to leave, and the link it is to carry. The same `message_id` gets the same link."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID
    message_id: str = Field(min_length=1, max_length=300)
    link: Purpose | None = None


class Recipient(BaseModel):
    """Where it goes and how its reader likes it."""

    address: str
    name: str
    locale: str
    timezone: str
    link: str | None


@router.post("/internal/v1/mail-recipients", dependencies=[Depends(service_only("notifications"))])
async def mail_recipient(mail: Mail, needs: Needs) -> Recipient:
    """The recipient of a mail. 404 for nobody."""
    request = MailRequest(user_id=mail.user_id, message_id=mail.message_id, link=mail.link)
    found = await address_mail(needs.uow(), request, key=needs.gate.key, at=needs.now())
    query = urlencode({"token": found.token})
    return Recipient(
        address=found.user.email,
        name=found.user.name,
        locale=found.user.locale,
        timezone=found.user.timezone,
        link=f"{needs.public_url}{PAGES[mail.link]}?{query}" if mail.link and found.token else None,
    )
