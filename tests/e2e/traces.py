"""Reads traces back from the file that the collector writes."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 20
DAPR = "dapr-diagnostics"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One span: which service's, whether its sidecar's, what, and under which other span."""

    service: str
    sidecar: bool
    name: str
    id: str
    parent: str


def traces(file: Path) -> dict[str, list[Recorded]]:
    """Every trace by its id."""
    found: dict[str, list[Recorded]] = defaultdict(list)
    for line in file.read_text().splitlines():
        for resource in _complete(line).get("resourceSpans", []):
            service = _attribute(resource["resource"], "service.name")
            for scope in resource["scopeSpans"]:
                sidecar = scope.get("scope", {}).get("name", "") == DAPR
                for span in scope["spans"]:
                    found[span["traceId"]].append(_recorded(service, span, sidecar=sidecar))
    return found


def _complete(line: str) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}  # the collector is writing it just now
    return read


def _recorded(service: str, span: dict[str, Any], *, sidecar: bool) -> Recorded:
    return Recorded(
        service=service,
        sidecar=sidecar,
        name=span["name"],
        id=span["spanId"],
        parent=span.get("parentSpanId", ""),
    )


def _attribute(resource: dict[str, Any], name: str) -> str:
    values = (a["value"]["stringValue"] for a in resource["attributes"] if a["key"] == name)
    return str(next(values, ""))


async def trace_with(file: Path, name: str, known: set[str], services: set[str]) -> list[Recorded]:
    """The one new trace that has a span called `name`, once it has spans of `services` and of their sidecars.

    `known` are the traces there were before. AssertionError if there is none, or more than one, after 20 s.
    """
    deadline = asyncio.get_running_loop().time() + SECONDS
    while True:
        fresh = {i: spans for i, spans in traces(file).items() if i not in known and name in {s.name for s in spans}}
        whole = [spans for spans in fresh.values() if _covers(spans, services) and not orphans(spans)]
        if whole:
            assert len(fresh) == 1, f"{name} is in {len(fresh)} traces"
            return whole[0]
        seen = [sorted({(s.service, s.sidecar) for s in spans}) for spans in fresh.values()]
        assert asyncio.get_running_loop().time() < deadline, f"no whole trace with {name} within {SECONDS} s: {seen}"
        await asyncio.sleep(0.2)


def brought_by_the_broker(file: Path, known: set[str]) -> set[str]:
    """The services whose sidecars had auth's event from the broker, in the one new trace that has most of them."""
    fresh = (spans for i, spans in traces(file).items() if i not in known)
    subscribers = ({s.service for s in spans if s.sidecar and s.name == "pubsub/auth"} for spans in fresh)
    return max(subscribers, key=len, default=set())


def _covers(spans: list[Recorded], services: set[str]) -> bool:
    return all(services <= {s.service for s in spans if s.sidecar is sidecar} for sidecar in (False, True))


def orphans(spans: list[Recorded]) -> list[Recorded]:
    """Spans whose parent is not in the trace."""
    ids = {span.id for span in spans}
    return [span for span in spans if span.parent and span.parent not in ids]
