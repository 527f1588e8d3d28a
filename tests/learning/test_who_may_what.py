"""Who may see, open and edit what: every case, without a database."""

import pytest
from uuid_utils.compat import uuid7

from services.learning.domain.access import CourseNotFound, LessonNotFound, NotYourCourse, Person, UpgradeRequired
from services.learning.domain.courses import Course, opened_for_editing
from tests.learning.fakes import NOW, standing

ADA, BRIAN, GRACE = Person(user_id=uuid7()), Person(user_id=uuid7()), Person(user_id=uuid7(), is_admin=True)


@pytest.mark.parametrize(
    ("published", "archived", "enrolled", "visible"),
    [
        (True, False, False, True),
        (True, False, True, True),
        (True, True, True, True),
        (True, True, False, False),
        (False, False, False, False),
        (False, False, True, False),
        (False, True, True, False),
    ],
)
def test_a_learner_sees_what_is_published_and_keeps_what_they_joined(
    *, published: bool, archived: bool, enrolled: bool, visible: bool
) -> None:
    course = standing(published=published, archived=archived, enrolled=enrolled, author_id=BRIAN.user_id)

    assert course.visible_to(ADA) is visible
    assert course.visible_to(BRIAN)
    assert course.visible_to(GRACE)


@pytest.mark.parametrize(("access", "tier"), [("free", "free"), ("free", "pro"), ("pro", "pro")])
def test_a_lesson_opens_with_the_tier_it_asks_for(access: str, tier: str) -> None:
    standing(access=access, tier=tier).admit(ADA)


def test_pro_stays_shut_without_pro_except_for_those_who_edit_it() -> None:
    lesson = standing(access="pro", author_id=BRIAN.user_id)

    with pytest.raises(UpgradeRequired):
        lesson.admit(ADA)
    lesson.admit(BRIAN)
    lesson.admit(GRACE)


def test_of_an_invisible_pro_lesson_not_even_its_being_pro_is_told() -> None:
    with pytest.raises(LessonNotFound):
        standing(access="pro", published=False).admit(ADA)


def test_the_platforms_own_courses_belong_to_admins() -> None:
    assert not BRIAN.edits(None)
    assert GRACE.edits(None)


def test_an_edit_marks_the_course_as_changed() -> None:
    course = _course()

    assert opened_for_editing(course, BRIAN, NOW).changed_at == NOW


def test_a_strangers_draft_does_not_exist_and_a_strangers_course_is_not_theirs_to_edit() -> None:
    draft, published = _course(), _course()
    published.published_at = NOW

    with pytest.raises(CourseNotFound):
        opened_for_editing(draft, ADA, NOW)
    with pytest.raises(NotYourCourse):
        opened_for_editing(published, ADA, NOW)
    with pytest.raises(CourseNotFound):
        opened_for_editing(None, GRACE, NOW)


def _course() -> Course:
    before = NOW.replace(year=2025)
    return Course(
        id=uuid7(),
        slug="loops",
        title="Loops",
        summary="",
        language="en",
        author_id=BRIAN.user_id,
        changed_at=before,
    )
