"""What can go wrong, said once: the domain raises these, the edges translate them (HTTP problem, operator retry)."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal a person can act on.

    `slug` is the stable last part of the problem type and never changes once published; `remedy` is what
    docs/problems says to do about any of the kind; `detail` is one sentence that says what to do in this case;
    `retry_after` is in whole seconds.
    """

    slug: ClassVar[str] = "error"
    remedy: ClassVar[str] = "Read the answer's `detail`."

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class Malformed(DomainError):
    """What came is not what this path takes."""

    slug = "bad-request"
    remedy = "Compare the request with the API's description, mend it and send it again."


class NotFound(DomainError):
    """Nothing there, or nothing the caller may know of."""

    slug = "not-found"
    remedy = "Check the address and its ids. What is not yours to see is answered like what is not there."


class Gone(DomainError):
    """It was there once and will not come back."""

    slug = "gone"
    remedy = "Do not ask again: it will not come back."


class Conflict(DomainError):
    """The request contradicts the present state."""

    slug = "conflict"
    remedy = (
        "Read the present state again, then decide whether the request still makes sense. With "
        "`Retry-After`, repeat it after so many seconds."
    )


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    slug = "forbidden"
    remedy = "Repeating does not help: sign in as somebody who may, or get what the `detail` names."


class Invalid(DomainError):
    """The input is well-formed and breaks a rule. `field` names the offending field, if one does."""

    slug = "invalid"
    remedy = "Mend the fields listed in `errors` and send it again."

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class IdempotencyKeyReused(Invalid):
    """The Idempotency-Key was used for another request."""

    slug = "idempotency-key-reused"
    remedy = "Make a new key for the new request. Keep a key only to repeat a request unchanged."

    def __init__(self) -> None:
        super().__init__(
            "You used this Idempotency-Key for another request. Send a new key with each new request, "
            "and the same key only to repeat a request unchanged.",
            field="header.idempotency-key",
        )


class RequestInProgress(Conflict):
    """The same request, or another one of the caller's that excludes it, is still being carried out."""

    slug = "request-in-progress"
    remedy = "Repeat the unchanged request, with its key, after as many seconds as `Retry-After` says."

    def __init__(
        self, detail: str = "A request with this Idempotency-Key is under way. Repeat it in a second."
    ) -> None:
        super().__init__(detail, retry_after=1)


class Unauthenticated(DomainError):
    """Nobody, or nobody we can be sure of, is calling."""

    slug = "unauthenticated"
    remedy = "Sign in, or refresh the access token, and send the request again with the new token."


class PreconditionRequired(DomainError):
    """An edit must say which version it is meant for."""

    slug = "precondition-required"
    remedy = "Read the resource, then repeat the edit with `If-Match` and the ETag of what you read."


class PreconditionFailed(DomainError):
    """Somebody else changed it since the caller read it."""

    slug = "precondition-failed"
    remedy = "Read the resource again, make the edit on what is there now, and send it with the new ETag."


class Stale(PreconditionFailed):
    """Somebody changed it since the caller read it."""

    slug = "stale"

    def __init__(self) -> None:
        super().__init__(
            "Somebody changed this since you read it. Read it again and repeat your edit with its new ETag."
        )


class TooManyRequests(DomainError):
    """Right request, wrong moment: `retry_after` says when."""

    slug = "too-many-requests"
    remedy = "Wait as many seconds as `Retry-After` says before the next try."


class Unavailable(DomainError):
    """Something we depend on is away: trying again later helps."""

    slug = "unavailable"
    remedy = "Repeat the request after as many seconds as `Retry-After` says."
