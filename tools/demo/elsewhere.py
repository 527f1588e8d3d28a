"""The main job on a platform that runs somewhere else: `python -m tools.demo.elsewhere --gateway URL --mail URL`.

In a cluster it is what `skaffold verify` runs. It needs the stand-ins for mail and payment, or others that answer as they do.
"""

import argparse
import asyncio
import sys

import httpx

from tools.demo.telling import tell
from tools.demo.walk import Addresses, StuckError


class Through(httpx.AsyncHTTPTransport):
    """Every request goes to one place, whatever its host's name; that goes along as Host."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._place = {"host": host, "port": port}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        request.url = request.url.copy_with(**self._place)
        return await super().handle_async_request(request)


def main() -> None:
    """Walk; exit 1 with what does not go on."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo.elsewhere", description=__doc__)
    parser.add_argument("--gateway", required=True, help="the platform's address, http://codezest.localhost:8300")
    parser.add_argument("--mail", required=True, help="the mailbox's address, http://mail.localhost:8300")
    parser.add_argument("--through", metavar="HOST:PORT", help="where both really are, if names do not tell")
    options = parser.parse_args()
    host, _, port = (options.through or "").partition(":")
    if options.through and not (host and port.isdigit()):
        parser.error(f"--through {options.through} is no HOST:PORT: for example 127.0.0.1:8300")
    transport = Through(host, int(port)) if options.through else None
    try:
        asyncio.run(tell(Addresses(gateway=options.gateway, mail=options.mail), transport=transport))
    except StuckError as stuck:
        sys.exit(f"The main job is stuck: {stuck}. `kubectl get pods --all-namespaces` shows what is down.")
    except httpx.HTTPError as error:
        sys.exit(f"The main job is stuck: {type(error).__name__} {error}. Is the platform at {options.gateway}?")


if __name__ == "__main__":
    main()
