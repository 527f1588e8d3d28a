"""What can go wrong, said once: the domain raises these, the edges translate them (HTTP problem, operator retry)."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal a person can act on.

    `slug` is the stable last part of the problem type and never changes once published;
    `detail` is one sentence that says what to do; `retry_after` is in whole seconds.
    """

    slug: ClassVar[str] = "error"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class NotFound(DomainError):
    """Nothing there, or nothing the caller may know of."""

    slug = "not-found"


class Gone(DomainError):
    """It was there once and will not come back."""

    slug = "gone"


class Conflict(DomainError):
    """The request contradicts the present state."""

    slug = "conflict"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    slug = "forbidden"


class Invalid(DomainError):
    """The input is well-formed and breaks a rule. `field` names the offending field, if one does."""

    slug = "invalid"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class Unauthenticated(DomainError):
    """Nobody, or nobody we can be sure of, is calling."""

    slug = "unauthenticated"


class PreconditionRequired(DomainError):
    """An edit must say which version it is meant for."""

    slug = "precondition-required"


class PreconditionFailed(DomainError):
    """Somebody else changed it since the caller read it."""

    slug = "precondition-failed"


class TooManyRequests(DomainError):
    """Right request, wrong moment: `retry_after` says when."""

    slug = "too-many-requests"


class Unavailable(DomainError):
    """Something we depend on is away: trying again later helps."""

    slug = "unavailable"
