"""Runs one service: `python -m shared.http.serve auth`. uvicorn with uvloop and httptools; a start without them fails."""

import asyncio
import importlib
import importlib.util
import logging
import os
import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from shared.http.health import Readiness
from shared.http.logs import configure_logging

GRACEFUL_SECONDS = 8
KEEP_ALIVE_SECONDS = 95  # longer than the sidecar's 90 s idle pool, or it meets connections that we just closed

logger = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """On SIGTERM: stop being ready, give proxies time to notice, then finish what is under way and stop."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness, drain_seconds: float) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal handler; a second signal stops at once."""
        if sig != signal.SIGTERM or not self._readiness.ready:
            super().handle_exit(sig, frame)
            return
        self._readiness.ready = False
        loop = asyncio.get_running_loop()
        loop.call_later(self._drain_seconds, super().handle_exit, sig, frame)


def main() -> None:
    """Serve the service named on the command line, as its environment says."""
    service = sys.argv[1]
    os.environ.setdefault("CODEZEST_SERVICE", service)
    configure_logging(service)
    for needed in ("uvloop", "httptools"):
        if importlib.util.find_spec(needed) is None:
            sys.exit(
                f"{needed} is missing: CodeZest would be five times slower. Install services/{service}/pyproject.toml"
            )
    module = importlib.import_module(f"services.{service}.main")
    app: FastAPI = module.create_app()
    config = uvicorn.Config(
        app,
        host=os.environ.get("CODEZEST_HOST", "127.0.0.1"),
        port=int(os.environ.get("CODEZEST_PORT", "8000")),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    server = DrainingServer(config, app.state.readiness, float(os.environ.get("CODEZEST_DRAIN_SECONDS", "0.5")))
    server.run()
    if not server.started:
        sys.exit(f"{service} did not start; the reason is above")


if __name__ == "__main__":
    main()
