"""When a release cannot be installed, people are told why, and no helm goes on alone."""

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from tools.cluster.home import ClusterPorts
from tools.deploy import __main__ as command
from tools.deploy.releases import Plan, Target, deploy
from tools.local.problem import Problem
from tools.toolchain import programs

# In helm's place: auth cannot be installed, everything else takes its time.
HELM = """#!/bin/sh
echo $$ >> "$0.pids"
case "$*" in *" auth "*) sleep 0.3; echo "Error: no such image" >&2; exit 1;; esac
exec sleep 60
"""
KUBECTL = "#!/bin/sh\nexit 0\n"


@pytest.fixture
def helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helm of the test's own."""
    for name, text in (("helm", HELM), ("kubectl", KUBECTL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(programs, "ensure", lambda name: tmp_path / name)
    return tmp_path / "helm"


async def test_one_that_fails_ends_the_others_and_says_why(helm: Path, tmp_path: Path) -> None:
    plan = Plan(platform=None, services={"auth": {}, "learning": {}})
    with pytest.raises(ExceptionGroup) as raised:
        await deploy(plan, Target(kubeconfig=tmp_path / "kubeconfig", namespace="n"), say=lambda _: None)
    (problem,) = raised.value.exceptions
    assert isinstance(problem, Problem)
    assert "auth could not be installed" in problem.cause
    assert "no such image" in problem.cause
    await asyncio.sleep(0.1)
    assert not [pid for pid in helm.with_name("helm.pids").read_text().split() if psutil.pid_exists(int(pid))]


def test_make_deploy_says_cause_and_remedy_of_all_that_went_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def failing(*_: object, **__: object) -> None:
        raise ExceptionGroup(
            "two releases", [Problem("auth failed.", "Look."), Problem("learning failed.", "Look too.")]
        )

    monkeypatch.setattr(sys, "argv", ["deploy", f"--home={tmp_path}"])
    monkeypatch.setattr(command, "running_ports", lambda _: ClusterPorts(30000))
    monkeypatch.setattr(command, "push", lambda *_, **__: {"auth": "r/codezest-auth:1"})
    monkeypatch.setattr(command, "deploy", failing)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert str(ended.value) == "auth failed.\nLook.\nlearning failed.\nLook too."
