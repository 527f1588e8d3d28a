"""`kubectl apply` of the repository's trial gives a platform on which somebody buys Pro, and a trace that tells of it."""

import json
from typing import Any

import pytest

from tests.cluster.clusters import told
from tests.cluster.world import ByIngress
from tests.e2e.traces import trace_with, traces
from tests.operator.on_a_cluster.control import Control, eventually, rows, written_spans
from tools.database.services import services
from tools.demo.walk import walk

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

READY_SECONDS = 120
SPANS_WITHIN = 30


async def test_it_is_ready_soon_and_the_main_job_goes_through_its_ingress(
    control: Control, first_ready: float, space: str
) -> None:
    told(f"from kubectl apply to Ready: {first_ready:.1f} s")
    assert first_ready <= READY_SECONDS
    said = control.cluster.kubectl("wait", "--for=condition=Ready", "codezest/school", f"--namespace={space}")
    assert "condition met" in said
    file = written_spans(control)
    known = set(traces(file))
    await walk(control.addresses, transport=ByIngress())
    spans = await trace_with(file, "POST /api/auth/v1/users", known, set(services()))
    assert ("notifications", "send welcome") in {(span.service, span.name) for span in spans}
    told(f"one trace of {len(spans)} spans, from registering to the welcome mail")


def test_what_the_operator_did_is_traced(control: Control, space: str) -> None:
    def recorded() -> set[str]:
        spans = (span for found in traces(written_spans(control)).values() for span in found)
        return {span.name for span in spans if span.service == "codezest-operator"}

    eventually(lambda: {"reconcile", "helm upgrade"} <= recorded(), "the operator's spans", within=SPANS_WITHIN)


def test_it_says_how_it_is(control: Control, space: str) -> None:
    status = control.status(space)
    found = rows(status)
    assert set(found) == {"platform", *services()}
    assert {row["state"] for row in found.values()} == {"InSync"}
    assert status["url"] == control.addresses.gateway
    shown = control.cluster.kubectl("get", "codezests", f"--namespace={space}").splitlines()
    assert shown[0].split() == ["NAME", "READY", "VERSION", "URL", "STATUS", "AGE"]
    assert shown[1].split()[1:4] == ["True", "0.1.0", control.addresses.gateway]


def test_no_secret_is_shown_anywhere(control: Control, space: str) -> None:
    kinds = ("codezests", "events", "deployments", "configmaps")
    shown: list[Any] = [control.cluster.get(kind, f"--namespace={space}") for kind in kinds]
    logs, spans = control.told(), written_spans(control).read_text()
    assert "Leading" in logs
    assert "helm upgrade" in spans
    everything = json.dumps(shown) + logs + spans
    for secret in (control.keys.api, control.keys.webhook):
        assert secret not in everything
