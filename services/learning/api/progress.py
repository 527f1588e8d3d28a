"""Learning: joining courses, finishing lessons, handing in solutions."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api import examples
from services.learning.api.deps import Limit, Needs, person
from services.learning.api.fields import SlugInPath, Text
from services.learning.domain import catalogue, enrolments, submissions
from services.learning.domain.access import CourseNotFound, LessonNotFound, NotEnrolled, UpgradeRequired
from services.learning.domain.catalogue import CourseProgress, Dated, SubmissionSheet
from services.learning.domain.enrolments import Completion, Enrolment, NotOpen
from services.learning.domain.submissions import CodeTooLarge, HandIn, SubmissionNotFound
from shared.errors import IdempotencyKeyReused, RequestInProgress, Unauthenticated
from shared.http import problems
from shared.http.access import Caller, OwnerOrAdmin
from shared.http.answers import answer, page
from shared.http.cursors import After, CursorInvalid
from shared.http.idempotency import IdempotencyKey

router = APIRouter(tags=["learning"])


@dataclass(frozen=True, kw_only=True)
class ProgressPage:
    """The caller's courses, the last joined first."""

    items: list[CourseProgress]
    next: str | None


class SubmissionRequest(BaseModel):
    """A solution to hand in: the content of the assignment's starter file, finished."""

    model_config = ConfigDict(extra="forbid")

    code: Text = Field(description="At most 64 KiB of UTF-8", examples=["def celsius(ticks):\n    return ticks / 10\n"])


@dataclass(frozen=True, kw_only=True)
class SubmissionReceipt:
    """What was kept; `state` is what it was then, GET /submissions/{id} says what became of it."""

    id: UUID
    assignment_id: UUID
    state: submissions.State
    submitted_at: datetime


@router.post(
    "/courses/{slug}/enrolment",
    response_model=Enrolment,
    responses=problems.responses(Unauthenticated, CourseNotFound, NotOpen),
)
async def enrol(slug: SlugInPath, caller: Caller, deps: Needs) -> Response:
    """Join a course. Joining again changes nothing and answers the same."""
    uow = deps.uow(actor=caller.user_id)
    return answer(await enrolments.enrol(uow, course_slug=slug, person=person(caller), at=deps.now()))


@router.get(
    "/enrolments",
    response_model=ProgressPage,
    responses={**problems.responses(Unauthenticated, CursorInvalid), 200: examples.PROGRESS},
)
async def list_enrolments(caller: Caller, deps: Needs, limit: Limit = 100, after: After = None) -> Response:
    """The caller's courses and how far they have come in each."""
    whose = caller.user_id
    found = await deps.reads.progress(whose, after=deps.joined.open(after, whose), limit=limit + 1)
    items, more = deps.joined.cut(found, limit, lambda course: Dated(at=course.enrolled_at, id=course.course_id), whose)
    return page(items, next=more)


@router.post(
    "/lessons/{lesson_id}/completion",
    response_model=Completion,
    responses=problems.responses(Unauthenticated, LessonNotFound, UpgradeRequired, NotEnrolled),
)
async def complete_lesson(lesson_id: UUID, caller: Caller, deps: Needs) -> Response:
    """Finish a lesson of a course one has joined. Finishing again changes nothing and answers the same."""
    uow = deps.uow(actor=caller.user_id)
    done = await enrolments.complete_lesson(uow, lesson_id=lesson_id, person=person(caller), at=deps.now())
    return answer(done)


@router.post(
    "/assignments/{assignment_id}/submissions",
    status_code=HTTPStatus.CREATED,
    response_model=SubmissionReceipt,
    responses=problems.responses(
        Unauthenticated, LessonNotFound, UpgradeRequired, RequestInProgress, IdempotencyKeyReused, CodeTooLarge
    ),
)
async def submit(
    assignment_id: UUID, body: SubmissionRequest, idempotency_key: IdempotencyKey, caller: Caller, deps: Needs
) -> Response:
    """Hand in a solution. The same request under the same key is answered the same, another one is refused (422)."""
    kept = await submissions.submit(
        deps.uow(actor=caller.user_id),
        person=person(caller),
        request=HandIn(assignment_id=assignment_id, code=body.code, idempotency_key=idempotency_key),
        new_id=deps.new_id(),
        at=deps.now(),
    )
    receipt = SubmissionReceipt(
        id=kept.id, assignment_id=kept.assignment_id, state="received", submitted_at=kept.submitted_at
    )
    return answer(receipt, status=HTTPStatus.CREATED)


@router.get(
    "/submissions/{submission_id}",
    response_model=SubmissionSheet,
    responses={**problems.responses(Unauthenticated, SubmissionNotFound), 200: examples.SUBMISSION},
)
async def view_submission(submission_id: UUID, caller: OwnerOrAdmin, deps: Needs) -> Response:
    """What was handed in: for the learner, the course's author and admins."""
    return answer(await catalogue.view_submission(deps.reads, submission_id=submission_id, person=person(caller)))
