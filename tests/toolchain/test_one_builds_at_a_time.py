import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.toolchain.making import Counting, a_pin, a_toolchain
from tools.toolchain.programs import ToolError
from tools.toolchain.steps import Job

DEADLINE = 10

HOLDER = "import fcntl, os, sys; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); "
HOLDER += "file.write(str(os.getpid())); file.flush(); print('held', flush=True); sys.stdin.read()"


def test_a_lock_held_by_another_process_times_out_and_says_who_holds_it(tmp_path: Path) -> None:
    recipe = Counting()
    tools = a_toolchain(tmp_path, pin := a_pin(tmp_path), recipe=recipe)
    (tmp_path / ".locks").mkdir()
    lock = tmp_path / ".locks" / f"{tools.cache.entry(pin).name}.lock"
    command = [sys.executable, "-c", HOLDER, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ToolError, match=f"being prepared by process {holder.pid} and was not ready"):
            tools.ensure("greet", say=lambda _line: None, lock_seconds=0.3)
        assert holder.poll() is None, "it gave up only when the lock was free"
        holder.communicate()
    assert recipe.made == []
    assert tools.ensure("greet", say=lambda _line: None, lock_seconds=DEADLINE).is_file()


def test_whoever_waited_uses_what_the_first_one_made(tmp_path: Path) -> None:
    begun, waits = threading.Event(), threading.Event()
    counting = Counting()

    def slow(job: Job) -> None:
        begun.set()
        assert waits.wait(DEADLINE)
        counting(job)

    tools = a_toolchain(tmp_path, a_pin(tmp_path), recipe=slow)
    first = threading.Thread(target=lambda: tools.ensure("greet", say=lambda _line: None))
    first.start()
    assert begun.wait(DEADLINE)
    heard: list[str] = []

    def say(line: str) -> None:
        heard.append(line)
        waits.set()

    path = tools.ensure("greet", say=say, lock_seconds=DEADLINE)
    first.join(DEADLINE)
    assert path.is_file()
    assert counting.made == ["greet"]
    assert heard[0].startswith(f"greet 1.2.3: waiting for process {os.getpid()}, which is preparing it")
