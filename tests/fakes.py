"""Stand-ins for what is outside a service. Each passes the same contract test as the real thing (tests/contracts)."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.dapr import SidecarError
from shared.transaction import outside_of_transaction

Answer = Callable[[Any], Awaitable[Any]]


class FakeSidecar:
    """A sidecar in memory: `published` and `invoked` record, `secrets` and `answers` are scripted by the test."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.published: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.invoked: list[tuple[str, str, str, Any]] = []
        self.answers: dict[tuple[str, str, str], Answer] = {}
        self.away: set[str] = set()  # of "publish", "invoke", "state", "secrets"
        self._state: dict[str, str] = {}

    def answer(self, app: str, method: str, path: str, give: Answer) -> None:
        """Script what an invocation answers; `give` takes the request's JSON. `path` is without its query."""
        self.answers[app, method, path] = give

    async def publish(self, topic: str, event: Mapping[str, Any], *, traceparent: str | None = None) -> None:
        """See shared.dapr.Sidecar."""
        self._check("publish")
        self.published[topic].append(json.loads(json.dumps(event)))

    async def invoke(self, app: str, method: str, path: str, *, json: Any = None, timeout: float = 5.0) -> Any:
        """See shared.dapr.Sidecar. The query, if any, is handed to the answer when there is no body."""
        self._check("invoke")
        self.invoked.append((app, method, path, json))
        bare, _, query = path.partition("?")
        if (give := self.answers.get((app, method, bare))) is None:
            raise SidecarError(f"{method} {app}{bare} was answered 403", status=403)
        return await give(json if json is not None else query)

    async def poll(self, app: str, path: str, *, timeout: float = 5.0) -> Any:
        """See shared.dapr.Sidecar."""
        return await self.invoke(app, "GET", path, timeout=timeout)

    async def get_state(self, key: str) -> Any | None:
        """See shared.dapr.Sidecar."""
        self._check("state")
        return json.loads(self._state[key]) if key in self._state else None

    async def set_state(self, key: str, value: Any, *, ttl_seconds: int) -> None:
        """See shared.dapr.Sidecar; the time to live is not kept."""
        self._check("state")
        self._state[key] = json.dumps(value)

    async def delete_state(self, key: str) -> None:
        """See shared.dapr.Sidecar."""
        self._check("state")
        self._state.pop(key, None)

    async def secret(self, name: str) -> str:
        """See shared.dapr.Sidecar."""
        self._check("secrets")
        if name not in self.secrets:
            raise SidecarError(f"the secret store has no secret {name!r}", status=403)
        return self.secrets[name]

    def _check(self, part: str) -> None:
        outside_of_transaction(part)
        if part in self.away:
            raise SidecarError(f"{part} is away")
