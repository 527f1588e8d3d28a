"""What the alerts and the dashboards ask Prometheus, query by query, and what a query names."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as promql
import yaml

from tests.charts.rendering import CHARTS
from tests.shared.scraping import Samples

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
    """All of charts/platform."""
    yield from queries_of(rules(), dashboards())


def queries_of(rules: Iterable[Mapping[str, Any]], dashboards: Mapping[str, Mapping[str, Any]]) -> Iterator[Query]:
    """Those of these alerts and dashboards."""
    for rule in rules:
        mentioned = frozenset(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        yield Query(place=rule["alert"], text=rule["expr"], mentioned=mentioned)
    for name, board in dashboards.items():
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


def faults(query: Query, told: Samples) -> list[str]:
    """What a query names that nobody tells."""
    return [fault for named in named_in(query.parsed) for fault in _faults(named, query, told)]


def _faults(named: Named, query: Query, told: Samples) -> list[str]:
    series = [dict(labels) for name, labels in told if name == named.metric] if named.metric != "up" else [{}]
    if not series:
        return [f"nobody tells {named.metric}"]
    labels = OF_THE_TARGET | set().union(*series)
    found = [f"{named.metric} has no label {label}" for label in (named.grouped | query.mentioned) - labels]
    for label, operator, value in named.conditions:
        if label not in labels:
            found.append(f"{named.metric} has no label {label}")
        elif label not in OF_THE_TARGET and not any(_holds(operator, one.get(label, ""), value) for one in series):
            found.append(f"no {named.metric} has {label} {value}")
    return found


def _holds(operator: str, value: str, wanted: str) -> bool:
    fits = value == wanted if operator in {"Equal", "NotEqual"} else re.fullmatch(wanted, value) is not None
    return fits is (operator in {"Equal", "Re"})
