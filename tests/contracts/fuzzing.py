"""Schemathesis against one running service: all its checks and one of ours, everything it found, and how much it tried."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.auths import AuthContext
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES as NEGATIVE
from schemathesis.config._checks import POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES as POSITIVE
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import Interaction

from shared.http.documentation import RULE
from shared.http.problems import TYPES_KEY

GENERAL = {"invalid", "bad-request"}  # what is wrong with data that does not fit its schema
ACTED_ON = ("etag", "location", "retry-after", "www-authenticate", "set-cookie")


class UndocumentedHeader(Failure):
    """A client acts on it, but the document does not know it."""

    __slots__ = ()


@schemathesis.check
def documented_headers(ctx: schemathesis.CheckContext, response: Response, case: schemathesis.Case[Any]) -> None:
    """Headers that clients act on are in the document of the operation that sends them."""
    answers = case.operation.definition.raw["responses"]
    known = answers.get(str(response.status_code), {"headers": dict.fromkeys(ACTED_ON)}).get("headers", {})
    missing = [
        name for name in ACTED_ON if name in response.headers and name not in {known_.lower() for known_ in known}
    ]
    if missing:
        raise UndocumentedHeader(
            operation=case.operation.label,
            title="Undocumented header",
            message=f"{response.status_code} of {case.operation.label} sends {', '.join(missing)}",
        )


@dataclass(kw_only=True)
class Found:
    """What one or more explorations saw. A case is a request that was answered and checked."""

    cases: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    """By class of status: "2xx", "4xx"."""
    operations: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    """What is wrong, once for each operation and kind -> how to see it again."""

    def add(self, other: "Found") -> None:
        """Take in what another exploration saw."""
        self.cases += other.cases
        self.answers += other.answers
        self.operations |= other.operations
        self.failures = {**other.failures, **self.failures}


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """What to explore: the service at `url` with its document, signed in with what `token` gives, from a seed.

    `examples` is how many random requests are made to each operation.
    """

    url: str
    document: dict[str, Any]
    token: Callable[[], str]
    seed: int
    examples: int
    edges: bool = True
    """Whether every value at the edge of its range is tried too; that is most of the time an exploration takes."""
    progress: Callable[[Found], None] = lambda _found: None


def explore(what: Exploration) -> Found:
    """Examples, edges, random and chained requests to every operation. Runs for seconds: call it in a thread of its own."""
    schema = schemathesis.openapi.from_dict(what.document, config=_config(what))
    given = threading.local()

    class SignedIn:
        """A fresh token after each request that may have ended the session of the last one."""

        def get(self, case: schemathesis.Case[Any], _ctx: AuthContext) -> str:
            fresh = case.method.upper() != "GET" or getattr(given, "token", None) is None
            token: str = what.token() if fresh else given.token
            given.token = None if fresh else token
            return token

        def set(self, case: schemathesis.Case[Any], data: str, _ctx: AuthContext) -> None:
            case.headers["Authorization"] = data

    schema.auth(refresh_interval=None)(SignedIn)
    found = Found()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                _note(found, event)
                what.progress(found)
            case events.NonFatalError(value=error, label=label):
                found.failures[f"{label} could not be tried: {error!r}"[:2000]] = ""
            case events.FatalError(exception=error):
                found.failures[f"the exploration ended: {error!r}"[:2000]] = ""
    return found


def _config(what: Exploration) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": what.seed,
            "base-url": what.url,
            "continue-on-failure": True,
            "checks": {"negative_data_rejection": {"expected-statuses": [*NEGATIVE, "412"]}},
            "operations": _refusing(what.document),
            "phases": {"coverage": {"enabled": what.edges}},
            "request-timeout": 30.0,
            "generation": {"max-examples": what.examples, "database": "none", "no-shrink": True},
        }
    )


def _refusing(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What operations may answer to data that fits its schema: preconditions fail; rules that no schema can say are broken."""
    schemas = document["components"]["schemas"]
    return [_refusals(operation, schemas) for path in document["paths"].values() for operation in path.values()]


def _refusals(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    named = {status for status, answer in operation["responses"].items() if set(answer.get(TYPES_KEY, ())) - GENERAL}
    ruled = {"422"} if _has_rule([operation.get("requestBody"), operation.get("parameters")], schemas) else set()
    statuses = sorted({*POSITIVE, "304", "412", "428", *named, *ruled})
    checks = {"positive_data_acceptance": {"expected-statuses": statuses}}
    return {"include-operation-id": operation["operationId"], "checks": checks}


def _has_rule(part: Any, schemas: dict[str, Any]) -> bool:
    match part:
        case {"$ref": str(name)}:
            return _has_rule(schemas[name.rpartition("/")[2]], schemas)
        case dict():
            return RULE in part or any(_has_rule(value, schemas) for value in part.values())
        case list():
            return any(_has_rule(value, schemas) for value in part)
    return False


def _note(found: Found, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        if interaction.response is None:
            found.failures[f"{recorder.label}: no answer"] = _request(interaction)
            continue
        found.cases += 1
        found.answers[f"{interaction.response.status_code // 100}xx"] += 1
        for check in recorder.checks.get(case_id, []):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                key = f"{recorder.label}: {check.name}: {failure.title}: {failure.message[:1000]}"
                found.failures.setdefault(key, _request(interaction))
    for node in recorder.cases.values():
        found.operations.add(node.value.operation.label)


def _request(interaction: Interaction) -> str:
    asked, answer = interaction.request, interaction.response
    status = "nothing" if answer is None else f"{answer.status_code} {answer.content[:500]!r}"
    body = (asked.body or b"")[:500]
    return f"{asked.method} {asked.uri} {body!r} was answered {status}"
