"""Real sidecars enforce the committed policies: who may call, publish, read a secret; and what the gateway shows."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.local.platforms import echo_platform, eventually, get, through_sidecar
from tools.local.control import Control
from tools.local.credentials import read_served

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[Control]:
    async with echo_platform() as control:
        yield control


@pytest.mark.parametrize("path", ["bus/log", "internal/v1/revocations"])
async def test_an_allowed_call_arrives_with_the_token_of_the_callees_sidecar(platform: Control, path: str) -> None:
    answer = await through_sidecar(platform, "learning", f"invoke/auth/method/{path}")
    assert answer.json() == {"instance": "auth-1", "from_sidecar": True, "heard": []}


@pytest.mark.parametrize(
    ("caller", "path"),
    [
        ("learning", "invoke/auth/method/internal/v1/mail-recipients"),
        ("learning", "invoke/auth/method/bus/deliver"),
        ("learning", "invoke/auth/method/api/auth/who"),
        ("auth", "invoke/learning/method/bus/log"),
    ],
)
async def test_any_other_call_is_refused(platform: Control, caller: str, path: str) -> None:
    answer = await through_sidecar(platform, caller, path)
    assert answer.status_code == 403
    assert "access control policy has denied access" in answer.text


@pytest.mark.parametrize("path", ["bus/log", "internal/v1/revocations"])
async def test_an_allowed_path_with_another_verb_is_refused(platform: Control, path: str) -> None:
    answer = await through_sidecar(platform, "learning", f"invoke/auth/method/{path}", method="POST")
    assert answer.status_code == 403


async def test_a_service_reads_its_own_secret_and_nobody_elses(platform: Control) -> None:
    own = await through_sidecar(platform, "auth", "secrets/secrets/auth-database-password")
    assert own.json() == {"auth-database-password": read_served(platform.home)["auth-database-password"]}
    for name in ("learning-database-password", "redis-password"):
        assert (await through_sidecar(platform, "auth", f"secrets/secrets/{name}")).status_code == 403
    assert (await through_sidecar(platform, "auth", "secrets/secrets/bulk")).json().keys() == {
        name for name in read_served(platform.home) if name.startswith("auth-")
    }


async def test_a_service_publishes_to_its_own_topic_only_and_subscribers_hear_it(platform: Control) -> None:
    other = await through_sidecar(platform, "auth", "publish/pubsub/learning", method="POST", content='"x"')
    assert other.status_code == 403

    async def heard() -> bool:
        await through_sidecar(platform, "auth", "publish/pubsub/auth", method="POST", content='"hello"')
        return bool((await get(platform, "/api/learning/who")).json()["heard"])

    await eventually(heard)


async def test_the_state_of_one_app_is_invisible_to_another(platform: Control) -> None:
    body = [{"key": "k", "value": "of auth"}]
    assert (await through_sidecar(platform, "auth", "state/state", method="POST", json=body)).status_code == 204
    assert (await through_sidecar(platform, "auth", "state/state/k")).json() == "of auth"
    assert (await through_sidecar(platform, "learning", "state/state/k")).status_code == 204


async def test_a_sidecar_answers_only_to_its_own_apps_token(platform: Control) -> None:
    sidecar = (await platform.ports())["auth-1.sidecar"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{sidecar}", timeout=10) as client:
        assert (await client.get("/v1.0/metadata")).status_code == 401
        stolen = {"dapr-api-token": "guess"}
        assert (await client.get("/v1.0/secrets/secrets/bulk", headers=stolen)).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/bus/log",
        "/dapr/subscribe",
        "/internal/v1/mail-recipients",
        "/internal/v1/revocations",
        "/healthz",
        "/readyz",
        "/metrics",
        "/.well-known/jwks.json",
        "/api/auth",
        "/api/nobody/who",
    ],
)
async def test_the_inside_is_not_reachable_through_the_gateway(platform: Control, path: str) -> None:
    assert (await get(platform, path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/api/auth/../../bus/log", "/api/auth/%2e%2e/%2e%2e/bus/log", "/api/auth/..%2f..%2fbus%2flog", "//bus/log"],
)
async def test_no_detour_leads_inside(platform: Control, path: str) -> None:
    url = httpx.URL(scheme="http", host="127.0.0.1", port=(await platform.ports())["gateway"], raw_path=path.encode())
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get(url)
    assert answer.status_code in {400, 404}
    assert "instance" not in answer.text


async def test_the_start_page_lists_every_place_and_process(platform: Control) -> None:
    page = await get(platform, "/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for text in ("/api/auth/docs", "ada@codezest.local", "postgres", read_served(platform.home)["auth-demo-password"]):
        assert text in page.text
    states = {
        process["name"]: process["state"]
        for process in (await get(platform, "/platform/status.json")).json()["processes"]
    }
    assert states["auth-1"] == "ready"


async def test_without_a_broker_sidecars_start_and_calls_work() -> None:
    async with echo_platform("--broker=off") as off:
        assert "redis" not in {process.name for process in (await off.status()).processes}
        assert (await through_sidecar(off, "learning", "invoke/auth/method/bus/log")).status_code == 200
        published = await through_sidecar(off, "auth", "publish/pubsub/auth", method="POST", content='"x"')
        assert published.status_code == 404
