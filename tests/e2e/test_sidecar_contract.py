"""One contract for the sidecar: the real daprd of payments and the fake that tests use both keep it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared.bus.envelope import LogPage
from shared.dapr import DaprSidecar, Sidecar, SidecarError
from tests.fakes import FakeSidecar
from tests.running import FakeLog
from tools.local.control import Control

pytestmark = [pytest.mark.platform, pytest.mark.needs_broker]

SECRET = "payments-cursor-key"


@pytest.fixture(params=["real", "fake"])
async def sidecar(request: pytest.FixtureRequest, platform: Control) -> AsyncIterator[Sidecar]:
    """The sidecar of payments, which may read auth's log and no other."""
    if request.param == "fake":
        fake = FakeSidecar()
        fake.secrets = {SECRET: "0" * 64}
        fake.answer("auth", "GET", "/bus/log", FakeLog("auth").read)
        yield fake
        return
    port = (await platform.ports())["payments-1.sidecar"]
    token = json.loads(platform.home.admin_secrets_file.read_text())["payments-dapr-api-token"]
    async with DaprSidecar(port, api_token=token) as real:
        yield real


async def test_a_secret_of_ones_own_is_given(sidecar: Sidecar) -> None:
    assert len(await sidecar.secret(SECRET)) >= 32


@pytest.mark.parametrize("name", ["learning-database-password", "no-such-secret"])
async def test_any_other_secret_is_refused(sidecar: Sidecar, name: str) -> None:
    with pytest.raises(SidecarError) as refused:
        await sidecar.secret(name)
    assert refused.value.status == 403


async def test_state_is_kept_and_forgotten(sidecar: Sidecar) -> None:
    key = f"contract-{uuid7()}"
    assert await sidecar.get_state(key) is None
    value: dict[str, Any] = {"text": "ä", "number": 1.5, "list": [None, True]}
    await sidecar.set_state(key, value, ttl_seconds=60)
    assert await sidecar.get_state(key) == value
    await sidecar.delete_state(key)
    assert await sidecar.get_state(key) is None
    await sidecar.delete_state(key)


async def test_an_allowed_call_is_answered(sidecar: Sidecar) -> None:
    page = LogPage.model_validate(await sidecar.poll("auth", "/bus/log?after=0&limit=500"))
    assert page.source == "auth"


async def test_a_call_that_nobody_allowed_is_refused(sidecar: Sidecar) -> None:
    with pytest.raises(SidecarError) as refused:
        await sidecar.invoke("learning", "GET", "/bus/log?after=0")
    assert refused.value.status == 403
