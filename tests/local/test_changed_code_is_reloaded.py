"""RELOAD=1: a change restarts the services it belongs to."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.local.platforms import LEAN, echo_file, eventually, get
from tools.local import logs
from tools.local.control import Control
from tools.local.launch import launched
from tools.local.reload import affected
from tools.local.site import ROOT

SERVICES = ("auth", "learning")
UNCHANGED = '"heard": HEARD'


@pytest.mark.parametrize(
    ("changed", "restarted"),
    [
        ("services/auth/api/users.py", ["auth"]),
        ("shared/http/app.py", ["auth", "learning"]),
        ("services/grader/main.py", []),
    ],
)
def test_a_service_is_restarted_for_its_own_files_and_all_for_shared_ones(changed: str, restarted: list[str]) -> None:
    assert affected([ROOT / changed], SERVICES) == restarted


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own to write into: this supervisor, and echoes in the places of auth and learning."""
    tree = tmp_path_factory.mktemp("tree")
    for part in ("tools", "shared", "components"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for service in SERVICES:
        (tree / "services" / service).mkdir(parents=True)
        shutil.copy(ROOT / "tests" / "local" / "echo.py", tree / "services" / service / "main.py")
    file = echo_file(tree / "dapr.yaml", root=tree)
    auth, learning = file.read_text().split("appID: learning")
    apps = {"auth": auth, "learning": f"appID: learning{learning}"}
    file.write_text("".join(text.replace("tests.local.echo", f"services.{name}.main") for name, text in apps.items()))
    return tree


@pytest.fixture(scope="module")
async def platform(tree: Path) -> AsyncIterator[Control]:
    async with launched(f"--file={tree / 'dapr.yaml'}", *LEAN, "--reload", root=tree, within=60) as control:
        yield control


async def _pids(platform: Control) -> dict[str, int | None]:
    status = await platform.status()
    return {service: status[f"{service}-1"].pid for service in SERVICES}


@pytest.mark.platform
async def test_a_changed_service_gives_the_new_answer_and_no_other_is_restarted(tree: Path, platform: Control) -> None:
    before = await _pids(platform)
    main = tree / "services" / "auth" / "main.py"
    assert "edition" not in (await get(platform, "/api/auth/who")).json()
    main.write_text(main.read_text().replace(UNCHANGED, f'{UNCHANGED}, "edition": 2'))

    async def answers_anew() -> bool:
        answer = await get(platform, "/api/auth/who")
        return answer.is_success and answer.json().get("edition") == 2

    await eventually(answers_anew)
    await platform.wait_ready(within=20)
    after = await _pids(platform)
    assert after["auth"] != before["auth"]
    assert after["learning"] == before["learning"]
    said = logs.last_lines(platform.home.logs / "supervisor.log", 20)
    assert [line.strip() for line in said if "changed:" in line] == ["services/auth/main.py changed: auth is restarted"]


@pytest.mark.platform
async def test_changed_shared_code_restarts_every_service(tree: Path, platform: Control) -> None:
    before = await _pids(platform)
    errors = tree / "shared" / "errors.py"
    errors.write_text(errors.read_text() + "\n# changed\n")

    async def all_anew() -> bool:
        after = await _pids(platform)
        return all(after[name] not in {None, before[name]} for name in SERVICES)

    await eventually(all_anew)
    await platform.wait_ready(within=20)
