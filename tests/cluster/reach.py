"""Which addresses can be reached from here: run in a pod's network, it tries them all at once.

A line of standard input is `host port`; a line of standard output is one that answered. With `--names` a line is a name
server's address, and asking is a query by UDP.
"""

import asyncio
import socket
import struct
import sys

WITHIN = 3.0
QUESTION = b"".join(bytes([len(part)]) + part.encode() for part in ("kubernetes", "default", "svc", "cluster", "local"))
QUERY = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + QUESTION + struct.pack(">BHH", 0, 1, 1)


async def connects(host: str, port: int) -> bool:
    """Whether a TCP connection is accepted there."""
    try:
        async with asyncio.timeout(WITHIN):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def names(host: str, port: int) -> bool:
    """Whether a name server answers there by UDP."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.setblocking(False)  # noqa: FBT003 - the standard library's own
        try:
            async with asyncio.timeout(WITHIN):
                await loop.sock_connect(asked, (host, port))
                await loop.sock_sendall(asked, QUERY)
                return (await loop.sock_recv(asked, 512)).startswith(QUERY[:2])
        except (OSError, TimeoutError):
            return False


async def main() -> None:
    """Try every line, print those that answered."""
    lines = sys.stdin.read().splitlines()
    tries = names if "--names" in sys.argv else connects
    answered = await asyncio.gather(*(tries(line.split()[0], int(line.split()[1])) for line in lines))
    sys.stdout.writelines(f"{line}\n" for line, good in zip(lines, answered, strict=True) if good)


if __name__ == "__main__":
    asyncio.run(main())
