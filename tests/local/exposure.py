"""What an instance shows to others on the machine: where it listens, and what its command lines tell."""

import json

import psutil

from tests.local.platforms import family
from tests.processes import lasting
from tools.local.control import Control
from tools.local.ports import SPAN

LOOPBACK = {"127.0.0.1", "::ffff:127.0.0.1"}
# A shorter one is no secret of ours, and would be found in many a path.
SHORTEST_SECRET = 20


async def assert_loopback_only(control: Control) -> None:
    """Every port of every process is there, on 127.0.0.1 and among the instance's own; AssertionError names the others."""
    base = (await control.ports())["gateway"]
    connected = lasting(
        family(control.home.path, base), lambda process: (process.name(), process.net_connections("inet"))
    )
    listening = {
        (name, *connection.laddr)
        for _, (name, connections) in connected
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
    }
    abroad = sorted(place for place in listening if place[1] not in LOOPBACK)
    assert abroad == [], f"these listen elsewhere than on 127.0.0.1: {abroad}"
    found = {place[2] for place in listening}
    assert found <= set(range(base, base + SPAN)), f"these ports are not the instance's: {sorted(listening)}"
    running = [process for process in (await control.status()).processes if process.pid is not None]
    declared = {port for process in running for port in (process.port, *process.other_ports) if port is not None}
    assert declared <= found, f"nobody was seen to listen on {sorted(declared - found)}"


async def assert_no_secret_on_a_command_line(control: Control) -> None:
    """No process can be asked for a secret by `ps`; AssertionError names the secret and the program, not the value."""
    base = (await control.ports())["gateway"]
    files = (control.home.secrets_file, control.home.admin_secrets_file)
    kept = {name: str(value) for file in files for name, value in json.loads(file.read_text()).items()}
    # A PEM key has many lines, and any of them would be one too many.
    parts = [(name, part) for name, value in kept.items() for part in value.split() if len(part) >= SHORTEST_SECRET]
    assert parts, "no secrets were found to look for"
    lines = lasting(family(control.home.path, base), lambda process: (process.name(), " ".join(process.cmdline())))
    told = sorted({(name, program) for name, part in parts for _, (program, line) in lines if part in line})
    assert told == [], f"these secrets are on command lines: {told}"
