"""One click is one trace, through every service it reaches and their sidecars."""

import re
from collections import Counter

import httpx
import pytest

from tests.e2e.journey import Journey
from tests.e2e.traces import trace_with, traces
from tests.local.platforms import eventually
from tools.local.control import Control

pytestmark = [pytest.mark.platform, pytest.mark.needs_broker, pytest.mark.timeout(120)]

CONSUMERS = ["learning", "payments", "notifications", "activity"]
RECEIVED = re.compile(r'^dapr_runtime_service_invocation_req_recv_total\{.*src_app_id="(\w+)".*\} (\d+)$', re.MULTILINE)


async def test_registering_is_one_trace(journey: Journey) -> None:
    file = journey.platform.home.traces
    known = set(traces(file))
    await journey.register()
    await journey.read_welcome_mail()
    services = {"auth", "learning", "notifications", "activity"}
    spans = await trace_with(file, "POST /api/auth/v1/users", known, services)
    names = {(span.service, span.name) for span in spans}
    assert ("notifications", "send welcome") in names
    assert ("learning", "apply auth.user-created.v1") in names
    assert ("activity", "apply learning.enrolled.v1") in names


async def test_a_purchase_is_one_trace(journey: Journey) -> None:
    await journey.register()
    await journey.read_welcome_mail()
    await journey.verify()
    await journey.sign_in()
    await journey.choose_pro()
    file = journey.platform.home.traces
    known = set(traces(file))
    await journey.pay()
    await journey.read_receipt()
    services = {"payments", "learning", "notifications", "activity"}
    spans = await trace_with(file, "apply payments.entitlement-granted.v1", known, services)
    names = {(span.service, span.name) for span in spans}
    assert ("payments", "POST /api/payments/v1/stripe/webhook") in names
    assert ("notifications", "send receipt") in names


async def test_waiting_for_events_leaves_no_trace(journey: Journey) -> None:
    """Every consumer pulls three times more, then a registration is traced whole: the spans of a pull would be there by now."""
    before = await _calls_of_auth(journey.platform)

    async def all_have_pulled() -> bool:
        now = await _calls_of_auth(journey.platform)
        return all(now[consumer] >= before[consumer] + 3 for consumer in CONSUMERS)

    await eventually(all_have_pulled)
    file = journey.platform.home.traces
    known = set(traces(file))
    await journey.register()
    await journey.read_welcome_mail()
    await trace_with(file, "POST /api/auth/v1/users", known, {"auth", "learning", "notifications", "activity"})
    pulls = [span for spans in traces(file).values() for span in spans if "/bus/log" in span.name]
    assert pulls == []


async def _calls_of_auth(platform: Control) -> Counter[str]:
    """How often each service has called auth through the sidecars. When nothing else happens, each call is a pull."""
    metrics = (await platform.status())["auth-1.sidecar"].other_ports[-1]
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        text = (await client.get(f"http://127.0.0.1:{metrics}/metrics")).text
    return Counter({caller: int(count) for caller, count in RECEIVED.findall(text)})
