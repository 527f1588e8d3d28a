"""Every operation of a service, from its OpenAPI; those outside /api, which that leaves out, are described the same way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from shared.http.access import rules_of
from tests.access.declarations import Rule
from tests.access.objects import FACTORIES, FIXED
from tests.access.samples import Document


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One verb on one path, what is declared of it and how OpenAPI describes it, in `document`."""

    method: str
    path: str
    declared: str
    described: Document
    document: Document

    @property
    def rule(self) -> Rule:
        """The declaration, read."""
        return Rule.read(self.declared)

    @property
    def short(self) -> str:
        """Verb and path without the service's name and version."""
        return f"{self.method} {self.path.partition('/v1')[2] or self.path}"

    @property
    def looked_up(self) -> list[str]:
        """The path parameters that name an object. ValueError for one that no factory can make."""
        names = [given["name"] for given in self._parameters("path") if given["name"] not in FIXED]
        if unknown := [name for name in names if name not in FACTORIES]:
            raise ValueError(
                f"{self}: nobody knows how to make a {unknown[0]}. Add a line to FACTORIES in tests/access/objects.py"
            )
        return names

    @property
    def objects(self) -> list[str]:
        """All parameters that name an object; a query counts where only its owner may name it."""
        asked = [given["name"] for given in self._parameters("query") if self.rule.kind == "owner"]
        return self.looked_up or [name for name in asked if name in FACTORIES]

    @property
    def headers(self) -> dict[str, Document]:
        """Names and schemas of those that are required or, as If-Match, come with an example."""
        given = self._parameters("header")
        return {one["name"]: one["schema"] for one in given if one.get("required") or "examples" in one["schema"]}

    @property
    def required_queries(self) -> dict[str, Document]:
        """Their names and schemas."""
        return {given["name"]: given["schema"] for given in self._parameters("query") if given.get("required")}

    def _parameters(self, place: str) -> list[Document]:
        return [given for given in self.described.get("parameters", ()) if given["in"] == place]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.declared})"


class _Shown(RouteContext):
    """A route that its app leaves out of its OpenAPI."""

    include_in_schema = True


def operations(app: FastAPI) -> list[Operation]:
    """All of an app's."""
    contexts = [c for c in iter_route_contexts(app.routes) if isinstance(c.original_route, APIRoute)]
    ruled = [(context, sorted(set(rules_of(context.dependant)))) for context in contexts]
    rules = {(c.path_format, method): rule for c, names in ruled for rule in names for method in c.methods or ()}
    inside = [_Shown(c.route, c._route_context) for c, names in ruled if names and not c.include_in_schema]
    hidden = get_openapi(title="inside", version="1", routes=inside)
    return [*_described(app.openapi(), rules), *_described(hidden, rules)]


def _described(document: Document, rules: dict[Any, str]) -> Iterator[Operation]:
    for path, verbs in document["paths"].items():
        for verb, described in verbs.items():
            checked = rules.get((path, verb.upper()), "nothing")
            declared = described.get("x-access", checked)
            if declared != checked or checked == "nothing":
                raise ValueError(f"{verb.upper()} {path} declares {declared!r} and checks {checked!r}")
            yield Operation(method=verb.upper(), path=path, declared=declared, described=described, document=document)
