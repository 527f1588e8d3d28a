"""What runs on the leash ends when the operator does not lead any more, is gone, or has waited too long; and with it all that it began."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from codezest_operator.api.figures import Figures
from codezest_operator.data import helm
from codezest_operator.data.helm import HelmCli, HelmProgram, told
from codezest_operator.domain.ports import HelmFailed, LeaderLost
from tests.operator.samples import wanted
from tools.local.control import lives

pytestmark = pytest.mark.thorough  # processes of its own, which have to end

RELEASE = wanted()["auth"]
# In helm's place: it says where it is, starts a child of its own, and reads what it is given.
PROGRAM = """#!/bin/sh
cat > "$0.given"
echo $$ > "$0.pid"
{body}
"""


def program(folder: Path, body: str) -> Path:
    file = folder / "helm"
    file.write_text(PROGRAM.format(body=body))
    file.chmod(0o755)
    return file


def cli(file: Path, *, leads_for: float = 60, at_once: int = 2) -> HelmCli:
    until = time.monotonic() + leads_for
    return HelmCli(HelmProgram(path=str(file), folder=file.parent, leading_until=lambda: until), at_once=at_once)


async def started(file: Path) -> psutil.Process:
    """The program, once it runs."""
    pid = file.with_name("helm.pid")
    async with asyncio.timeout(20):
        while not pid.exists() or not pid.read_text().strip():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)
    return psutil.Process(int(pid.read_text()))


async def ended(processes: list[psutil.Process]) -> None:
    async with asyncio.timeout(20):
        while any(lives(one) for one in processes):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.02)


async def test_it_is_given_the_values_and_the_labels(tmp_path: Path) -> None:
    file = program(tmp_path, 'echo "$@" > "$0.words"')
    await cli(file).upgrade("school", RELEASE, revision=3, seconds=30)
    assert '"name": "auth"' in (tmp_path / "helm.given").read_text()
    words = (tmp_path / "helm.words").read_text()
    assert f"--labels=codezest.dev/digest={RELEASE.digest},codezest.dev/revision=3" in words
    assert "--namespace=school" in words


async def test_what_it_says_is_told_in_a_line(tmp_path: Path) -> None:
    file = program(tmp_path, "echo 'level=INFO msg=x' >&2; echo 'Error: UPGRADE FAILED: no such chart' >&2; exit 1")
    with pytest.raises(HelmFailed, match=r"^UPGRADE FAILED: no such chart$"):
        await cli(file).upgrade("school", RELEASE, revision=1, seconds=30)
    refused = "Error: values don't meet the schema:\nservice:\n- (root): Additional property replicaz is not allowed\n"
    assert told(refused).endswith("schema: service: - (root): Additional property replicaz is not allowed")
    assert told("") == "helm ended without a word"


async def test_it_ends_when_the_operator_does_not_lead_any_more(tmp_path: Path) -> None:
    file = program(tmp_path, "trap '' TERM; sleep 60 & wait")
    run = asyncio.create_task(cli(file, leads_for=2).uninstall("school", "auth", seconds=60))
    helm = await started(file)
    family = [helm, *helm.children(recursive=True)]
    with pytest.raises(LeaderLost):
        await run
    await ended(family)


async def test_it_ends_when_it_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codezest_operator.data.helm.GRACE", 0.5)
    file = program(tmp_path, "sleep 60")
    with pytest.raises(HelmFailed, match=r"did not end within 1 s: spec\.timeout allows no more"):
        await cli(file).rollback("school", "auth", to=1, seconds=1)
    await ended([psutil.Process(pid) for pid in [int((tmp_path / "helm.pid").read_text())] if psutil.pid_exists(pid)])


async def test_it_ends_with_the_run_that_began_it(tmp_path: Path) -> None:
    file = program(tmp_path, "sleep 60 & wait")
    run = asyncio.create_task(cli(file).uninstall("school", "auth", seconds=60))
    helm = await started(file)
    family = [helm, *helm.children(recursive=True)]
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await ended(family)


async def test_it_ends_even_when_the_leash_itself_is_killed(tmp_path: Path) -> None:
    file = program(tmp_path, "exec sleep 60")
    run = asyncio.create_task(cli(file).uninstall("school", "auth", seconds=60))
    helm = await started(file)
    leash = helm.parent()
    assert leash is not None
    assert "leash.py" in " ".join(leash.cmdline())
    os.kill(leash.pid, signal.SIGKILL)
    with pytest.raises(HelmFailed):
        await run
    await ended([helm])


async def test_never_two_at_a_time_on_one_release(tmp_path: Path) -> None:
    file = program(tmp_path, 'mkdir "$0.lock" || exit 1; sleep 0.3; rmdir "$0.lock"')
    helm = cli(file, at_once=5)
    await asyncio.gather(*[helm.uninstall("school", "auth", seconds=30) for _ in range(4)])


async def test_at_the_end_what_runs_is_waited_for_and_nothing_else_begins(tmp_path: Path) -> None:
    file = program(tmp_path, 'while [ -e "$0.hold" ]; do sleep 0.05; done')
    hold = file.with_name("helm.hold")
    hold.touch()
    runs = cli(file, at_once=1)
    first = asyncio.create_task(runs.upgrade("school", RELEASE, revision=1, seconds=30))
    await started(file)
    second = asyncio.create_task(runs.uninstall("school", "learning", seconds=30))
    await asyncio.sleep(0.1)
    assert runs.running == 1
    runs.close()
    hold.unlink()
    await first
    with pytest.raises(LeaderLost):
        await second
    assert runs.running == 0


async def test_a_run_is_a_span_and_a_figure_that_tell_no_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(helm, "SPANS", provider.get_tracer("test"))
    figures = Figures()
    file = program(tmp_path, 'case "$*" in *rollback*) echo "Error: no such revision" >&2; exit 1;; esac')
    until = time.monotonic() + 60
    run = HelmProgram(path=str(file), folder=tmp_path, leading_until=lambda: until)
    with_figures = HelmCli(run, at_once=2, ran=figures.ran)
    await with_figures.upgrade("school", RELEASE, revision=1, seconds=30)
    with pytest.raises(HelmFailed):
        await with_figures.rollback("school", "auth", to=1, seconds=30)
    upgrade, rollback = exporter.get_finished_spans()
    where = {"release": "auth", "namespace": "school"}
    assert (upgrade.name, dict(upgrade.attributes or {})) == ("helm upgrade", {**where, "outcome": "succeeded"})
    assert (rollback.name, dict(rollback.attributes or {})) == ("helm rollback", {**where, "outcome": "failed"})
    count = figures.registry.get_sample_value
    for command, outcome in (("upgrade", "succeeded"), ("rollback", "failed")):
        labels = {"command": command, "outcome": outcome}
        assert count("codezest_operator_helm_seconds_count", labels) == 1
