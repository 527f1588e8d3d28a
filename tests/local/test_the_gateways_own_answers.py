"""What the gateway says of itself is a problem, too: no replica is ready, or a service broke off in the middle."""

import httpx
import pytest

from shared.errors import Unavailable
from shared.http.problems import GATEWAY, TYPES
from tests.local.platforms import echo_platform, eventually
from tools.local.page import TYPES as TYPES_OF_THE_PAGE

pytestmark = pytest.mark.platform


def test_its_types_are_those_of_the_services() -> None:
    assert TYPES_OF_THE_PAGE == TYPES


async def test_it_answers_with_problems_for_a_service_that_breaks_off_or_is_away() -> None:
    async with echo_platform() as control, httpx.AsyncClient(timeout=20, trust_env=False) as client:
        gateway = f"http://127.0.0.1:{(await control.ports())['gateway']}"
        broken = await client.post(f"{gateway}/api/auth/end")
        assert (broken.status_code, broken.json()["type"]) == (502, f"{TYPES}{GATEWAY.slug}")
        assert broken.headers["content-type"] == "application/problem+json"
        await control.stop("learning-1")

        async def is_said_to_be_away() -> bool:
            answer = await client.get(f"{gateway}/api/learning/who?x=y")
            return answer.status_code == 503 and answer.json()["type"] == f"{TYPES}{Unavailable.slug}"

        await eventually(is_said_to_be_away)
        answer = await client.post(f"{gateway}/api/learning/who", content=b"x")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert (await client.get(f"{gateway}/api/nobody/who")).json()["type"] == f"{TYPES}not-found"
        await control.start("learning-1")

        async def is_back() -> bool:
            return (await client.get(f"{gateway}/api/learning/who")).status_code == 200

        await eventually(is_back)
