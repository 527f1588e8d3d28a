"""What E2E and chaos tests do to a running platform, and what the platform makes of it."""

import time
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest

from tests.local.exposure import assert_loopback_only, assert_no_secret_on_a_command_line
from tests.local.platforms import echo_platform, eventually, family, get, query, through_sidecar
from tools.local import logs
from tools.local.control import Control
from tools.local.problem import Problem

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[Control]:
    async with echo_platform("--replicas=2") as control:
        yield control


async def test_everything_listens_on_loopback_only(platform: Control) -> None:
    await assert_loopback_only(platform)


async def test_a_killed_service_comes_back_and_the_supervisor_says_so(platform: Control) -> None:
    before = (await platform.status())["auth-1"]
    await platform.kill("auth-1")
    await platform.wait_ready("auth-1", within=20)
    after = (await platform.status())["auth-1"]
    assert after.pid != before.pid
    assert after.restarts == before.restarts + 1
    said = logs.last_lines(platform.home.logs / "supervisor.log", 5)
    assert any("auth-1 was killed by SIGKILL; it is started again in" in line for line in said)


async def test_a_service_that_kills_itself_comes_back_too(platform: Control) -> None:
    before = (await platform.status())["learning-1"].restarts + (await platform.status())["learning-2"].restarts

    async def restarted() -> bool:
        status = await platform.status()
        return status["learning-1"].restarts + status["learning-2"].restarts == before + 1

    await get(platform, "/api/learning/end", method="POST")
    await eventually(restarted)
    await platform.wait_ready(within=20)


async def test_no_request_fails_while_one_of_two_replicas_dies_and_returns(platform: Control) -> None:
    await platform.kill("auth-2")
    answers = [await get(platform, "/api/auth/who") for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    await platform.wait_ready("auth-2", within=20)

    async def both_answer() -> bool:
        return {(await get(platform, "/api/auth/who")).json()["instance"] for _ in range(4)} == {"auth-1", "auth-2"}

    await eventually(both_answer)


async def test_a_stopped_service_stays_stopped_until_it_is_started(platform: Control) -> None:
    await platform.stop("auth-1")
    stopped = (await platform.status())["auth-1"]
    assert (stopped.state, stopped.pid) == ("stopped", None)
    with pytest.raises(Problem, match="auth-1 is still stopped"):
        await platform.wait_ready("auth-1", within=0.3)
    await platform.start("auth-1")
    await platform.wait_ready("auth-1", within=20)


async def test_a_subscriber_that_was_away_hears_again(platform: Control) -> None:
    await platform.restart("learning")

    async def heard() -> bool:
        await through_sidecar(platform, "auth", "publish/pubsub/auth", method="POST", content='"again"')
        answer = await get(platform, "/api/learning/who")
        return bool(answer.json()["heard"])

    await eventually(heard)


async def test_a_frozen_service_is_silent_and_a_thawed_one_answers(platform: Control) -> None:
    await platform.freeze("learning-2")
    pid = (await platform.status())["learning-2"].pid

    async def is_frozen() -> bool:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED

    await eventually(is_frozen)  # a process that waits for a core has yet to take note of the signal
    await platform.thaw("learning-2")
    assert psutil.Process(pid).status() != psutil.STATUS_STOPPED
    await platform.wait_ready(within=20)


async def test_a_sidecar_that_began_without_redis_gets_it_when_it_is_back(platform: Control) -> None:
    await platform.stop("redis")
    await platform.restart("auth-1.sidecar")
    without = await _state_of(platform, "auth-1")
    assert without.status_code == 500
    await platform.start("redis")

    async def has_state() -> bool:
        return (await _state_of(platform, "auth-1")).status_code == 204

    await eventually(has_state)
    await platform.wait_ready(within=20)


async def _state_of(platform: Control, instance: str) -> httpx.Response:
    """What the sidecar of this very replica answers for a key that does not exist."""
    app = (await platform.ports())[instance]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{app}", timeout=10) as client:
        return await client.get("/api/auth/sidecar", params={"path": "state/state/nothing"})


async def test_the_database_is_restarted_with_its_data_when_it_is_killed(platform: Control) -> None:
    await query(platform, "create table kept as select 42 as answer")
    await platform.kill("postgres")
    await platform.wait_ready("postgres", within=20)
    assert [row["answer"] for row in await query(platform, "select answer from kept")] == [42]


async def test_an_unknown_name_is_refused(platform: Control) -> None:
    with pytest.raises(Problem, match="no process or action called nobody"):
        await platform.stop("nobody")


async def test_the_control_socket_is_for_its_owner_only(platform: Control) -> None:
    assert platform.home.control_socket.stat().st_mode & 0o777 == 0o600


async def test_no_secret_is_on_a_command_line(platform: Control) -> None:
    await assert_no_secret_on_a_command_line(platform)


async def test_down_from_elsewhere_ends_everything_within_ten_seconds(platform: Control) -> None:
    base = (await platform.ports())["gateway"]
    began = time.monotonic()
    await platform.down()
    assert time.monotonic() - began <= 10
    assert family(platform.home.path, base) == []
    assert not platform.home.control_socket.exists()
    # Asked to stop, not cut off: it wrote its data first.
    assert "bye bye" in logs.last_lines(platform.home.logs / "redis.log", 1)[0]
