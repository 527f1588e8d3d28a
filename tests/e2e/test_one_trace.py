"""One click is one trace, through every service it reaches and their sidecars."""

import asyncio

import pytest

from tests.e2e.journey import Journey
from tests.e2e.traces import trace_with, traces

pytestmark = [pytest.mark.platform, pytest.mark.needs_broker, pytest.mark.timeout(120)]


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
    file = journey.platform.home.traces
    await asyncio.sleep(3)  # long enough for every consumer to pull: what is looked for is that nothing comes of it
    pulls = [span for spans in traces(file).values() for span in spans if "/bus/log" in span.name]
    assert pulls == []
