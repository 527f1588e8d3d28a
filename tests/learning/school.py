"""What the tests of the learning service do over and over: sign people in, write courses, read the outbox."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all
from uuid_utils.compat import uuid7

from shared.db import learning as tables
from shared.events.payments import EntitlementGranted
from tests.running import Running

API = "/api/learning/v1"
STARTER = "small-programs"


@dataclass(kw_only=True)
class Human:
    """Somebody who is signed in."""

    run: Running
    roles: tuple[str, ...] = ()
    id: UUID = field(default_factory=uuid7)

    def __post_init__(self) -> None:
        self.headers = self.run.sign_in(self.id, *self.roles)

    async def get(self, path: str) -> Any:
        return await self.run.client.get(API + path, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return await self.send("POST", path, body, **headers)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`if_match="..."` becomes the header If-Match, and so on."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.run.client.request(method, API + path, json=body, headers={**self.headers, **extra})

    async def buys_pro(self) -> None:
        await self.run.happens(EntitlementGranted(user_id=self.id, tier="pro", previous="free"))


def ada(run: Running) -> Human:
    return Human(run=run)


def mallory(run: Running) -> Human:
    return Human(run=run)


def brian(run: Running) -> Human:
    return Human(run=run, roles=("author",))


def grace(run: Running) -> Human:
    return Human(run=run, roles=("admin",))


@dataclass(frozen=True, kw_only=True)
class WrittenCourse:
    """A course that an author has written: one module with a free and a Pro lesson, each with an assignment."""

    slug: str
    id: UUID
    module_id: UUID
    free_lesson: UUID
    pro_lesson: UUID
    free_assignment: UUID
    pro_assignment: UUID


LESSON = {"body": "# Hello\n\n<script>alert(1)</script> *there*", "minutes": 5}
ASSIGNMENT = {
    "prompt": "Write `one()`.",
    "starter_file": "one.py",
    "starter_code": "def one():\n    pass\n",
    "visible_tests": [{"name": "test_one.py", "code": "def test_visible(): ...\n"}],
    "hidden_tests": [{"name": "test_more.py", "code": "def test_hidden(): ...\n"}],
    "points": 10,
}


async def write_course(author: Human, slug: str, *, publish: bool = True) -> WrittenCourse:
    """Have the author write a course through the API."""
    course = await created(author.post("/courses", {"slug": slug, "title": slug.title()}))
    module = await created(author.post(f"/courses/{slug}/modules", {"slug": "first", "title": "First"}))
    lessons, assignments = {}, {}
    for access in ("free", "pro"):
        request = {"slug": access, "title": access.title(), "access": access, **LESSON}
        lesson = await created(author.post(f"/modules/{module['id']}/lessons", request))
        sheet = {"slug": f"task-{access}", "title": f"Task {access}", **ASSIGNMENT}
        put = await author.send("PUT", f"/lessons/{lesson['id']}/assignment", sheet, if_match='"1"')
        assert put.status_code == 200, put.text
        lessons[access], assignments[access] = UUID(lesson["id"]), UUID(put.json()["assignment_id"])
    if publish:
        outline = await author.get(f"/courses/{slug}")
        await author.send("PATCH", f"/courses/{slug}", {"published": True}, if_match=outline.headers["etag"])
    return WrittenCourse(
        slug=slug,
        id=UUID(course["id"]),
        module_id=UUID(module["id"]),
        free_lesson=lessons["free"],
        pro_lesson=lessons["pro"],
        free_assignment=assignments["free"],
        pro_assignment=assignments["pro"],
    )


async def created(answer: Any) -> Any:
    """The body of an answer that must be 201."""
    response = await answer
    assert response.status_code == 201, response.text
    return response.json()


def refused(response: Any, status: int, slug: str) -> str:
    """The sentence of a problem that must have this status and type."""
    assert response.status_code == status, response.text
    problem = response.json()
    assert problem["type"].rsplit("/", 1)[-1] == slug
    return str(problem["detail"])


async def emitted(run: Running, user_id: UUID, event: str) -> list[dict[str, Any]]:
    """The data of every event of a type about a person, whether it has its position already or not."""
    both = union_all(
        *(
            select(table.c.data, table.c.at).where(table.c.key == str(user_id), table.c.type == event)
            for table in (tables.bus.outbox, tables.bus.log)
        )
    ).subquery()
    async with run.database.reading() as connection:
        return list((await connection.execute(select(both.c.data).order_by(both.c.at))).scalars())
