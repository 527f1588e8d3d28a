"""The courses that ship with the platform are imported at start: once, again when they changed, never over an edit."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import event, func, select
from uuid_utils.compat import uuid7

from services.learning.data.course_files import BrokenCourse, read_courses
from services.learning.data.unit_of_work import SqlUow
from services.learning.domain.imports import CourseFile, LessonFile, Outcome, import_course
from services.learning.main import create_app
from services.learning.settings import Settings
from shared.bus.unit_of_work import Writing
from shared.db import learning as tables
from tests.learning.school import STARTER, Human, ada, grace
from tests.running import Running, running

pytestmark = pytest.mark.thorough

COURSES = Settings.model_fields["courses_folder"].default


@pytest.fixture
async def run(database_url: str) -> AsyncIterator[Running]:
    """Another start for each test, on the same database."""
    async with running(create_app, Settings, database_url) as running_service:
        yield running_service


@pytest.fixture
def course() -> CourseFile:
    """A copy of the starter course as a course of its own: other ids, another slug."""
    return _copy(next(iter(read_courses(COURSES))))


async def test_the_first_import_publishes_the_course_and_the_second_costs_one_query(
    run: Running, course: CourseFile
) -> None:
    assert await _import(run, course) is Outcome.imported

    statements: list[str] = []
    engine = run.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    again = await _import(run, course)

    assert again is Outcome.unchanged
    assert len(statements) == 1
    outline = (await ada(run).get(f"/courses/{course.slug}")).json()
    assert sum(len(module["lessons"]) for module in outline["modules"]) == 8


async def test_replicas_that_start_at_once_import_it_once(run: Running, course: CourseFile) -> None:
    outcomes = await asyncio.gather(*(_import(run, course) for _ in range(4)))

    assert sorted(outcomes) == ["imported", "unchanged", "unchanged", "unchanged"]


async def test_a_new_release_of_a_course_changes_what_changed_and_keeps_the_rest(
    run: Running, course: CourseFile
) -> None:
    await _import(run, course)
    learner = ada(run)
    first, second, third = course.modules[0].lessons
    await learner.post(f"/courses/{course.slug}/enrolment")
    for lesson in (first, third):
        assert (await learner.post(f"/lessons/{lesson.id}/completion")).status_code == 200
    swapped = (replace(second, slug=first.slug), replace(first, slug=second.slug, body="Rewritten."))

    outcome = await _import(run, _with_lessons(course, swapped, "2"))

    assert outcome is Outcome.updated
    outline = (await learner.get(f"/courses/{course.slug}")).json()
    lessons = outline["modules"][0]["lessons"]
    assert [(card["id"], card["slug"]) for card in lessons] == [
        (str(second.id), first.slug),
        (str(first.id), second.slug),
    ]
    assert (await learner.get(f"/lessons/{first.id}")).json()["body"] == "Rewritten."
    assert (await learner.get(f"/lessons/{third.id}")).status_code == 404
    (progress,) = (await learner.get("/enrolments")).json()["items"]
    assert (progress["lessons_done"], progress["lessons_total"]) == (1, 7)


async def test_what_was_dropped_comes_back_with_its_progress(run: Running, course: CourseFile) -> None:
    await _import(run, course)
    learner = ada(run)
    await learner.post(f"/courses/{course.slug}/enrolment")
    await learner.post(f"/lessons/{course.modules[0].lessons[2].id}/completion")
    await _import(run, _with_lessons(course, course.modules[0].lessons[:2], "2"))

    assert await _import(run, replace(course, content_hash="3")) is Outcome.updated

    (progress,) = (await learner.get("/enrolments")).json()["items"]
    assert (progress["lessons_done"], progress["lessons_total"]) == (1, 8)


async def test_a_replaced_assignment_makes_room_for_the_new_one(run: Running, course: CourseFile) -> None:
    await _import(run, course)
    lesson = course.modules[0].lessons[1]
    assert lesson.assignment is not None
    fresh = replace(lesson.assignment, id=uuid7(), text=replace(lesson.assignment.text, slug="another-task"))
    lessons = (course.modules[0].lessons[0], replace(lesson, assignment=fresh), course.modules[0].lessons[2])

    await _import(run, _with_lessons(course, lessons, "2"))

    assert (await ada(run).get(f"/lessons/{lesson.id}")).json()["assignment_id"] == str(fresh.id)


async def test_an_edit_on_the_platform_is_not_overwritten(run: Running, course: CourseFile) -> None:
    await _import(run, course)
    admin = grace(run)
    lesson = course.modules[0].lessons[0].id
    await admin.send("PATCH", f"/lessons/{lesson}", {"body": "Grace's text."}, if_match='"1"')

    assert await _import(run, replace(course, content_hash="2")) is Outcome.kept

    assert (await admin.get(f"/lessons/{lesson}")).json()["body"] == "Grace's text."


async def test_a_course_whose_slug_an_author_has_taken_does_not_stop_the_start(
    run: Running, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    author = Human(run=run, roles=("author",))
    await author.post("/courses", {"slug": "taken-by-brian", "title": "Mine"})
    _shipped(tmp_path, slug="taken-by-brian")

    async with running(create_app, Settings, database_url, courses_folder=tmp_path) as restarted:
        assert (await ada(restarted).get(f"/courses/{STARTER}")).status_code == 200

    assert "taken-by-brian was not imported" in caplog.text


async def test_a_platform_without_a_starter_course_says_so_and_starts(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(create_app, Settings, database_url, starter_course="no-such") as restarted:
        assert (await ada(restarted).get(f"/courses/{STARTER}")).status_code == 200

    assert "there is no course 'no-such'" in caplog.text


async def test_solutions_are_nowhere_in_the_database(run: Running) -> None:
    solution = (COURSES / "starter" / "solutions" / "rain-diary" / "reference.py").read_text()
    columns = [table.c[name] for table in tables.metadata.tables.values() for name in table.c.keys()]  # noqa: SIM118
    async with run.database.reading() as connection:
        for column in columns:
            found = select(func.count()).where(func.strpos(func.cast(column, tables.lesson.c.body.type), solution) > 0)
            assert (await connection.execute(found)).scalar_one() == 0, column


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"file": "solutions/rain-diary/reference.py"}, "never of solutions/"),
        ({"file": "../README.md"}, "files of the course's own folder"),
        ({"file": "lessons/none.md"}, "cannot be read"),
        ({"access": "gratis"}, "Input should be 'free' or 'pro'"),
        ({"minute": 3}, "Extra inputs are not permitted"),
    ],
)
def test_broken_course_files_are_refused_with_the_place_and_the_remedy(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    folder = _shipped(tmp_path, slug="broken")
    manifest = yaml.safe_load((folder / "course.yaml").read_text())
    manifest["modules"][0]["lessons"][0].update(change)
    (folder / "course.yaml").write_text(yaml.safe_dump(manifest))

    with pytest.raises(BrokenCourse, match=sentence):
        list(read_courses(tmp_path))


def test_any_changed_byte_changes_the_hash(tmp_path: Path) -> None:
    folder = _shipped(tmp_path, slug="hashed")
    (before,) = read_courses(tmp_path)
    test = folder / "assignments" / "rain-diary" / "test_hidden.py"
    test.write_text(test.read_text() + "\n")

    (after,) = read_courses(tmp_path)

    assert before.content_hash != after.content_hash


async def _import(run: Running, course: CourseFile) -> Outcome:
    writing = Writing(sessions=run.database.sessions, tables=tables.bus, wake=lambda: None)
    uow = SqlUow(writing, starter=STARTER, actor=None)
    return await import_course(uow, file=course, at=datetime.now(UTC))


def _copy(course: CourseFile) -> CourseFile:
    modules = tuple(
        replace(
            module,
            id=uuid7(),
            lessons=tuple(
                replace(
                    lesson,
                    id=uuid7(),
                    access="free",
                    assignment=lesson.assignment and replace(lesson.assignment, id=uuid7()),
                )
                for lesson in module.lessons
            ),
        )
        for module in course.modules
    )
    return replace(course, id=uuid7(), slug=f"copy-{uuid7()}", modules=modules)


def _with_lessons(course: CourseFile, lessons: tuple[LessonFile, ...], content_hash: str) -> CourseFile:
    """The course with other lessons in its first module."""
    first = replace(course.modules[0], lessons=lessons)
    return replace(course, modules=(first, *course.modules[1:]), content_hash=content_hash)


def _shipped(folder: Path, *, slug: str) -> Path:
    """The starter course's files in `folder`, as a course of its own."""
    shutil.copytree(COURSES / "starter", folder / slug)
    manifest = yaml.safe_load((folder / slug / "course.yaml").read_text())
    manifest["slug"], manifest["id"] = slug, str(uuid7())
    (folder / slug / "course.yaml").write_text(yaml.safe_dump(manifest))
    return folder / slug
