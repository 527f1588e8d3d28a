"""The tables of the learning service: courses and what learners did in them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.schema import bus_tables, service_metadata

metadata = service_metadata("learning")
bus = bus_tables(metadata)

SLUG = "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60"
TITLE = "length(title) between 1 and 120"
MAX_CODE_BYTES = 64 * 1024


def _slug_once_per_course() -> UniqueConstraint:
    """Deferrable, so that an import may let two lessons swap their slugs."""
    return UniqueConstraint("course_id", "slug", deferrable=True, initially="IMMEDIATE")


def _time(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


# `author_id` is null for courses that came with the platform: admins alone edit those. `version` grows with every change
# of the course or of anything in it, so that "unchanged since the import" is one comparison (see course_import).
course = Table(
    "course",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    CheckConstraint(SLUG, name="slug"),
    Column("title", Text, nullable=False),
    CheckConstraint(TITLE, name="title"),
    Column("summary", Text, nullable=False),
    CheckConstraint("length(summary) <= 400", name="summary"),
    Column("language", Text, nullable=False),
    CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'", name="language"),
    Column("author_id", Uuid, index=True),
    _time("published_at", nullable=True),
    _time("archived_at", nullable=True),
    _time("changed_at"),
    Column("version", Integer, nullable=False),
)

module = Table(
    "module",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("course_id", Uuid, ForeignKey(course.c.id), nullable=False),
    Column("slug", Text, nullable=False),
    CheckConstraint(SLUG, name="slug"),
    Column("title", Text, nullable=False),
    CheckConstraint(TITLE, name="title"),
    Column("position", Integer, nullable=False),
    CheckConstraint("position >= 0", name="position"),
    _time("archived_at", nullable=True),
    _slug_once_per_course(),
    UniqueConstraint("id", "course_id"),  # what a lesson's foreign key points at: its module is of its course
)

lesson = Table(
    "lesson",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("course_id", Uuid, nullable=False),
    Column("module_id", Uuid, nullable=False),
    Column("slug", Text, nullable=False),
    CheckConstraint(SLUG, name="slug"),
    Column("title", Text, nullable=False),
    CheckConstraint(TITLE, name="title"),
    Column("body", Text, nullable=False),
    CheckConstraint("length(body) <= 200000", name="body"),
    Column("access", Text, nullable=False),
    CheckConstraint("access in ('free', 'pro')", name="access"),
    Column("minutes", Integer, nullable=False),
    CheckConstraint("minutes between 1 and 240", name="minutes"),
    Column("position", Integer, nullable=False),
    CheckConstraint("position >= 0", name="position"),
    _time("archived_at", nullable=True),
    _time("changed_at"),
    Column("version", Integer, nullable=False),
    ForeignKeyConstraint(["module_id", "course_id"], ["learning.module.id", "learning.module.course_id"]),
    _slug_once_per_course(),
    UniqueConstraint("id", "course_id"),
)
Index(None, lesson.c.module_id)

# `visible_tests` and `hidden_tests`: [{"name": "test_x.py", "code": "..."}].
assignment = Table(
    "assignment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("course_id", Uuid, nullable=False),
    Column("lesson_id", Uuid, nullable=False),
    Column("slug", Text, nullable=False),
    CheckConstraint(SLUG, name="slug"),
    Column("title", Text, nullable=False),
    CheckConstraint(TITLE, name="title"),
    Column("prompt", Text, nullable=False),
    CheckConstraint("length(prompt) <= 50000", name="prompt"),
    Column("starter_file", Text, nullable=False),
    CheckConstraint("length(starter_file) between 1 and 100", name="starter_file"),
    Column("starter_code", Text, nullable=False),
    Column("visible_tests", JSONB, nullable=False),
    Column("hidden_tests", JSONB, nullable=False),
    Column("points", Integer, nullable=False),
    CheckConstraint("points between 1 and 1000", name="points"),
    _time("archived_at", nullable=True),
    ForeignKeyConstraint(["lesson_id", "course_id"], ["learning.lesson.id", "learning.lesson.course_id"]),
    _slug_once_per_course(),
    UniqueConstraint("id", "course_id"),
)

Index(None, assignment.c.lesson_id, unique=True, postgresql_where=assignment.c.archived_at.is_(None))

# A course as it was last imported: of which content, and which version of the course that made.
course_import = Table(
    "course_import",
    metadata,
    Column("course_id", Uuid, ForeignKey(course.c.id), primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("course_version", Integer, nullable=False),
    _time("imported_at"),
)

learner = Table("learner", metadata, Column("user_id", Uuid, primary_key=True), _time("joined_at"))

entitlement = Table(
    "entitlement",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("tier", Text, nullable=False),
    CheckConstraint("tier in ('free', 'pro')", name="tier"),
    _time("granted_at"),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("course_id", Uuid, ForeignKey(course.c.id), primary_key=True, index=True),
    _time("enrolled_at"),
)

completion = Table(
    "completion",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("lesson_id", Uuid, primary_key=True),
    Column("course_id", Uuid, nullable=False),
    _time("completed_at"),
    ForeignKeyConstraint(["user_id", "course_id"], ["learning.enrolment.user_id", "learning.enrolment.course_id"]),
    ForeignKeyConstraint(["lesson_id", "course_id"], ["learning.lesson.id", "learning.lesson.course_id"]),
)
Index(None, completion.c.user_id, completion.c.course_id)
Index(None, completion.c.lesson_id, completion.c.course_id)

# `request_hash` tells the repetition of a request (same key, same body) from another request under the same key.
submission = Table(
    "submission",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("course_id", Uuid, nullable=False),
    Column("assignment_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    CheckConstraint(f"octet_length(code) <= {MAX_CODE_BYTES}", name="code"),
    Column("state", Text, nullable=False),
    CheckConstraint("state in ('received')", name="state"),
    Column("idempotency_key", Text, nullable=False),
    CheckConstraint("length(idempotency_key) between 1 and 255", name="idempotency_key"),
    Column("request_hash", LargeBinary, nullable=False),
    CheckConstraint("octet_length(request_hash) = 32", name="request_hash"),
    _time("submitted_at"),
    ForeignKeyConstraint(["assignment_id", "course_id"], ["learning.assignment.id", "learning.assignment.course_id"]),
    UniqueConstraint("user_id", "idempotency_key"),
)
Index(None, submission.c.assignment_id, submission.c.user_id)
