"""Refresh tokens: `<session>.<generation>.<proof>`. The proof is derived, so none is stored and none can be made up."""

import hmac
import re
from uuid import UUID

from services.auth.domain.derivation import DerivationKey, text_of
from shared.errors import Unauthenticated

_SHAPE = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


class SessionOver(Unauthenticated):
    """The session has ended or expired, or the refresh token is not, or no longer, one of its tokens."""

    slug = "session-over"

    def __init__(self) -> None:
        super().__init__("This session is over: sign in again.")


def refresh_token(key: DerivationKey, session_id: UUID, generation: int) -> str:
    """The token of a session's generation; the same one every time."""
    return f"{session_id.hex}.{generation}.{_proof(key, session_id, generation)}"


def read_refresh_token(key: DerivationKey, token: str) -> tuple[UUID, int]:
    """The session and generation a token speaks of. SessionOver for one that is not of ours."""
    if (parts := _SHAPE.fullmatch(token)) is None:
        raise SessionOver
    session_id, generation = UUID(parts[1]), int(parts[2])
    if not hmac.compare_digest(parts[3], _proof(key, session_id, generation)):
        raise SessionOver
    return session_id, generation


def _proof(key: DerivationKey, session_id: UUID, generation: int) -> str:
    return text_of(key.derive("refresh", session_id, generation))
