import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.toolchain.making import a_pin, a_toolchain
from tools.toolchain.cache import Cache
from tools.toolchain.errors import remedy
from tools.toolchain.programs import ToolError
from tools.toolchain.steps import Job

REPOSITORY = Path(__file__).parents[2]


def failing(root: Path, script: str, *, minutes: float = 1) -> str:
    """The message of a toolchain whose only step is this Python script."""

    def recipe(job: Job) -> None:
        job.run("compiling greet", [sys.executable, "-c", script], cwd=root, env={}, minutes=minutes)

    tools = a_toolchain(root / "cache", a_pin(root), recipe=recipe)
    with pytest.raises(ToolError) as caught:
        tools.ensure("greet", say=lambda _line: None)
    return str(caught.value)


def test_a_failed_step_is_named_with_its_last_words_its_log_and_what_to_do(tmp_path: Path) -> None:
    message = failing(tmp_path, "import sys; print('out', 'loud'); sys.exit('dial tcp: lookup proxy: no such host')")
    (log,) = (tmp_path / "cache/logs").iterdir()
    assert message.startswith('greet 1.2.3 could not be had: the step "compiling greet" ended with exit code 1 (')
    assert "no such host" in message
    assert f"Log: {log}" in message
    assert "What to do: the package registry could not be reached" in message
    assert "out loud" in log.read_text(encoding="utf-8")


def test_a_step_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    script = (
        "import os, time; child = os.fork(); child or time.sleep(60); "
        "open('pids', 'w').write(f'{os.getpid()} {child}'); os.wait()"
    )
    message = failing(tmp_path, script, minutes=1 / 60)
    assert 'the step "compiling greet" was not done after 0.0166667 minutes' in message
    for pid in (tmp_path / "pids").read_text(encoding="utf-8").split():
        await_end(int(pid))


STOPPED = """
import signal, sys
from pathlib import Path
from tests.toolchain.making import a_pin, a_toolchain

signal.signal(signal.SIGINT, signal.default_int_handler)
root = Path(sys.argv[1])
child = "import os, time; open('pids', 'w').write(str(os.getpid())); print(flush=True); time.sleep(60)"

def recipe(job):
    job.run("compiling greet", [sys.executable, "-c", child], cwd=root, env={}, minutes=1)

a_toolchain(root / "cache", a_pin(root), recipe=recipe).ensure("greet", say=lambda line: print(line, flush=True))
"""


def test_ctrl_c_ends_the_step_and_removes_the_half_built_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STOPPED, str(tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        pid = await_pid(tmp_path / "pids")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    await_end(pid)
    assert list((tmp_path / "cache/.staging").iterdir()) == []


def await_pid(path: Path) -> int:
    """The number in the file, once it is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.is_file() and (text := path.read_text(encoding="utf-8")):
            return int(text)
        time.sleep(0.01)
    pytest.fail(f"{path} was not written")


def await_end(pid: int) -> None:
    """Waits until the process is gone, or dead and only waiting for its parent to notice."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.01)
    pytest.fail(f"process {pid} still runs")


def test_too_little_room_is_said_before_anything_starts(tmp_path: Path) -> None:
    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path, room_mb=10**9))
    with pytest.raises(ToolError, match=r"needs about 1000000000 MB of free disk .* set CODEZEST_CACHE"):
        tools.ensure("greet", say=lambda _line: None)


def test_an_unknown_program_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"no program called gret; known are greet\."):
        a_toolchain(tmp_path / "cache", a_pin(tmp_path)).find("gret")


def test_a_missing_command_is_a_tool_error(tmp_path: Path) -> None:
    def recipe(job: Job) -> None:
        job.run("compiling greet", [tmp_path / "absent"], cwd=tmp_path, env={}, minutes=1)

    with pytest.raises(ToolError, match="No such file or directory"):
        a_toolchain(tmp_path / "cache", a_pin(tmp_path), recipe=recipe).ensure("greet", say=lambda _line: None)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("write /x: no space left on device", "the disk is full"),
        ("npm error code ENOSPC", "the disk is full"),
        ("verifying module: checksum mismatch", "is not what is pinned"),
        ("npm error code EINTEGRITY", "is not what is pinned"),
        ("go: go.mod requires go >= 1.26.4 (running go 1.20; GOTOOLCHAIN=local)", "is too old for this source"),
        ("dial tcp 1.2.3.4:443: connect: connection refused", "could not be reached"),
        ("npm error code EAI_AGAIN", "could not be reached"),
        ("compile: signal: killed", "ran out of memory"),
        ("invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("something nobody has seen", "read the log"),
    ],
)
def test_the_remedy_fits_the_failure(words: str, advice: str) -> None:
    assert advice in remedy(words)


def test_progress_says_what_is_done_why_and_how_long(tmp_path: Path) -> None:
    heard: list[str] = []
    tools = a_toolchain(tmp_path / "cache", pin := a_pin(tmp_path))
    tools.ensure("greet", say=heard.append)
    assert heard[0] == f"greet 1.2.3: preparing, about 1 s, once. It greets. Log: {Cache(tmp_path / 'cache').log(pin)}"
    assert heard[-1].startswith("greet 1.2.3: ready after ")
