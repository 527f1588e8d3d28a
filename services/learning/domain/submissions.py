"""Submissions: a learner hands in code for an assignment; it is kept for grading."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, Protocol
from uuid import UUID

from services.learning.domain.access import LessonNotFound, Person, Standings
from shared.errors import IdempotencyKeyReused, Invalid, NotFound
from shared.events.learning import AssignmentSubmitted
from shared.uow import UnitOfWork

MAX_CODE_BYTES = 64 * 1024

State = Literal["received"]


class CodeTooLarge(Invalid):
    """The code is over 64 KiB."""

    slug = "code-too-large"

    def __init__(self) -> None:
        super().__init__("The code may have at most 64 KiB (65536 bytes of UTF-8). Hand in less.", field="body.code")


class SubmissionNotFound(NotFound):
    """There is no such submission, or not for the caller."""

    slug = "submission-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such submission of yours.")


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a learner handed in. `request_hash` (SHA-256) says which request the `idempotency_key` stands for."""

    id: UUID
    user_id: UUID
    course_id: UUID
    assignment_id: UUID
    code: str
    idempotency_key: str
    request_hash: bytes
    submitted_at: datetime
    state: State = "received"


@dataclass(frozen=True, kw_only=True)
class HandIn:
    """A request to keep `code` for an assignment; repeating it under the same key changes nothing."""

    assignment_id: UUID
    code: str
    idempotency_key: str

    @property
    def hash(self) -> bytes:
        """SHA-256 of all that makes this request another one."""
        return sha256(self.assignment_id.bytes + self.code.encode()).digest()


class Submissions(Protocol):
    """What was handed in."""

    async def of_key(self, user_id: UUID, idempotency_key: str) -> Submission | None:
        """What the person handed in under the key."""

    async def add(self, submission: Submission) -> tuple[Submission, bool]:
        """What is kept under the submission's key, it or an earlier one, and whether it is new.

        Waits for a simultaneous one; RequestInProgress if that takes over 5 s.
        """


class Uow(UnitOfWork, Protocol):
    """What these use cases need."""

    @property
    def standings(self) -> Standings: ...

    @property
    def submissions(self) -> Submissions: ...


async def submit(uow: Uow, *, person: Person, request: HandIn, new_id: UUID, at: datetime) -> Submission:
    """Keep a submission once for its key, as `new_id`.

    LessonNotFound, UpgradeRequired, CodeTooLarge, IdempotencyKeyReused, RequestInProgress.
    """
    if len(request.code.encode()) > MAX_CODE_BYTES:
        raise CodeTooLarge
    async with uow:
        kept = await uow.submissions.of_key(person.user_id, request.idempotency_key)
        if kept is None:
            kept = await _keep(uow, person, request, new_id, at)
        if kept.request_hash != request.hash:
            raise IdempotencyKeyReused
    return kept


async def _keep(uow: Uow, person: Person, request: HandIn, new_id: UUID, at: datetime) -> Submission:
    assignment = await uow.standings.at_assignment(request.assignment_id, person.user_id)
    if assignment is None:
        raise LessonNotFound("assignment")
    assignment.admit(person)
    kept, is_new = await uow.submissions.add(
        Submission(
            id=new_id,
            user_id=person.user_id,
            course_id=assignment.course_id,
            assignment_id=assignment.assignment_id,
            code=request.code,
            idempotency_key=request.idempotency_key,
            request_hash=request.hash,
            submitted_at=at,
        )
    )
    if is_new:
        uow.emit(
            AssignmentSubmitted(
                user_id=person.user_id,
                course_id=assignment.course_id,
                assignment_id=assignment.assignment_id,
                assignment_title=assignment.assignment_title,
                submission_id=kept.id,
            )
        )
    return kept
