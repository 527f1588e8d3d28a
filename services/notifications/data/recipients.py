"""Recipients, as the auth service knows them."""

from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.notifications.domain.sending import MailUnavailable, Recipient, RecipientUnknown
from services.notifications.domain.templates import Link
from shared.dapr import Sidecar, SidecarError
from shared.http.problems import TYPES

UNKNOWN = (
    f"{TYPES}user-unknown"  # auth's word for it. A bare 404 may come from a release without the route, or a proxy.
)


class Answer(BaseModel):
    """What auth says of a recipient; what else it says is not for us."""

    address: str
    name: str
    locale: str
    timezone: str
    link: str | None = None


class AuthRecipients:
    """Asks auth through the sidecar."""

    def __init__(self, sidecar: Sidecar) -> None:
        self._sidecar = sidecar

    async def find(self, user_id: UUID, *, message: UUID, link: Link | None) -> Recipient:
        """See Recipients."""
        question = {"user_id": str(user_id), "message_id": str(message), "link": link}
        try:
            said = await self._sidecar.invoke("auth", "POST", "/internal/v1/mail-recipients", json=question)
        except SidecarError as error:
            if error.problem_type == UNKNOWN:
                raise RecipientUnknown(f"auth knows no user {user_id}") from None
            raise
        try:
            answer = Answer.model_validate(said)
        except ValidationError as error:
            # Not the error itself: it quotes what it was given, and that is somebody's address.
            wrong = ", ".join(".".join(map(str, entry["loc"])) for entry in error.errors())
            raise MailUnavailable(f"auth's answer about the recipient is not as agreed: {wrong}") from None
        return Recipient(**answer.model_dump())
