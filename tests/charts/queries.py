"""What the alerts and the dashboards ask Prometheus, query by query, and what a query names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser as promql
import yaml

from tests.charts.rendering import CHARTS

# What Prometheus itself puts on every series, as the ServiceMonitors have it.
OF_THE_TARGET = {"namespace", "service", "pod", "job", "instance"}
VARIABLES = {"$__rate_interval": "5m", "$namespace": "school", "$service": ".*"}


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query, where it stands, and the labels that its text for people mentions."""

    place: str
    text: str
    mentioned: frozenset[str]

    @property
    def parsed(self) -> promql.Expr:
        """The query as Prometheus reads it. Raises ValueError for what it would refuse."""
        text = self.text
        for variable, value in VARIABLES.items():
            text = text.replace(variable, value)
        return promql.parse(text)


@dataclass(frozen=True, kw_only=True)
class Named:
    """A metric in a query, its conditions on labels as (label, operator, value), and the labels grouped by around it."""

    metric: str
    conditions: tuple[tuple[str, str, str], ...]
    grouped: frozenset[str]


def rules() -> list[dict[str, Any]]:
    """Every alert of the PrometheusRule."""
    document = yaml.safe_load((CHARTS / "platform/rules/codezest.yaml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by its file's name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((CHARTS / "platform/dashboards").glob("*.json"))}


def queries() -> Iterator[Query]:
    """All of them."""
    for rule in rules():
        mentioned = frozenset(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        yield Query(place=rule["alert"], text=rule["expr"], mentioned=mentioned)
    for name, board in dashboards().items():
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                mentioned = frozenset(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                yield Query(
                    place=f"{name}: {panel['title']} {target['refId']}", text=target["expr"], mentioned=mentioned
                )


def named_in(expression: promql.Expr) -> list[Named]:
    """Every metric that a query reads."""
    return list(_named_in(expression, frozenset()))


def _named_in(node: Any, grouped: frozenset[str]) -> Iterator[Named]:
    if isinstance(node, promql.AggregateExpr):
        labels = frozenset(node.modifier.labels) if node.modifier else frozenset()
        yield from _named_in(node.expr, grouped | labels)
    elif isinstance(node, promql.BinaryExpr):
        yield from _named_in(node.lhs, grouped)
        yield from _named_in(node.rhs, grouped)
    elif isinstance(node, promql.Call):
        for argument in node.args:
            yield from _named_in(argument, grouped)
    elif isinstance(node, (promql.ParenExpr, promql.SubqueryExpr, promql.UnaryExpr)):
        yield from _named_in(node.expr, grouped)
    elif isinstance(node, promql.MatrixSelector):
        yield from _named_in(node.vector_selector, grouped)
    elif isinstance(node, promql.VectorSelector):
        assert node.name is not None
        conditions = tuple((one.name, str(one.op).rpartition(".")[2], one.value) for one in node.matchers.matchers)
        yield Named(metric=node.name, conditions=conditions, grouped=grouped)
    else:
        assert isinstance(node, (promql.NumberLiteral, promql.StringLiteral)), type(node)
