"""`python -m tools.stripe --port P --home DIR`: the local stand-in for Stripe (see README.md)."""

from __future__ import annotations

import argparse
import socket
import sqlite3
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from tools.stripe.app import create_app
from tools.stripe.settings import HOST, SettingsError, from_environment
from tools.stripe.standin import open_standin

_GRACE_SECONDS = 5
_BACKLOG = 2048


def main() -> int:
    """Run until told to stop. Returns the exit status: 2 when it cannot start as configured, 3 when starting failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.stripe", description="The local stand-in for Stripe.")
    parser.add_argument("--port", type=int, required=True, help=f"port on {HOST}")
    parser.add_argument("--home", type=Path, required=True, help="directory for its data; created when missing")
    parser.add_argument(
        "--host", default=HOST, help="the pod's name in a cluster, which then reaches it; listens everywhere"
    )
    arguments = parser.parse_args()
    try:
        settings = from_environment(port=arguments.port, home=arguments.home, host=arguments.host)
        # Bound before anything else happens: a second start must not send the first one's webhooks as well.
        with _listen(HOST if arguments.host == HOST else "", arguments.port) as listener:
            return _serve(create_app(open_standin(settings)), listener)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error) as error:
        print(f"Cannot keep data in {arguments.home}: {error}. Give --home a directory of yours.", file=sys.stderr)
        return 2


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        message = f"Cannot listen on {host}:{port} ({error}): stop what uses the port, or give another --port."
        raise SettingsError(message) from error


def _serve(app: Starlette, listener: socket.socket) -> int:
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 3


if __name__ == "__main__":
    sys.exit(main())
