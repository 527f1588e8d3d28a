"""Run in a pod's network: asks a service on loopback until it is ready, and prints when that was (seconds since the machine's start)."""

import socket
import sys
import time

GIVE_UP = 60.0
PAUSE = 0.005


def is_ready(port: int) -> bool:
    """Whether /readyz answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as door:
            door.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in door.recv(64)
    except OSError:
        return False


def main() -> None:
    """Ask until it is; exit 1 after a minute."""
    began = time.monotonic()
    while not is_ready(int(sys.argv[1])):
        if time.monotonic() - began > GIVE_UP:
            sys.exit(f"not ready after {GIVE_UP:.0f} s")
        time.sleep(PAUSE)
    sys.stdout.write(f"{time.clock_gettime(time.CLOCK_BOOTTIME):.3f}\n")


if __name__ == "__main__":
    main()
