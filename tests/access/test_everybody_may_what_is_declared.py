"""Each operation as each caller for each kind of object: what happens is what the operation's access rule declares."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.access.callers import ADA, CALLERS, OTHER, Caller
from tests.access.declarations import Object, Outcome
from tests.access.objects import FACTORIES, UNPUBLISHED, absent
from tests.access.obstacles import OBSTACLES
from tests.access.operations import Operation, operations
from tests.access.samples import body_of, header_of, sample
from tests.access.starting import started
from tests.running import Running
from tools.database.services import services

OF_THE_REQUEST = {"date", "x-request-id", "traceparent", "retry-after"}


@dataclass(kw_only=True)
class Matrix:
    """All calls to one service, and how they went."""

    run: Running
    cells: int = 0
    let_in: int = 0
    wrong: list[str] = field(default_factory=list)
    _made: dict[Any, str] = field(default_factory=dict)

    async def try_operation(self, operation: Operation) -> None:
        """Every caller, every kind of object. Adds to `wrong` what is not as declared."""
        for caller in CALLERS:
            answers: dict[Object, httpx.Response] = {}
            for thing in _things(operation, caller):
                expected = operation.rule.expect(caller, thing, looked_up=bool(operation.looked_up))
                answer = answers[thing] = await self._call(operation, caller, thing, expected)
                found = outcome(operation, answer)
                self.cells += 1
                if found is not expected or answer.status_code >= 500:
                    self._note(operation, caller, thing, f"should be {expected}, was {found}", answer)
                if found is expected is Outcome.let_in and thing != "absent":
                    self._served(operation, caller, thing, answer)
            self._told_apart(operation, caller, answers)

    def _served(self, operation: Operation, caller: Caller, thing: Object, answer: httpx.Response) -> None:
        """Who is let in is served, or told the one thing that OBSTACLES names."""
        self.let_in += 1
        if answer.status_code >= 400 and slug_of(answer) != OBSTACLES.get(operation.short):
            self._note(operation, caller, thing, "should be served", answer)

    def _told_apart(self, operation: Operation, caller: Caller, answers: dict[Object, httpx.Response]) -> None:
        """What is as good as absent must be answered to the letter as what is absent."""
        for thing, answer in answers.items():
            hidden = operation.rule.expect(caller, thing, looked_up=True) is Outcome.absent
            if hidden and "absent" in answers and seen(answer) != seen(answers["absent"]):
                self._note(operation, caller, thing, f"differs from absent: {answers['absent'].text}", answer)

    def _note(self, operation: Operation, caller: Caller, thing: Object, what: str, answer: httpx.Response) -> None:
        where = "" if thing == "none" else f" ({thing})"
        self.wrong.append(f"{operation} as {caller.name}{where}: {what}\n    {answer.status_code} {answer.text[:300]}")

    async def _call(self, operation: Operation, caller: Caller, thing: Object, expected: Outcome) -> httpx.Response:
        used_up = expected is Outcome.let_in and operation.method != "GET"
        names = {name: await self._object(name, caller, thing, fresh=used_up) for name in operation.objects}
        path = operation.path.format_map(defaultdict(lambda: "auth", names))
        queries = {name: sample(schema, operation.document) for name, schema in operation.required_queries.items()}
        if not operation.looked_up:
            queries |= names
        headers = {name: header_of(name, schema, operation.document) for name, schema in operation.headers.items()}
        if "if-match" in headers and used_up:
            headers["if-match"] = await self._tag(
                path.removesuffix("/assignment"), caller
            )  # which goes by its lesson's
        return await self.run.client.request(
            operation.method,
            path,
            params=queries,
            headers={**headers, **caller.headers(self.run)},
            json=body_of(operation.described, operation.document),
        )

    async def _tag(self, path: str, caller: Caller) -> str:
        """Of the version there is, for who may read it."""
        read = await self.run.client.get(path, headers=caller.headers(self.run))
        return str(read.headers["etag"])

    async def _object(self, name: str, caller: Caller, thing: Object, *, fresh: bool) -> str:
        if thing == "absent":
            return absent(name)
        owner = caller.person if thing == "own" and caller.person else OTHER
        key = (name, owner.id, thing == "unpublished")
        if fresh or key not in self._made:
            self._made[key] = await FACTORIES[name](self.run, owner, thing != "unpublished")
        return self._made.pop(key) if fresh else self._made[key]


def _things(operation: Operation, caller: Caller) -> list[Object]:
    if not operation.objects:
        return ["none"]
    things: list[Object] = ["foreign", "absent"]
    if caller.person and caller.has_own:
        things.append("own")
    if UNPUBLISHED.issuperset(operation.objects):
        things.append("unpublished")
    return things


def outcome(operation: Operation, answer: httpx.Response) -> Outcome:
    """What the answer tells its caller. A wrong password or no subscription of one's own is none of an access rule's."""
    if answer.status_code == 401 and slug_of(answer) == "unauthenticated":
        return Outcome.unauthenticated
    if answer.status_code == 403:
        return Outcome.forbidden
    if answer.status_code == 404 and operation.looked_up:
        return Outcome.absent
    return Outcome.let_in


def slug_of(answer: httpx.Response) -> str:
    """Of the problem that the answer tells of; empty if it tells of none."""
    problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.json()["type"]).rsplit("/", 1)[-1] if problem else ""


def seen(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a caller can tell two answers apart by."""
    headers = [item for item in answer.headers.items() if item[0] not in OF_THE_REQUEST]
    return answer.status_code, answer.content, headers


@pytest.mark.thorough
@pytest.mark.parametrize("service", services())
async def test_everybody_may_what_is_declared(service: str, database_url: str) -> None:
    async with started(service, database_url) as run:
        matrix = Matrix(run=run)
        tried = operations(run.app)
        for operation in tried:
            await matrix.try_operation(operation)
    print(f"{service}: {len(tried)} operations, {matrix.cells} calls")  # noqa: T201 - the figure, with pytest -rP
    assert not matrix.wrong, f"{len(matrix.wrong)} of {matrix.cells}:\n" + "\n".join(matrix.wrong)
    assert matrix.cells >= len(CALLERS) * len(tried)
    assert matrix.let_in >= len(tried)


def test_an_object_that_nobody_can_make_is_named() -> None:
    parameter = {"name": "badge_id", "in": "path", "schema": {"type": "string", "format": "uuid"}}
    operation = Operation(
        method="GET",
        path="/api/x/v1/badges/{badge_id}",
        declared="signed in",
        described={"parameters": [parameter]},
        document={},
    )
    with pytest.raises(ValueError, match="nobody knows how to make a badge_id"):
        _things(operation, CALLERS[0])


def test_a_rule_in_unknown_words_is_refused() -> None:
    operation = Operation(method="GET", path="/", declared="friends", described={}, document={})
    with pytest.raises(ValueError, match="friends"):
        _ = operation.rule


def test_the_cast_covers_every_kind_of_caller() -> None:
    assert {caller.kind for caller in CALLERS} == {"nobody", "expired", "somebody", "service", "sidecar"}
    assert any(caller.person == ADA for caller in CALLERS)
