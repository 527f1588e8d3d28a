"""What this service answers, for its OpenAPI document: one small course throughout."""

from typing import Any

from shared.http.documentation import answer
from shared.http.examples import some_id

TAGGED = ("ETag",)
AT = "2026-01-15T09:30:00Z"

COURSE = {"id": str(some_id("course")), "slug": "tidy-loops", "title": "Tidy loops"}
TEXTS = {"summary": "Say what you mean with for, while and comprehensions.", "language": "en"}
MODULE = {"id": str(some_id("module")), "slug": "for-loops", "title": "For loops"}
LESSON = {"id": str(some_id("lesson")), "slug": "over-a-list", "title": "Over a list", "access": "free", "minutes": 20}
ASSIGNMENT = {"id": str(some_id("assignment")), "slug": "count-to-ten", "title": "Count to ten"}
CODE = "def count():\n    return list(range(1, 11))\n"
TEST = {
    "name": "test_counting.py",
    "code": "from counting import count\n\n\ndef test_ten():\n    assert count()[-1] == 10\n",
}


def page(item: dict[str, Any]) -> dict[str, Any]:
    """A list of one."""
    return {"items": [item], "next": None}


CATALOGUE = answer(page({**COURSE, **TEXTS, "published_at": AT, "lessons": 12, "minutes": 190}), headers=TAGGED)
OUTLINE = answer(
    {
        **COURSE,
        **TEXTS,
        "published_at": AT,
        "archived_at": None,
        "version": 3,
        "modules": [{**MODULE, "lessons": [{**LESSON, "assignment": {**ASSIGNMENT, "points": 10}}]}],
    },
    headers=TAGGED,
)
AUTHORED = answer(
    page(
        {
            **COURSE,
            "author_id": str(some_id("author")),
            "published_at": AT,
            "archived_at": None,
            "changed_at": AT,
            "version": 3,
        }
    )
)
OPENED_LESSON = answer(
    {
        **LESSON,
        "course_slug": COURSE["slug"],
        "body": "**Goal:** you can do one thing to each of many things.",
        "html": "<p><strong>Goal:</strong> you can do one thing to each of many things.</p>\n",
        "assignment_id": ASSIGNMENT["id"],
        "completed_at": None,
    },
    headers=TAGGED,
)
SHEET = answer(
    {
        **ASSIGNMENT,
        "lesson_id": LESSON["id"],
        "prompt": "Write `count()`, which returns the numbers from 1 to 10.",
        "starter_file": "counting.py",
        "starter_code": "def count():\n    ...\n",
        "visible_tests": [TEST],
        "hidden_tests": None,
        "points": 10,
    }
)
PROGRESS = answer(
    page(
        {
            "course_id": COURSE["id"],
            "slug": COURSE["slug"],
            "title": COURSE["title"],
            "enrolled_at": AT,
            "lessons_done": 3,
            "lessons_total": 12,
        }
    )
)
SUBMISSION = answer(
    {
        "id": str(some_id("submission")),
        "user_id": str(some_id("user_id")),
        "assignment_id": ASSIGNMENT["id"],
        "code": CODE,
        "state": "received",
        "submitted_at": AT,
    }
)
WRITTEN_COURSE = answer({**COURSE, **TEXTS, "published_at": None}, headers=TAGGED)
WRITTEN_MODULE = answer(MODULE)
WRITTEN_LESSON = answer({**LESSON, "assignment_id": None}, headers=TAGGED)
