"""Port taken, crash at start: one message with cause and remedy, exit code 1, nothing left running."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from tests.local.platforms import ECHO, echo_file, family, up
from tools.local.launch import free_ports, launched
from tools.local.ports import SPAN, is_free
from tools.local.problem import Problem

pytestmark = pytest.mark.platform
WITHIN = 60


def test_a_service_that_crashes_at_its_start_ends_everything_with_its_last_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = echo_file(tmp_path / "dapr.yaml", "--crash")
    with free_ports() as base, up(home, base, f"--file={file}") as supervisor:
        output, _ = supervisor.communicate(timeout=WITHIN)
        assert family(home, base) == []
        assert all(is_free(port) for port in range(base, base + SPAN))
    assert supervisor.returncode == 1
    assert output.count("CodeZest did not start.") == 1
    assert "ended with code 1 before it was ready" in output
    assert "the echo was told to crash" in output
    assert "What to do:" in output
    assert not (home / "control.sock").exists()


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with (
        free_ports() as base,
        socket.create_server(("127.0.0.1", base + 10)),
        up(home, base, f"--file={ECHO}") as starting,
    ):
        output, _ = starting.communicate(timeout=WITHIN)
        assert family(home, base) == []
    assert starting.returncode == 1
    assert f"{base + 10} (postgres) is taken by process {os.getpid()}" in output
    assert "CODEZEST_PORT_BASE" in output
    assert not list((home / "logs").glob("postgres.log"))


async def test_a_launch_that_fails_tells_what_the_supervisor_printed(tmp_path: Path) -> None:
    file = echo_file(tmp_path / "dapr.yaml", "--crash")
    with pytest.raises(Problem) as told:
        async with asyncio.timeout(WITHIN), launched(f"--file={file}", "--without=zipkin", "--without=migrations"):
            pytest.fail("it cannot be ready")
    assert any("the echo was told to crash" in line for line in told.value.excerpt)
