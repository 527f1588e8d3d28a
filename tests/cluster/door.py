"""A port of this machine that leads to an address only the cluster's network has: as a program, it passes connections on."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.cluster.clusters import REPOSITORY
from tools.cluster.relay import relay

STOP_SECONDS = 10


@contextmanager
def door(process: psutil.Process, host: str, port: int) -> Iterator[int]:
    """The port of 127.0.0.1 that leads to host:port as the process reaches it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = [str(listener.fileno()), host, str(port)]
        inside = ["nsenter", f"--target={process.pid}", "--net", sys.executable, "-m", "tests.cluster.door", *words]
        command = ["setpriv", "--pdeathsig=KILL", "--", *inside]
        keeper = subprocess.Popen(command, pass_fds=[listener.fileno()], cwd=REPOSITORY)
        try:
            yield int(listener.getsockname()[1])
        finally:
            keeper.terminate()
            keeper.wait(STOP_SECONDS)


async def main() -> None:
    """Pass on what comes to the socket that was handed over."""
    number, host, port = sys.argv[1:]
    async with await relay(socket.socket(fileno=int(number)), host, int(port)) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
