"""Access tokens, as the rest of the domain sees them: a port."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from services.auth.domain.sessions import SignedIn

LIFETIME = timedelta(minutes=10)


class AccessTokens(Protocol):
    def demand(self, *, at: datetime) -> None:
        """Make sure that there is something to sign with, before anything is kept for which a token is owed. Unavailable."""
        ...

    def issue(self, session: SignedIn, *, at: datetime) -> str:
        """A token that shows for ten minutes from `at` who its bearer is."""
        ...

    async def follow(self) -> None:
        """Take note of the keys as they are now."""
        ...

    def public_keys(self) -> dict[str, Any]:
        """What tokens are checked with: a JSON Web Key Set (RFC 7517) without anything private."""
        ...
