"""What is said in confidence is in no log, trace, metric, error, in Redis or in a dump, but where it belongs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.e2e.canaries import Canaries, evidence, found, kept_secrets
from tests.e2e.indiscreet import Indiscreet
from tests.local.platforms import eventually
from tools.database.services import services
from tools.demo.walk import Addresses
from tools.local.control import Control

pytestmark = [pytest.mark.platform, pytest.mark.needs_broker, pytest.mark.timeout(300)]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What was said, what is to be found of it, and one trace per service that was left on purpose."""

    canaries: Canaries
    evidence: dict[str, str]
    marks: dict[str, str]


@pytest.fixture(scope="module")
async def aftermath(platform: Control) -> AsyncIterator[Aftermath]:
    """The platform after somebody indiscreet has been there."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        somebody = Indiscreet(platform, Addresses.of(await platform.ports()), client)
        somebody.prepare()
        await somebody.receive_the_link()
        await somebody.forget_the_password()
        await somebody.sign_in_badly_then_well()
        await somebody.hand_in()
        await somebody.buy()
        await somebody.be_clumsy_everywhere()
        marks = await somebody.leave_marks(services())
        for name, secret in kept_secrets(platform).items():
            somebody.canaries.known(name, secret)

        async def all_is_written() -> bool:
            spans = platform.home.traces.read_text(errors="replace")
            return all(trace in spans for trace in marks.values())

        await eventually(all_is_written, within=60)
        yield Aftermath(
            canaries=somebody.canaries,
            evidence={**await evidence(platform), "errors": somebody.errors},
            marks=marks,
        )


def test_nothing_said_in_confidence_is_where_it_does_not_belong(aftermath: Aftermath) -> None:
    assert len(aftermath.canaries.words) >= 20
    strays = aftermath.canaries.strays(aftermath.evidence)
    assert not strays, "\n".join(strays)


def test_what_does_belong_somewhere_is_found_there(aftermath: Aftermath) -> None:
    """The searches can see: in tables, in Redis, in errors, in traces, in each service's log and metrics."""
    words = aftermath.canaries.words
    assert found(words["the address"], aftermath.evidence) == ["table auth.user_account"]
    assert found(words["submitted code"], aftermath.evidence) == ["table learning.submission"]
    assert {"redis", "table activity.person", "table auth.log"} <= set(found(words["the name"], aftermath.evidence))
    assert "errors" in found("body.surplus", aftermath.evidence)
    assert all("traces" in found(trace, aftermath.evidence) for trace in aftermath.marks.values())
    for service in services():
        assert f"log {service}-1.log" in found(f"{service} is ready", aftermath.evidence)
        assert f"metrics {service}-1" in found("codezest_database_up", aftermath.evidence)
        assert f"metrics {service}-1.sidecar" in found("dapr_runtime_component_loaded", aftermath.evidence)


def test_a_planted_canary_is_found_in_every_place_and_form(aftermath: Aftermath) -> None:
    canaries = Canaries()
    bird = canaries.hatch("a planted one", "table auth.user_account")
    forms = (bird, f"\\x{bird.encode().hex()}", f"%22{bird}%22")
    for place in aftermath.evidence:
        for form in forms:
            planted = {**aftermath.evidence, place: aftermath.evidence[place] + form}
            expected = [] if place == "table auth.user_account" else [f"a planted one is in {place}"]
            assert canaries.strays(planted) == expected
