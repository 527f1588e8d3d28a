"""Runs one service: `python -m shared.http.serve auth`, or the one that CODEZEST_SERVICE names.

uvicorn with uvloop and httptools; a start without them fails.
"""

import asyncio
import gc
import importlib
import importlib.util
import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from shared.http.forwarded import believing
from shared.http.health import Readiness
from shared.http.logs import configure_logging
from shared.settings import ServiceSettings

KEEP_ALIVE_SECONDS = 95  # longer than the sidecar's 90 s idle pool, or it meets connections that we just closed


class DrainingServer(uvicorn.Server):
    """On SIGTERM: stop being ready, give proxies time to notice, then finish what is under way and stop.

    A signal while it starts, and a second SIGTERM, end it promptly: requests are cut, and the lifespan is cancelled where it stands.
    """

    def __init__(self, config: uvicorn.Config, readiness: Readiness, drain_seconds: float) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._drain_seconds = drain_seconds
        self._draining = False
        self._serving: asyncio.Task[None] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal. Raises CancelledError when it was to end promptly."""
        self._serving = asyncio.current_task()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen. What is there by now lives to the end: no collection of garbage need look at it again."""
        await super().startup(sockets)
        # Not even now: a look at 225,000 objects, of which 951 are garbage, would be a tenth of the start.
        gc.freeze()
        gc.enable()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal handler, on the event loop's thread between two of its steps."""
        loop = asyncio.get_running_loop()
        if not self.started or (sig == signal.SIGTERM and self._draining):
            # uvicorn would first wait for the lifespan's start, which may wait a minute for sidecar and database.
            if self._serving is not None:
                logging.getLogger("uvicorn.error").disabled = True  # a lifespan that is cut is no failure to report
                loop.call_soon_threadsafe(self._serving.cancel)
        elif sig == signal.SIGTERM:
            self._draining = True
            self._readiness.ready = False
            loop.call_later(self._drain_seconds, super().handle_exit, sig, frame)
        else:
            super().handle_exit(sig, frame)


def main() -> None:
    """Serve the service named on the command line or in the environment, as its settings say."""
    service = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CODEZEST_SERVICE", "")
    if not service:
        sys.exit("Say which service: `python -m shared.http.serve auth`, or set CODEZEST_SERVICE.")
    configure_logging(service)
    for needed in ("uvloop", "httptools"):
        if importlib.util.find_spec(needed) is None:
            sys.exit(
                f"{needed} is missing: CodeZest would be five times slower. Install services/{service}/pyproject.toml"
            )
    gc.disable()  # until it serves: what is loaded now stays, and looking through it took a tenth of the start
    app: FastAPI = importlib.import_module(f"services.{service}.main").create_app()
    settings: ServiceSettings = app.state.settings
    config = uvicorn.Config(
        believing(app, trusted=settings.trusted_proxies, proxies=settings.proxies),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # see shared.http.forwarded
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.graceful_seconds,
    )
    server = DrainingServer(config, app.state.readiness, settings.drain_seconds)
    try:
        server.run()
    except asyncio.CancelledError:
        sys.exit(f"{service} was told to end at once")
    if not server.started:
        sys.exit(f"{service} did not start; the reason is above")


if __name__ == "__main__":
    main()
