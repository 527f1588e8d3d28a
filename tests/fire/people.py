"""People who use the platform as clients do, by HTTP alone, and write down in the ledger what they want and what they got."""

import asyncio
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.fire.ledger import Entry, Ledger
from tools.demo.walk import GOOD_CARD, Addresses, Form

KNOWN_WITHIN = 60.0
AGAIN = 0.2
SIGN_IN_EVERY = 300.0
NOT_YET = {403, 404, 409, 429}  # what one did a moment ago has not reached everybody


@dataclass(kw_only=True)
class Course:
    """What there is to do: `lessons` can be finished once by everybody, `assignment` handed in any number of times."""

    id: str
    slug: str
    lessons: list[str] = field(default_factory=list)
    assignment: str = ""


class Town:
    """The platform's address, and the ledger."""

    def __init__(self, addresses: Addresses, ledger: Ledger, client: httpx.AsyncClient) -> None:
        self.addresses = addresses
        self.ledger = ledger
        self._http = client

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request until it is answered with success: what changes nothing, or may be done again."""
        async with asyncio.timeout(KNOWN_WITHIN):
            while True:
                try:
                    answer = await self.once(method, path, **request)
                except httpx.TransportError:
                    await asyncio.sleep(AGAIN)
                    continue
                if answer.is_success or answer.is_redirect:
                    return answer
                if answer.status_code not in NOT_YET and not answer.is_server_error:
                    raise AssertionError(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
                await asyncio.sleep(AGAIN)

    async def once(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request, whatever is answered. httpx.TransportError when nothing is."""
        return await self._http.request(method, self._url(path), **request)

    async def want(self, entry: Entry, method: str, path: str, **request: Any) -> httpx.Response:
        """Carry out an intent: the same request again until it is known to have been done. AssertionError if it is refused
        for good, or after a minute.
        """
        async with asyncio.timeout(KNOWN_WITHIN):
            while True:
                answer = await self._try(entry, method, path, request)
                if answer is not None and (answer.is_success or answer.is_redirect):
                    return answer
                await asyncio.sleep(AGAIN)

    async def _try(self, entry: Entry, method: str, path: str, request: dict[str, Any]) -> httpx.Response | None:
        self.ledger.sent(entry)
        try:
            answer = await self.once(method, path, **request)
        except httpx.TransportError as error:
            self.ledger.answered(entry, "unknown", type(error).__name__)
            return None
        if answer.is_server_error:
            self.ledger.answered(entry, "unknown", str(answer.status_code))
        elif answer.is_client_error:
            self.ledger.answered(entry, "refused", str(answer.status_code))
            if answer.status_code not in NOT_YET:
                raise AssertionError(f"{entry} was refused with {answer.status_code}: {answer.text[:300]}")
        else:
            self.ledger.answered(entry, "accepted", str(answer.status_code))
        return answer

    async def mail_to(self, email: str) -> str:
        """The text of the first mail to an address, once it is there."""
        async with asyncio.timeout(KNOWN_WITHIN):
            while True:
                answer = await self.ask("GET", f"{self.addresses.mail}/api/email")
                for mail in answer.json():
                    if any(to["address"] == email for to in mail["to"]):
                        return str(mail["text"])
                await asyncio.sleep(AGAIN)

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.addresses.gateway + path


class Person:
    """Somebody new. Every step returns when the platform has said that it is done."""

    def __init__(self, town: Town, name: str = "Ada") -> None:
        self.email = f"{name.lower()}-{secrets.token_hex(6)}@example.org"
        self._name = name
        self._password = secrets.token_urlsafe(18)
        self._town = town
        self._headers: dict[str, str] = {}
        self._signed_in_at = 0.0

    async def register(self) -> None:
        """Ask for an account."""
        new = {"email": self.email, "password": self._password, "name": self._name}
        entry = self._town.ledger.intend("registration", self.email)
        await self._town.want(entry, "POST", "/api/auth/v1/users", json=new)

    async def verify(self) -> None:
        """Follow the link in the mail."""
        link = re.search(r"https?://\S+/email-verification\?token=[\w.~-]+", await self._town.mail_to(self.email))
        assert link, "the welcome mail holds no link"
        fields = Form.on((await self._town.ask("GET", link[0])).text).fields
        entry = self._town.ledger.intend("verification", self.email)
        await self._town.want(entry, "POST", link[0].partition("?")[0], data=fields)

    async def sign_in(self) -> None:
        """Get an access token; it lasts ten minutes."""
        self._signed_in_at = time.monotonic()
        self._headers = await sign_in(self._town, (self.email, self._password))

    async def enrol(self, course: Course) -> None:
        """Join a course."""
        await self._learn("enrolment", course.id, f"/courses/{course.slug}/enrolment")

    async def finish(self, lesson: str) -> None:
        """Finish a lesson."""
        await self._learn("lesson", lesson, f"/lessons/{lesson}/completion")

    async def hand_in(self, assignment: str) -> None:
        """Hand in a solution."""
        key = secrets.token_hex(12)
        path = f"/assignments/{assignment}/submissions"
        await self._learn("submission", key, path, json={"code": f"# {key}\n"}, headers={"idempotency-key": key})

    async def buy(self) -> None:
        """Buy Pro, and wait until it is there."""
        headers = {**self._headers, "idempotency-key": secrets.token_hex(16)}
        opened = await self._town.ask(
            "POST", "/api/payments/v1/checkouts", json={"plan": "pro_monthly"}, headers=headers
        )
        url = str(opened.json()["url"])
        fields = {**Form.on((await self._town.ask("GET", url)).text).fields, "card": GOOD_CARD}
        entry = self._town.ledger.intend("purchase", self.email)
        await self._town.want(entry, "POST", url, data=fields)
        async with asyncio.timeout(KNOWN_WITHIN):
            while await self._tier() != "pro":  # noqa: ASYNC110 - another program sets no event of ours
                await asyncio.sleep(AGAIN)

    async def _tier(self) -> str:
        answer = await self._town.ask("GET", "/api/payments/v1/entitlements", headers=self._headers)
        return str(answer.json()["tier"])

    async def _learn(
        self, kind: str, subject: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None
    ) -> None:
        if time.monotonic() - self._signed_in_at > SIGN_IN_EVERY:
            await self.sign_in()
        entry = self._town.ledger.intend(kind, self.email, subject)
        headers = {**self._headers, **(headers or {})}
        await self._town.want(entry, "POST", f"/api/learning/v1{path}", json=json, headers=headers)


async def sign_in(town: Town, credentials: tuple[str, str]) -> dict[str, str]:
    """The headers of whoever has this address and password."""
    email, password = credentials
    given = {"email": email, "password": password, "client": "api"}
    answer = await town.ask("POST", "/api/auth/v1/sessions", json=given)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def write_course(town: Town, author: tuple[str, str], *, lessons: int) -> Course:
    """A new course by the author with this address and password, published."""
    headers = await sign_in(town, author)
    api, slug = "/api/learning/v1", f"fire-{secrets.token_hex(4)}"
    made = await town.ask("POST", f"{api}/courses", json={"slug": slug, "title": "Under fire"}, headers=headers)
    course = Course(id=made.json()["id"], slug=slug)
    module = {"slug": "one", "title": "One"}
    module_id = (await town.ask("POST", f"{api}/courses/{slug}/modules", json=module, headers=headers)).json()["id"]
    for n in range(lessons):
        text = {"slug": f"lesson-{n}", "title": f"Lesson {n}", "body": "Text.", "access": "free", "minutes": 1}
        lesson = await town.ask("POST", f"{api}/modules/{module_id}/lessons", json=text, headers=headers)
        course.lessons.append(lesson.json()["id"])
    await _assign(town, course, {**headers, "if-match": lesson.headers["etag"]})
    await _publish(town, slug, headers)
    return course


async def _assign(town: Town, course: Course, headers: dict[str, str]) -> None:
    test = {"name": "test_it.py", "code": "def test_it():\n    assert True\n"}
    text = {"slug": "a", "title": "Do it", "prompt": "Do it.", "starter_file": "it.py", "starter_code": "", "points": 1}
    assignment = {**text, "visible_tests": [test]}
    path = f"/api/learning/v1/lessons/{course.lessons[-1]}/assignment"
    made = await town.ask("PUT", path, json=assignment, headers=headers)
    course.assignment = made.json()["assignment_id"]


async def _publish(town: Town, slug: str, headers: dict[str, str]) -> None:
    path = f"/api/learning/v1/courses/{slug}"
    shown = await town.ask("GET", path, headers=headers)
    if_match = {**headers, "if-match": shown.headers["etag"]}
    await town.ask("PATCH", path, json={"published": True}, headers=if_match)
